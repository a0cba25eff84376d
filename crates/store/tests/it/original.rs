//! A history to which accidents happen.

use privacy::Private;
use store::{
    AbsentKeychain, Home, HomeState, MemoryKeychain, NewKeys, Store, StoreError, Timestamp,
};

pub const PASSPHRASE: &str = "le clocher sonne midi";

/// A history with one conversation, closed, and all that opens it.
pub struct Original {
    pub folder: tempfile::TempDir,
    pub keychain: MemoryKeychain,
    pub keys: NewKeys,
}

impl Original {
    pub fn new(passphrase: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keychain = MemoryKeychain::default();
        let mut home = Home::open(folder.path(), Box::new(keychain.clone())).unwrap();
        assert_eq!(home.state(), HomeState::New);
        assert!(home.keychain_answers());
        assert!(keychain.is_empty(), "the probe is taken back");
        let keys = home.draft_keys().unwrap();
        let phrase = passphrase.then(|| Private::new(String::from(PASSPHRASE)));
        let store = home.create(&keys, phrase.as_ref()).unwrap();
        store
            .conversations()
            .create("Conservée", Timestamp(1))
            .unwrap();
        drop(store);
        drop(home);
        Self {
            folder,
            keychain,
            keys,
        }
    }

    pub fn recovery(&self) -> String {
        self.keys.recovery_groups().join(" ")
    }

    pub fn has_passphrase(&self) -> bool {
        let home = Home::open(self.folder.path(), Box::new(AbsentKeychain)).unwrap();
        home.state() == HomeState::Existing { passphrase: true }
    }
}

pub fn assert_whole(store: &Store) {
    assert_eq!(store.conversations().list("conservee").unwrap().len(), 1);
}

pub fn unlock(home: &mut Home, slot: char, original: &Original) -> Result<Store, StoreError> {
    match slot {
        'A' => home.unlock_with_keychain(),
        'B' => home.unlock_with_recovery(&original.recovery()),
        _ => home.unlock_with_passphrase(PASSPHRASE),
    }
}
