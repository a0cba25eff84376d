//! The slots, one by one: what each refuses, and what each repairs.

use std::fs;

use privacy::Private;
use store::{AbsentKeychain, Home, HomeState, KeychainFault, MemoryKeychain, Store, StoreError};

use crate::folder;
use crate::original::{Original, PASSPHRASE, assert_whole, unlock};

#[test]
fn what_was_not_the_key_changes_nothing() {
    let (original, other) = (Original::new(true), Original::new(true));
    let before = folder::bytes(original.folder.path());
    let open = || Home::open(original.folder.path(), Box::new(AbsentKeychain)).unwrap();
    let mut home = open();
    assert!(!home.keychain_answers());
    let mut mistyped = original.recovery();
    mistyped.replace_range(6..7, if &mistyped[6..7] == "2" { "3" } else { "2" });
    type Check = fn(&StoreError) -> bool;
    let wrong: [(Result<Store, StoreError>, Check); 5] = [
        (home.unlock_with_recovery(&other.recovery()), |e| {
            matches!(e, StoreError::WrongRecoveryKey)
        }),
        (
            home.unlock_with_recovery(&mistyped),
            |e| matches!(e, StoreError::RecoveryKeyMistyped { groups } if groups == &[1]),
        ),
        (
            home.unlock_with_passphrase("le clocher sonne une heure"),
            |e| matches!(e, StoreError::WrongPassphrase),
        ),
        (home.unlock_with_passphrase(""), |e| {
            matches!(e, StoreError::WrongPassphrase)
        }),
        (home.create(&other.keys, None), |e| {
            matches!(e, StoreError::AlreadyCreated)
        }),
    ];
    for (outcome, expected) in wrong {
        let error = outcome.err().unwrap();
        assert!(expected(&error), "{error}");
    }
    assert!(folder::bytes(original.folder.path()) == before);
    assert_whole(&home.unlock_with_passphrase(PASSPHRASE).unwrap());
}

#[test]
fn slot_a_is_made_again_by_the_other_slots() {
    let original = Original::new(true);
    for slot in ['B', 'C'] {
        original.keychain.lose_all();
        let open =
            || Home::open(original.folder.path(), Box::new(original.keychain.clone())).unwrap();
        let mut home = open();
        assert!(home.unlock_with_keychain().is_err());
        drop(unlock(&mut home, slot, &original).unwrap());
        drop(home);
        assert_whole(&open().unlock_with_keychain().unwrap());
        assert_eq!(original.keychain.len(), 1);
    }
}

#[test]
fn a_copied_profile_opens_elsewhere_without_closing_the_original() {
    let original = Original::new(false);
    let place = tempfile::tempdir().unwrap();
    folder::copy(original.folder.path(), place.path());
    // Same session first, then another machine's keychain.
    for keychain in [original.keychain.clone(), MemoryKeychain::default()] {
        let mut copy = Home::open(place.path(), Box::new(keychain)).unwrap();
        let store = copy
            .unlock_with_keychain()
            .or_else(|_| copy.unlock_with_recovery(&original.recovery()));
        assert_whole(&store.unwrap());
    }
    let mut home = Home::open(original.folder.path(), Box::new(original.keychain.clone())).unwrap();
    assert_whole(&home.unlock_with_keychain().unwrap());
}

#[test]
fn without_a_keychain_a_passphrase_is_required() {
    let place = tempfile::tempdir().unwrap();
    let mut home = Home::open(place.path(), Box::new(AbsentKeychain)).unwrap();
    assert!(!home.keychain_answers());
    assert!(matches!(
        home.unlock_with_keychain(),
        Err(StoreError::NotCreated)
    ));
    let keys = home.draft_keys().unwrap();
    assert!(matches!(
        home.create(&keys, None),
        Err(StoreError::PassphraseRequired)
    ));
    let short = Private::new(String::from("court"));
    let outcome = home.create(&keys, Some(&short));
    assert!(matches!(
        outcome,
        Err(StoreError::PassphraseTooShort { least: 8 })
    ));
    assert!(folder::bytes(place.path()).is_empty());
    let phrase = Private::new(String::from(PASSPHRASE));
    drop(home.create(&keys, Some(&phrase)).unwrap());
    let outcome = home.unlock_with_keychain();
    assert!(matches!(
        outcome,
        Err(StoreError::KeychainFailed {
            fault: KeychainFault::NeverKept,
            passphrase: true
        })
    ));
    // A keychain that comes later is given its key.
    drop(home);
    let keychain = MemoryKeychain::default();
    let mut home = Home::open(place.path(), Box::new(keychain.clone())).unwrap();
    drop(home.unlock_with_passphrase(PASSPHRASE).unwrap());
    assert!(home.unlock_with_keychain().is_ok());
}

#[test]
fn a_creation_that_fails_half_way_leaves_a_new_home() {
    let place = tempfile::tempdir().unwrap();
    let keychain = MemoryKeychain::default();
    let mut home = Home::open(place.path(), Box::new(keychain.clone())).unwrap();
    let keys = home.draft_keys().unwrap();
    // The second copy of the slots cannot take its name.
    let obstacle = place.path().join("keys/slots-copy").join("in the way");
    fs::create_dir_all(&obstacle).unwrap();
    let refused = home.create(&keys, None).err();
    // Windows calls it a lack of rights.
    assert!(matches!(
        refused,
        Some(StoreError::Io(_) | StoreError::ReadOnly)
    ));
    assert!(folder::bytes(place.path()).is_empty());
    assert!(keychain.is_empty());
    assert_eq!(home.state(), HomeState::New);
    fs::remove_dir_all(place.path().join("keys/slots-copy")).unwrap();
    drop(home.create(&keys, None).unwrap());
    assert!(
        home.unlock_with_recovery(&keys.recovery_groups().concat())
            .is_ok()
    );
}
