//! What a test does to a data folder: keep it, copy it, look at every byte of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every file under a folder and its bytes, the lock's file aside.
pub fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(bytes(&path));
        } else if path.file_name().unwrap() != "lock" {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}

/// Copies a folder, as a profile is copied.
pub fn copy(from: &Path, to: &Path) {
    for (path, content) in bytes(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, content).unwrap();
    }
}

/// The files that hold `needle`.
pub fn holding(folder: &Path, needle: &[u8]) -> Vec<PathBuf> {
    let files = bytes(folder).into_iter();
    files
        .filter(|(_, content)| content.windows(needle.len()).any(|w| w == needle))
        .map(|(path, _)| path)
        .collect()
}
