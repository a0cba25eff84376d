//! Model files compared with the catalogue, or with what they were when they were first imported.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::catalogue;
use super::files::{all, file_name, hex};
use crate::Paths;
use crate::trouble::{Result, Trouble, trouble};

/// The record of first imports, beside the models: names and SHA-256.
const RECORD: &str = "digests.json";

/// A file compared.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// Where it is.
    pub path: PathBuf,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// What that is equal to.
    pub verdict: Verdict,
}

/// What a file is equal to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// What the catalogue says.
    Catalogue,
    /// What was imported under this name; the catalogue knows no better.
    Import,
    /// Neither: it was changed, or badly copied.
    Altered,
    /// Nothing to compare it with.
    Unknown,
}

impl Verified {
    /// Why this file must not be used, when it was altered.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        (self.verdict == Verdict::Altered)
            .then(|| trouble!(ModelDigest, model_digest(file_name(&self.path))()))
    }
}

/// Reads every model file whole, those that models see with included, and compares it.
///
/// # Errors
/// When a file cannot be read to its end.
pub fn verify(paths: &Paths) -> Result<Vec<Verified>> {
    all(paths).into_iter().map(verify_file).collect()
}

fn verify_file(path: PathBuf) -> Result<Verified> {
    let sha256 = File::open(&path)
        .and_then(|file| transfer(file, &mut io::sink(), &mut |_| ()))
        .map_err(|error| Trouble::of_file(&path, &error))?;
    Ok(Verified {
        verdict: compare(&path, &sha256),
        path,
        sha256,
    })
}

/// What a file of that place and digest is equal to.
fn compare(path: &Path, sha256: &str) -> Verdict {
    let same = |known: &str, verdict| match known == sha256 {
        true => verdict,
        false => Verdict::Altered,
    };
    if let Some(known) = catalogue::digest(path) {
        return same(known, Verdict::Catalogue);
    }
    match recorded(path).get(&file_name(path)) {
        Some(known) => same(known, Verdict::Import),
        None => Verdict::Unknown,
    }
}

/// The record beside a file; one that cannot be read compares nothing.
fn recorded(file: &Path) -> BTreeMap<String, String> {
    let json = fs::read(file.with_file_name(RECORD)).unwrap_or_default();
    serde_json::from_slice(&json).unwrap_or_default()
}

/// Records what a file was when it was imported.
pub fn record(file: &Path, sha256: String) -> io::Result<()> {
    let mut kept = recorded(file);
    kept.insert(file_name(file), sha256);
    let path = file.with_file_name(RECORD);
    let partial = path.with_extension("partial");
    fs::write(&partial, serde_json::to_vec_pretty(&kept)?)?;
    fs::rename(partial, path)
}

/// Copies to the end and returns the SHA-256 of what went through, in hexadecimal. `progress` is
/// told the bytes of each step.
pub fn transfer(
    mut input: impl Read,
    output: &mut dyn Write,
    progress: &mut dyn FnMut(u64),
) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = input.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex(&digest.finalize()));
        }
        digest.update(&buffer[..read]);
        output.write_all(&buffer[..read])?;
        progress(read as u64);
    }
}
