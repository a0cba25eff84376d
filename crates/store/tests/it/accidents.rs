//! Every accident of the keychain and of the folder × every slot: the history is opened, or
//! refused without one byte changed. Which of the two is written here for each of them.

use std::fs;
use std::path::Path;

use privacy::Private;
use store::{AbsentKeychain, Home, HomeState, Keychain, KeychainFault, MemoryKeychain, StoreError};

use crate::folder;
use crate::original::{Original, assert_whole, unlock};

/// A keychain that stays locked.
struct Locked;

impl Keychain for Locked {
    fn get(&self, _: &str) -> Result<Option<Private<String>>, KeychainFault> {
        Err(KeychainFault::Refused)
    }
    fn set(&self, _: &str, _: &Private<String>) -> Result<(), KeychainFault> {
        Err(KeychainFault::Refused)
    }
    fn delete(&self, _: &str) -> Result<(), KeychainFault> {
        Err(KeychainFault::Refused)
    }
}

/// What the keychain does, and what slot A then answers.
const KEYCHAINS: [(&str, Option<KeychainFault>); 7] = [
    ("as it was", None),
    ("absent", Some(KeychainFault::Absent)),
    ("locked", Some(KeychainFault::Refused)),
    ("entries lost", Some(KeychainFault::NoEntry)),
    ("entries altered", Some(KeychainFault::Altered)),
    ("entries no key at all", Some(KeychainFault::Altered)),
    ("another session's", Some(KeychainFault::NoEntry)),
];

fn keychain(name: &str, original: &Original) -> Box<dyn Keychain> {
    let copy = original.keychain.separate_copy();
    match name {
        "absent" => return Box::new(AbsentKeychain),
        "locked" => return Box::new(Locked),
        "entries lost" => copy.lose_all(),
        "entries altered" => copy.alter_all(&"0f".repeat(32)),
        "entries no key at all" => copy.alter_all("ceci n'est pas une clé"),
        "another session's" => return Box::new(MemoryKeychain::default()),
        _ => {}
    }
    Box::new(copy)
}

/// What happens to the folder; whether it can still be opened, and if not the refusal.
type Accident = (
    &'static str,
    fn(&Path, &Path),
    Option<fn(&StoreError) -> bool>,
);

const SLOTS: &str = "keys/slots";
const COPY: &str = "keys/slots-copy";
const DATABASE: &str = "history.db";

fn tear(file: &Path) {
    let whole = fs::read(file).unwrap();
    fs::write(file, &whole[..whole.len() / 2]).unwrap();
}

const FOLDERS: [Accident; 14] = [
    ("as it was", |_, _| {}, None),
    ("slots torn", |home, _| tear(&home.join(SLOTS)), None),
    ("copy torn", |home, _| tear(&home.join(COPY)), None),
    (
        "slots emptied",
        |home, _| fs::write(home.join(SLOTS), "").unwrap(),
        None,
    ),
    (
        "slots missing",
        |home, _| fs::remove_file(home.join(SLOTS)).unwrap(),
        None,
    ),
    (
        "copy missing",
        |home, _| fs::remove_file(home.join(COPY)).unwrap(),
        None,
    ),
    (
        "created, all but the last rename",
        |home, _| fs::rename(home.join(DATABASE), home.join("history.db.new")).unwrap(),
        None,
    ),
    (
        "both torn",
        |home, _| [SLOTS, COPY].iter().for_each(|file| tear(&home.join(file))),
        Some(|e| matches!(e, StoreError::SlotsDamaged)),
    ),
    (
        "both missing",
        |home, _| fs::remove_dir_all(home.join("keys")).unwrap(),
        Some(|e| matches!(e, StoreError::SlotsMissing)),
    ),
    (
        "another database's slots",
        |home, other| folder::copy(&other.join("keys"), &home.join("keys")),
        Some(|e| matches!(e, StoreError::ForeignSlots)),
    ),
    (
        "another database",
        |home, other| _ = fs::copy(other.join(DATABASE), home.join(DATABASE)).unwrap(),
        Some(|e| matches!(e, StoreError::ForeignSlots)),
    ),
    (
        "database missing",
        |home, _| fs::remove_file(home.join(DATABASE)).unwrap(),
        Some(|e| matches!(e, StoreError::DatabaseMissing)),
    ),
    (
        "database emptied",
        |home, _| fs::write(home.join(DATABASE), "").unwrap(),
        Some(|e| matches!(e, StoreError::Damaged)),
    ),
    (
        "database cut after its identity",
        |home, _| {
            let whole = fs::read(home.join(DATABASE)).unwrap();
            fs::write(home.join(DATABASE), &whole[..16]).unwrap();
        },
        Some(|e| matches!(e, StoreError::Damaged)),
    ),
];

