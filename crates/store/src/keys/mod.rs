//! The data key and the slots that open it.
//!
//! One random key encrypts the database and never changes hands in clear: it is sealed, once a
//! slot, by what opens that slot. Slots are independent, so that losing one loses nothing.

mod hex;
mod keychain;
mod passphrase;
mod recovery;
mod seal;
pub(crate) mod slot_file;
pub(crate) mod slots;

pub(crate) use keychain::answers as keychain_answers;
pub use keychain::{AbsentKeychain, Keychain, MemoryKeychain, SystemKeychain};
pub use passphrase::LEAST_CHARACTERS;
pub(crate) use recovery::RecoveryKey;
use zeroize::Zeroizing;

use crate::StoreError;

/// The key of the database: 32 random bytes, wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    fn random() -> Result<Self, StoreError> {
        Ok(Self(Zeroizing::new(random()?)))
    }

    /// The key in hexadecimal, for `PRAGMA key`.
    pub(crate) fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(&*self.0))
    }
}

/// What binds slots to their database: the 16 bytes that SQLCipher keeps at the head of the file
/// as its salt, chosen by us. Slots of another database are thereby seen before it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DatabaseId(pub(crate) [u8; 16]);

impl DatabaseId {
    /// In hexadecimal.
    pub(crate) fn to_hex(self) -> String {
        hex::encode(&self.0)
    }

    fn from_hex(text: &str) -> Option<Self> {
        Some(Self(hex::decode(text)?.try_into().ok()?))
    }
}

/// Fresh keys, nothing of which is on disk: they come to life with [`crate::Home::create`], once
/// the agent has noted the recovery key.
pub struct NewKeys {
    pub(crate) data: DataKey,
    pub(crate) database: DatabaseId,
    pub(crate) recovery: RecoveryKey,
    groups: Vec<String>,
}

impl NewKeys {
    pub(crate) fn draft() -> Result<Self, StoreError> {
        let recovery = RecoveryKey::random()?;
        Ok(Self {
            data: DataKey::random()?,
            database: DatabaseId(random()?),
            groups: recovery.groups(),
            recovery,
        })
    }

    /// The recovery key as it is printed: 8 groups of 5 characters, the fifth checking the group.
    pub fn recovery_groups(&self) -> &[String] {
        &self.groups
    }

    /// Whether `typed` is the group at `index` (zero-based), case, spacing and look-alike
    /// characters forgiven.
    pub fn group_matches(&self, index: usize, typed: &str) -> bool {
        self.groups
            .get(index)
            .is_some_and(|group| recovery::normalised(typed) == *group)
    }
}

fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_typed_back_is_forgiven_its_form() {
        let keys = NewKeys::draft().unwrap();
        assert_eq!(keys.recovery_groups().len(), 8);
        let group = keys.recovery_groups()[3].clone();
        assert!(keys.group_matches(3, &group));
        assert!(keys.group_matches(3, &format!(" {} ", group.to_lowercase())));
        assert!(!keys.group_matches(3, &group[..4]));
        assert!(!keys.group_matches(3, ""));
        assert!(!keys.group_matches(2, &group) || keys.groups[2] == group);
        assert!(!keys.group_matches(8, &group));
    }

    #[test]
    fn drafts_differ() {
        let (one, other) = (NewKeys::draft().unwrap(), NewKeys::draft().unwrap());
        assert_ne!(one.groups, other.groups);
        assert_ne!(one.database, other.database);
        assert!(one.data != other.data);
    }
}
