//! The data folder: taken by one process, its slots read, its database not yet open.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use privacy::Private;

use crate::folder_lock::FolderLock;
use crate::keys::slots::Slots;
use crate::keys::{self, DataKey, Keychain, NewKeys, RecoveryKey, slot_file};
use crate::{Store, StoreError, atomic_file, database};

/// A data folder that this process holds. Every refusal leaves it as it was, for another try.
pub struct Home {
    folder: PathBuf,
    lock: Arc<FolderLock>,
    keychain: Box<dyn Keychain>,
    slots: Option<Slots>,
    /// One copy of the slots is torn or older: healed once a slot opened.
    to_heal: bool,
}

/// What a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HomeState {
    /// Nothing yet: [`Home::create`].
    New,
    /// A history and its slots: unlock it.
    Existing {
        /// A passphrase was set.
        passphrase: bool,
    },
}

impl Home {
    /// Takes the folder, creating it if needed, and reads its slots. Nothing but the empty file
    /// `lock` is written.
    ///
    /// # Errors
    /// [`StoreError::AlreadyOpen`]; and, for a folder whose parts do not belong together,
    /// [`StoreError::SlotsMissing`], [`StoreError::SlotsDamaged`], [`StoreError::DatabaseMissing`],
    /// [`StoreError::ForeignSlots`], [`StoreError::Damaged`] or [`StoreError::TooNew`].
    pub fn open(folder: &Path, keychain: Box<dyn Keychain>) -> Result<Self, StoreError> {
        atomic_file::create_folder(folder)?;
        let lock = Arc::new(FolderLock::take(folder)?);
        let found = slot_file::read(folder)?;
        let kept = database::identity(&folder.join(database::FILE))?;
        let (slots, to_heal) = match found {
            Some(found) => {
                // A creation cut short between its slots and its last rename is whole.
                let database = match kept {
                    Some(database) => database,
                    None => database::identity(&folder.join(database::PENDING))?
                        .ok_or(StoreError::DatabaseMissing)?,
                };
                if found.slots.database()? != database {
                    return Err(StoreError::ForeignSlots);
                }
                (Some(found.slots), found.to_heal)
            }
            None if kept.is_some() => return Err(StoreError::SlotsMissing),
            None => (None, false),
        };
        Ok(Self {
            folder: folder.to_owned(),
            lock,
            keychain,
            slots,
            to_heal,
        })
    }

    /// What the folder holds.
    pub fn state(&self) -> HomeState {
        match &self.slots {
            None => HomeState::New,
            Some(slots) => HomeState::Existing {
                passphrase: slots.has_passphrase(),
            },
        }
    }

    /// Whether the keychain answers: on a new home, whether it keeps what it is given (else a
    /// passphrase must be chosen); on an existing one, whether it can be read. May wait for the
    /// agent to unlock it.
    pub fn keychain_answers(&self) -> bool {
        match self.slots.as_ref().and_then(Slots::keychain_entry) {
            Some(entry) => self.keychain.get(entry).is_ok(),
            None => keys::keychain_answers(&*self.keychain),
        }
    }

    /// Fresh keys, of which nothing is on disk: show their recovery key, have it noted, then
    /// [`Home::create`].
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn draft_keys(&self) -> Result<NewKeys, StoreError> {
        NewKeys::draft()
    }