#[test]
fn every_accident_by_every_slot_opens_or_changes_nothing() {
    let originals = [Original::new(false), Original::new(true)];
    let other = Original::new(false);
    let mut combinations = 0;
    for (folder_name, happens, refused) in FOLDERS {
        for (keychain_name, fault) in KEYCHAINS {
            // Where both happen at once, no passphrase: it is slow on purpose.
            let one = folder_name == "as it was" || keychain_name == "as it was";
            let (slots, originals) = match one {
                true => ("ABC", &originals[..]),
                false => ("AB", &originals[..1]),
            };
            for slot in slots.chars() {
                for original in originals {
                    let case =
                        format!("folder {folder_name}, keychain {keychain_name}, slot {slot}");
                    combinations += 1;
                    check(
                        &case,
                        original,
                        &other,
                        happens,
                        refused,
                        keychain_name,
                        fault,
                        slot,
                    );
                }
            }
        }
    }
    assert_eq!(combinations, 276);
}

#[allow(clippy::too_many_arguments, reason = "a table's columns")]
fn check(
    case: &str,
    original: &Original,
    other: &Original,
    happens: fn(&Path, &Path),
    refused: Option<fn(&StoreError) -> bool>,
    keychain_name: &str,
    fault: Option<KeychainFault>,
    slot: char,
) {
    let place = tempfile::tempdir().unwrap();
    folder::copy(original.folder.path(), place.path());
    happens(place.path(), other.folder.path());
    let before = folder::bytes(place.path());
    let passphrase = original.has_passphrase();
    let keychain = || keychain(keychain_name, original);
    let outcome = Home::open(place.path(), keychain()).and_then(|mut home| {
        assert_eq!(home.state(), HomeState::Existing { passphrase }, "{case}");
        let unlocked = unlock(&mut home, slot, original);
        if unlocked.is_err() && refused.is_none() {
            // Still usable for another try.
            assert_eq!(folder::bytes(place.path()), before, "{case}");
            assert_whole(&home.unlock_with_recovery(&original.recovery()).expect(case));
        }
        unlocked
    });
    // The slot is tried before the database is opened: it may refuse first.
    let slot_refuses = match slot {
        'A' => fault.is_some(),
        'B' => false,
        _ => !passphrase,
    };
    match outcome {
        Err(error) => {
            let by_slot = slot_refuses
                && match &error {
                    StoreError::KeychainFailed {
                        fault: why,
                        passphrase: asked,
                    } => (Some(*why), *asked) == (fault, passphrase),
                    other => matches!(other, StoreError::NoPassphrase),
                };
            let by_folder = refused.is_some_and(|expected| expected(&error));
            assert!(by_slot || by_folder, "{case}: {error}");
            if refused.is_some() {
                assert!(folder::bytes(place.path()) == before, "changed: {case}");
            }
        }
        Ok(store) => {
            assert!(refused.is_none() && !slot_refuses, "opened: {case}");
            assert_whole(&store);
            drop(store);
            // Whatever was torn is healed.
            let [slots, copy] =
                [SLOTS, COPY].map(|file| fs::read(place.path().join(file)).unwrap());
            assert!(slots == copy, "{case}");
        }
    }
}
