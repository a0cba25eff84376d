//! Model files: found and listed.

use std::fs;
use std::path::{Path, PathBuf};

use engine::{Model, ModelInfo};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{catalogue, memory, terms};
use crate::Paths;
use crate::messages::cli as say;
use crate::trouble::detail::size;
use crate::trouble::{Result, Trouble, trouble};

/// A model file of the folder.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelFile {
    /// Where it is.
    pub path: PathBuf,
    /// Size in bytes.
    pub bytes: u64,
    /// Name given in the file, or the file's own.
    pub name: String,
    /// Architecture and quantisation, when the file can be used.
    pub summary: Option<String>,
    /// What it would take now, when it fits.
    pub plan: Option<Planned>,
    /// Why the file cannot be used.
    pub trouble: Option<Trouble>,
}

/// What a model takes at work with the memory that is free.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    /// Tokens of context.
    pub context: u32,
    /// How what was read is kept: `f16` or `q8`.
    pub cache: &'static str,
    /// Bytes in all.
    pub memory: u64,
}

impl Planned {
    /// In French.
    #[must_use]
    pub fn describe(&self) -> String {
        say::planned(self.cache, self.context, size(self.memory))
    }
}

/// Every model file of the folders, usable or not.
#[must_use]
pub fn list(paths: &Paths) -> Vec<ModelFile> {
    found(paths)
        .into_iter()
        .map(|path| describe(&path))
        .collect()
}

/// The file to load: the one asked for, else the best present by the catalogue, what waits for its
/// terms to be accepted last. [`crate::trouble::Code::ModelTerms`] if it does wait.
pub fn choose(paths: &Paths, chosen: Option<&Path>) -> Result<PathBuf> {
    if let Some(file) = chosen {
        return terms::check(paths, file.to_owned());
    }
    let files = found(paths);
    let best = files
        .iter()
        .min_by_key(|file| {
            (
                terms::unaccepted(paths, file).is_some(),
                catalogue::rank(file),
            )
        })
        .cloned();
    let absent = || trouble!(ModelAbsent, model_absent()(paths.import_folder().display()));
    terms::check(paths, best.ok_or_else(absent)?)
}

/// The SHA-256 of a text, in hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file as it was typed: a path, or the name of one of the folders' models.
#[must_use]
pub fn locate(paths: &Paths, file: &Path) -> PathBuf {
    let named = |path: &PathBuf| path.file_name() == Some(file.as_os_str());
    let found = || found(paths).into_iter().find(named);
    match file.exists() {
        true => file.to_owned(),
        false => found().unwrap_or_else(|| file.to_owned()),
    }
}

/// What to call a file that is not open yet.
pub fn display_name(file: &Path) -> String {
    catalogue::find(file).map_or_else(
        || {
            file.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        },
        |entry| entry.name.clone(),
    )
}

/// A file's name for a message.
pub fn file_name(file: &Path) -> String {
    file.file_name()
        .unwrap_or(file.as_os_str())
        .to_string_lossy()
        .into_owned()
}

pub(super) fn found(paths: &Paths) -> Vec<PathBuf> {
    let mut files = all(paths);
    files.retain(|file| !is_companion(file));
    files
}

/// Every file of the folders, those that models see with included.
pub(super) fn all(paths: &Paths) -> Vec<PathBuf> {
    let folders = paths.models.iter();
    let mut files: Vec<PathBuf> = folders.flat_map(|folder| gguf_of(folder)).collect();
    files.sort();
    files.dedup();
    files
}

/// The files that a model might see with: those beside it that are named so, the likest name
/// first. Whether one was made for it, its content tells.
pub fn companions(model: &Path) -> Vec<PathBuf> {
    let mut files = gguf_of(model.parent().unwrap_or(Path::new(".")));
    files.retain(|file| is_companion(file));
    let plain = |file: &Path| {
        let name = file_name(file).to_ascii_lowercase().replace(COMPANION, "");
        name.trim_start_matches(['-', '_', '.']).to_owned()
    };
    let wanted = plain(model);
    let alike = |file: &Path| {
        let name = plain(file);
        name.bytes()
            .zip(wanted.bytes())
            .take_while(|(a, b)| a == b)
            .count()
    };
    files.sort_by_key(|file| (std::cmp::Reverse(alike(file)), file.clone()));
    files
}

/// What the converters of llama.cpp put into the name of the file that a model sees with.
const COMPANION: &str = "mmproj";

fn is_companion(file: &Path) -> bool {
    file_name(file).to_ascii_lowercase().contains(COMPANION)
}

fn gguf_of(folder: &Path) -> Vec<PathBuf> {
    let is_gguf = |path: &PathBuf| {
        let extension = path.extension();
        extension.is_some_and(|e| e.eq_ignore_ascii_case("gguf"))
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(is_gguf).collect()
}

pub(super) fn describe(path: &Path) -> ModelFile {
    let bytes = fs::metadata(path).map_or(0, |data| data.len());
    match Model::inspect(path) {
        Ok(info) => {
            let plan = memory::of(path, &info);
            let planned = plan.as_ref().ok().map(|plan| Planned {
                context: plan.context,
                cache: plan.cache.name(),
                memory: plan.bytes(),
            });
            ModelFile {
                path: path.to_owned(),
                bytes,
                name: catalogue::find(path)
                    .map_or_else(|| info.name.clone(), |entry| entry.name.clone()),
                summary: Some(summary(&info)),
                plan: planned,
                trouble: plan.err(),
            }
        }
        Err(error) => ModelFile {
            path: path.to_owned(),
            bytes,
            name: display_name(path),
            summary: None,
            plan: None,
            trouble: Some(Trouble::of_model(path, &error)),
        },
    }
}

fn summary(info: &ModelInfo) -> String {
    format!(
        "{} · {} · {:.2} G",
        info.architecture,
        info.quantisation,
        info.parameters as f64 / 1e9
    )
}
