//! The slots themselves: what each keeps, how it is made and how it opens.

use privacy::Private;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::keychain::Keychain;
use super::passphrase::{self, Cost};
use super::seal::{self, WrappingKey};
use super::{DataKey, DatabaseId, NewKeys, RecoveryKey, hex, random};
use crate::{KeychainFault, StoreError};

/// Every slot of one database. Holds nothing secret that is not sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Slots {
    /// Grows at each writing: of two whole copies that differ, the greater is the newer.
    pub(super) generation: u64,
    /// The database they open, in hexadecimal.
    database: String,
    /// Slot A: a random key that lives in the operating system's keychain.
    keychain: Option<KeychainSlot>,
    /// Slot B: the printed recovery key.
    recovery: RecoverySlot,
    /// Slot C: a passphrase.
    passphrase: Option<PassphraseSlot>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeychainSlot {
    /// Name of the keychain's entry. A new slot takes a new name: no entry is ever overwritten.
    entry: String,
    sealed: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct RecoverySlot {
    salt: String,
    sealed: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PassphraseSlot {
    salt: String,
    cost: Cost,
    sealed: String,
}

impl Slots {
    /// The first slots: recovery key always, passphrase if chosen, no keychain yet.
    pub(crate) fn new(
        keys: &NewKeys,
        phrase: Option<&Private<String>>,
    ) -> Result<Self, StoreError> {
        let salt: [u8; 16] = random()?;
        let recovery = RecoverySlot {
            sealed: seal::seal(
                &keys.recovery.wrapping_key(&salt)?,
                &bound_to("recovery", keys.database),
                &keys.data,
            )?,
            salt: hex::encode(&salt),
        };
        let passphrase = phrase
            .map(|phrase| {
                let salt: [u8; 16] = random()?;
                let cost = passphrase::COST;
                let key = passphrase::wrapping_key(phrase.expose(), &salt, cost)?;
                Ok::<_, StoreError>(PassphraseSlot {
                    sealed: seal::seal(&key, &bound_to("passphrase", keys.database), &keys.data)?,
                    salt: hex::encode(&salt),
                    cost,
                })
            })
            .transpose()?;
        Ok(Self {
            generation: 1,
            database: keys.database.to_hex(),
            keychain: None,
            recovery,
            passphrase,
        })
    }

    /// The database that these slots open.
    pub(crate) fn database(&self) -> Result<DatabaseId, StoreError> {
        DatabaseId::from_hex(&self.database).ok_or(StoreError::SlotsDamaged)
    }

    /// Whether a passphrase was set.
    pub(crate) fn has_passphrase(&self) -> bool {
        self.passphrase.is_some()
    }

    /// The keychain's entry of slot A.
    pub(crate) fn keychain_entry(&self) -> Option<&str> {
        self.keychain.as_ref().map(|slot| slot.entry.as_str())
    }

    /// The same slots with a fresh slot A, whose key the keychain gave back as it was stored.
    pub(crate) fn with_keychain(
        &self,
        keychain: &dyn Keychain,
        data: &DataKey,
    ) -> Result<Self, StoreError> {
        let database = self.database()?;
        let nonce: [u8; 8] = random()?;
        let entry = format!("history {} {}", self.database, hex::encode(&nonce));
        let key = Zeroizing::new(random()?);
        let failed = |fault| self.keychain_failed(fault);
        keychain
            .set(&entry, &Private::new(hex::encode(&*key)))
            .map_err(failed)?;
        let slot = KeychainSlot {
            sealed: seal::seal(&key, &bound_to(&entry, database), data)?,
            entry,
        };
        let renewed = Self {
            generation: self.generation.saturating_add(1),
            keychain: Some(slot),
            ..self.clone()
        };
        match renewed.open_with_keychain(keychain)? == *data {
            true => Ok(renewed),
            false => Err(failed(KeychainFault::Altered)),
        }
    }

    /// Opens slot A.
    pub(crate) fn open_with_keychain(
        &self,
        keychain: &dyn Keychain,
    ) -> Result<DataKey, StoreError> {
        let database = self.database()?;
        let open = || {
            let slot = self.keychain.as_ref().ok_or(KeychainFault::NeverKept)?;
            let secret = keychain.get(&slot.entry)?.ok_or(KeychainFault::NoEntry)?;
            let key = wrapping_key(&secret).ok_or(KeychainFault::Altered)?;
            seal::open(&key, &bound_to(&slot.entry, database), &slot.sealed)
                .ok_or(KeychainFault::Altered)
        };
        open().map_err(|fault| self.keychain_failed(fault))
    }

    /// Opens slot B.
    pub(crate) fn open_with_recovery(&self, key: &RecoveryKey) -> Result<DataKey, StoreError> {
        let salt = hex::decode(&self.recovery.salt).ok_or(StoreError::SlotsDamaged)?;
        let bound_to = bound_to("recovery", self.database()?);
        seal::open(&key.wrapping_key(&salt)?, &bound_to, &self.recovery.sealed)
            .ok_or(StoreError::WrongRecoveryKey)
    }

    /// Opens slot C.
    pub(crate) fn open_with_passphrase(&self, phrase: &str) -> Result<DataKey, StoreError> {
        let slot = self.passphrase.as_ref().ok_or(StoreError::NoPassphrase)?;
        let salt = hex::decode(&slot.salt).ok_or(StoreError::SlotsDamaged)?;
        let key = passphrase::wrapping_key(phrase, &salt, slot.cost)?;
        seal::open(
            &key,
            &bound_to("passphrase", self.database()?),
            &slot.sealed,
        )
        .ok_or(StoreError::WrongPassphrase)
    }

    fn keychain_failed(&self, fault: KeychainFault) -> StoreError {
        StoreError::KeychainFailed {
            fault,
            passphrase: self.has_passphrase(),
        }
    }
}

/// The associated data of a seal: the kind of slot (for slot A its entry's name) and the database.
fn bound_to(kind: &str, database: DatabaseId) -> Vec<u8> {
    [b"clocher slot ", kind.as_bytes(), b" ", &database.0].concat()
}

fn wrapping_key(secret: &Private<String>) -> Option<WrappingKey> {
    let bytes = Zeroizing::new(hex::decode(secret.expose())?);
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}
