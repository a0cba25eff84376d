//! Two copies of the slots on disk, so that one torn file loses nothing.
//!
//! A copy is three lines: the format's version, the slots in JSON, and the SHA-256 of both. They
//! are written one after the other, each atomically and read back, so that at every moment one
//! whole copy exists.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::hex;
use super::slots::Slots;
use crate::{StoreError, atomic_file};

/// The format written, and the newest one read.
const VERSION: u32 = 1;
const MAGIC: &str = "clocher slots";

/// What was found of the slots.
pub(crate) struct Found {
    /// The newest whole copy.
    pub(crate) slots: Slots,
    /// The other copy is torn, missing or older.
    pub(crate) to_heal: bool,
}

/// The two copies' paths under the data folder.
pub(crate) fn paths(folder: &Path) -> [PathBuf; 2] {
    let keys = folder.join("keys");
    [keys.join("slots"), keys.join("slots-copy")]
}

/// Reads both copies; `None` if there is neither. Changes nothing.
///
/// # Errors
/// [`StoreError::SlotsDamaged`] if no copy is whole, [`StoreError::TooNew`] if a newer program
/// wrote one.
pub(crate) fn read(folder: &Path) -> Result<Option<Found>, StoreError> {
    let mut copies = Vec::new();
    let mut present = false;
    for path in paths(folder) {
        match fs::read(&path) {
            Ok(bytes) => {
                present = true;
                copies.push(parse(&bytes)?);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => copies.push(None),
            Err(error) => return Err(error.into()),
        }
    }
    let to_heal = copies.windows(2).any(|pair| pair[0] != pair[1]);
    let newest = copies.into_iter().flatten().max_by_key(|s| s.generation);
    match newest {
        Some(slots) => Ok(Some(Found { slots, to_heal })),
        None if present => Err(StoreError::SlotsDamaged),
        None => Ok(None),
    }
}

/// Writes both copies and reads each back before touching the next.
///
/// # Errors
/// [`StoreError::Io`] if what was written is not what is read.
pub(crate) fn write(folder: &Path, slots: &Slots) -> Result<(), StoreError> {
    let bytes = render(slots)?;
    for path in paths(folder) {
        if let Some(keys) = path.parent() {
            atomic_file::create_folder(keys)?;
        }
        atomic_file::write(&path, &bytes)?;
        if parse(&fs::read(&path)?)?.as_ref() != Some(slots) {
            return Err(StoreError::Io(std::io::Error::other("not read back")));
        }
    }
    Ok(())
}

/// Takes back both copies of a creation that failed.
pub(crate) fn remove(folder: &Path) {
    for path in paths(folder) {
        _ = fs::remove_file(path);
    }
}

fn render(slots: &Slots) -> Result<Vec<u8>, StoreError> {
    let json = serde_json::to_string(slots).map_err(std::io::Error::other)?;
    let body = format!("{MAGIC} {VERSION}\n{json}\n");
    let sum = hex::encode(&Sha256::digest(&body));
    Ok(format!("{body}{sum}\n").into_bytes())
}

/// The slots of one copy; `None` if it is torn.
fn parse(bytes: &[u8]) -> Result<Option<Slots>, StoreError> {
    let parts = || {
        let text = str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
        let (head, sum) = text.rsplit_once('\n')?;
        let body = &text[..=head.len()];
        if sum != hex::encode(&Sha256::digest(body)) {
            return None;
        }
        let (first, json) = head.split_once('\n')?;
        let version: u32 = first.strip_prefix(MAGIC)?.trim().parse().ok()?;
        Some((version, json))
    };
    match parts() {
        Some((version, _)) if version > VERSION => Err(StoreError::TooNew {
            found: version,
            known: VERSION,
        }),
        Some((_, json)) => Ok(serde_json::from_str(json).ok()),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NewKeys;

    fn written() -> (tempfile::TempDir, Slots) {
        let folder = tempfile::tempdir().unwrap();
        let slots = Slots::new(&NewKeys::draft().unwrap(), None).unwrap();
        write(folder.path(), &slots).unwrap();
        (folder, slots)
    }

    #[test]
    fn no_byte_can_change_unseen() {
        let (folder, slots) = written();
        let bytes = fs::read(&paths(folder.path())[0]).unwrap();
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            assert!(parse(&altered).unwrap().is_none(), "byte {at}");
            assert!(parse(&bytes[..at]).unwrap().is_none(), "cut at {at}");
        }
        assert!(parse(&bytes).unwrap() == Some(slots));
    }

    #[test]
    fn the_newer_of_two_whole_copies_is_read() {
        let (folder, slots) = written();
        let mut newer = slots;
        newer.generation = 2;
        fs::write(&paths(folder.path())[1], render(&newer).unwrap()).unwrap();
        let found = read(folder.path()).unwrap().unwrap();
        assert!(found.slots == newer && found.to_heal);
    }

    #[test]
    fn a_newer_format_is_refused() {
        let (folder, _) = written();
        let body = format!("{MAGIC} 2\nwho knows\n");
        let sum = hex::encode(&Sha256::digest(&body));
        fs::write(&paths(folder.path())[1], format!("{body}{sum}\n")).unwrap();
        let outcome = read(folder.path());
        assert!(matches!(
            outcome,
            Err(StoreError::TooNew { found: 2, known: 1 })
        ));
    }
}
