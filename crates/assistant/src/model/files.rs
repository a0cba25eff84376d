//! Model files: found, listed, verified against the catalogue, imported.

use std::fs::{self, File};
use std::io::{self, Read, Write};
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

/// A file compared with the catalogue.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// Where it is.
    pub path: PathBuf,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// Whether the catalogue knows this file and agrees; `None` when it does not know it.
    pub known: Option<bool>,
}

impl Verified {
    /// Why this file must not be used, when the catalogue says so.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        (self.known == Some(false))
            .then(|| trouble!(ModelDigest, model_digest(file_name(&self.path))()))
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

/// Reads every model file whole and compares it with the catalogue.
///
/// # Errors
/// When a file cannot be read to its end.
pub fn verify(paths: &Paths) -> Result<Vec<Verified>> {
    found(paths)
        .into_iter()
        .map(|path| verify_file(&path))
        .collect()
}

/// Copies a model into the agent's folder: checked before, hashed during, renamed at the end, so
/// that an interrupted copy leaves nothing that could be taken for a model.
///
/// # Errors
/// When the file is no usable model, differs from the catalogue, or cannot be copied.
pub fn import(paths: &Paths, source: &Path, progress: &mut dyn FnMut(f32)) -> Result<ModelFile> {
    Model::inspect(source).map_err(|error| Trouble::of_model(source, &error))?;
    let folder = paths.import_folder();
    let name = source.file_name().unwrap_or(source.as_os_str());
    let partial = folder.join(format!("{}.partial", name.to_string_lossy()));
    let target = folder.join(name);
    let copied = fs::create_dir_all(folder).and_then(|()| copy(source, &partial, progress));
    let outcome = copied
        .map_err(|error| Trouble::of_file(source, &error))
        .and_then(|digest| {
            if catalogue::find(&target).is_some_and(|entry| entry.sha256 != digest) {
                return Err(trouble!(ModelDigest, model_digest(file_name(source))()));
            }
            fs::rename(&partial, &target).map_err(|error| Trouble::of_file(source, &error))
        });
    if let Err(trouble) = outcome {
        // What is left of a failed copy is ours and worthless; failing to remove it changes nothing.
        let _ = fs::remove_file(&partial);
        return Err(trouble);
    }
    if let Some((_, terms)) = catalogue::bound(&target) {
        // Beside the model or nowhere: without its text the terms cannot be accepted, and that says why.
        let _ = fs::copy(source.with_file_name(&terms.file), folder.join(&terms.file));
    }
    Ok(describe(&target))
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

fn hex(bytes: &[u8]) -> String {
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
    let folders = paths.models.iter();
    let mut files: Vec<PathBuf> = folders.flat_map(|folder| gguf_of(folder)).collect();
    files.retain(|file| !is_companion(file));
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

fn describe(path: &Path) -> ModelFile {
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

fn verify_file(path: &Path) -> Result<Verified> {
    let file = File::open(path).map_err(|error| Trouble::of_file(path, &error))?;
    let sha256 = transfer(file, &mut io::sink(), 0, &mut |_| ())
        .map_err(|error| Trouble::of_file(path, &error))?;
    let known = catalogue::find(path).map(|entry| entry.sha256 == sha256);
    Ok(Verified {
        path: path.to_owned(),
        sha256,
        known,
    })
}

fn copy(source: &Path, target: &Path, progress: &mut dyn FnMut(f32)) -> io::Result<String> {
    let input = File::open(source)?;
    let total = input.metadata()?.len();
    let mut output = File::create(target)?;
    let digest = transfer(input, &mut output, total, progress)?;
    output.sync_all()?;
    Ok(digest)
}

/// Copies to the end and returns the SHA-256 of what went through, in hexadecimal.
fn transfer(
    mut input: impl Read,
    output: &mut dyn Write,
    total: u64,
    progress: &mut dyn FnMut(f32),
) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut done = 0_u64;
    loop {
        let read = input.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
        output.write_all(&buffer[..read])?;
        done += read as u64;
        progress(if total == 0 {
            0.0
        } else {
            done as f32 / total as f32
        });
    }
    Ok(hex(&digest.finalize()))
}