    /// Creates the history. All or nothing: on failure the folder is new again, or, if only the
    /// last opening failed, holds the whole history, to be unlocked ([`Home::state`] tells).
    ///
    /// # Errors
    /// [`StoreError::AlreadyCreated`], [`StoreError::PassphraseTooShort`],
    /// [`StoreError::PassphraseRequired`] if the keychain takes no key, and those of the disk.
    pub fn create(
        &mut self,
        keys: &NewKeys,
        passphrase: Option<&Private<String>>,
    ) -> Result<Store, StoreError> {
        if self.slots.is_some() {
            return Err(StoreError::AlreadyCreated);
        }
        let least = keys::LEAST_CHARACTERS;
        if passphrase.is_some_and(|phrase| phrase.expose().chars().count() < least) {
            return Err(StoreError::PassphraseTooShort { least });
        }
        let slots = Slots::new(keys, passphrase)?;
        let slots = match slots.with_keychain(&*self.keychain, &keys.data) {
            Ok(with_keychain) => with_keychain,
            Err(StoreError::KeychainFailed { .. }) if passphrase.is_some() => slots,
            Err(StoreError::KeychainFailed { .. }) => return Err(StoreError::PassphraseRequired),
            Err(other) => return Err(other),
        };
        let pending = self.folder.join(database::PENDING);
        let create = || {
            database::create(&pending, keys.database, &keys.data)?;
            slot_file::write(&self.folder, &slots)
        };
        if let Err(error) = create() {
            // In this order: slots never outlive their database.
            slot_file::remove(&self.folder);
            _ = fs::remove_file(&pending);
            if let Some(entry) = slots.keychain_entry() {
                _ = self.keychain.delete(entry);
            }
            return Err(error);
        }
        // From here on the history exists: a failure below is mended by the next unlocking.
        self.slots = Some(slots);
        self.open_database(&keys.data)
    }

    /// Opens the history with the keychain's key.
    ///
    /// # Errors
    /// [`StoreError::KeychainFailed`] says what may be asked for instead; [`StoreError::Damaged`]
    /// and [`StoreError::TooNew`] come from the database. Nothing was changed on disk.
    pub fn unlock_with_keychain(&mut self) -> Result<Store, StoreError> {
        let data = self.existing()?.open_with_keychain(&*self.keychain)?;
        let store = self.open_database(&data)?;
        if self.to_heal {
            self.write_slots(None);
        }
        Ok(store)
    }

    /// Opens the history with the printed recovery key, then gives the keychain a fresh key.
    ///
    /// # Errors
    /// [`StoreError::RecoveryKeyMistyped`], [`StoreError::WrongRecoveryKey`], and those of the
    /// database. Nothing was changed on disk.
    pub fn unlock_with_recovery(&mut self, typed: &str) -> Result<Store, StoreError> {
        let slots = self.existing()?;
        let data = slots.open_with_recovery(&RecoveryKey::parse(typed)?)?;
        self.unlock(&data)
    }

    /// Opens the history with the passphrase, then gives the keychain a fresh key.
    ///
    /// # Errors
    /// [`StoreError::NoPassphrase`], [`StoreError::WrongPassphrase`], and those of the database.
    /// Nothing was changed on disk.
    pub fn unlock_with_passphrase(&mut self, typed: &str) -> Result<Store, StoreError> {
        let data = self.existing()?.open_with_passphrase(typed)?;
        self.unlock(&data)
    }

    fn existing(&self) -> Result<&Slots, StoreError> {
        self.slots.as_ref().ok_or(StoreError::NotCreated)
    }

    fn unlock(&mut self, data: &DataKey) -> Result<Store, StoreError> {
        let store = self.open_database(data)?;
        self.mend_slots(data);
        Ok(store)
    }

    /// Opens the database, finishing a creation that was cut short before its last rename.
    fn open_database(&self, data: &DataKey) -> Result<Store, StoreError> {
        let id = self.existing()?.database()?;
        let path = self.folder.join(database::FILE);
        if !path.exists() {
            fs::rename(self.folder.join(database::PENDING), &path)?;
            atomic_file::flush_folder_of(&path)?;
        }
        Store::start(
            database::open(&path, id, data)?,
            Some(Arc::clone(&self.lock)),
        )
    }

    /// Gives slot A back its key if the keychain lost it, and heals a torn copy of the slots.
    fn mend_slots(&mut self, data: &DataKey) {
        let Some(slots) = &self.slots else { return };
        let renewed = match slots.open_with_keychain(&*self.keychain) {
            Ok(opened) if opened == *data => None,
            _ => slots.with_keychain(&*self.keychain, data).ok(),
        };
        if renewed.is_some() || self.to_heal {
            self.write_slots(renewed);
        }
    }

    /// Writes both copies of the slots, renewed or as they are. Silent: the history is open, and
    /// a next unlocking tries again.
    fn write_slots(&mut self, renewed: Option<Slots>) {
        let Some(slots) = renewed.or_else(|| self.slots.clone()) else {
            return;
        };
        if slot_file::write(&self.folder, &slots).is_ok() {
            self.slots = Some(slots);
            self.to_heal = false;
        }
    }
}
