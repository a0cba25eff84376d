//! A machine without a keychain.

use privacy::Private;

use super::Keychain;
use crate::KeychainFault;

/// Answers nothing: what a session without Secret Service looks like.
#[derive(Debug, Clone, Copy, Default)]
pub struct AbsentKeychain;

impl Keychain for AbsentKeychain {
    fn get(&self, _: &str) -> Result<Option<Private<String>>, KeychainFault> {
        Err(KeychainFault::Absent)
    }

    fn set(&self, _: &str, _: &Private<String>) -> Result<(), KeychainFault> {
        Err(KeychainFault::Absent)
    }

    fn delete(&self, _: &str) -> Result<(), KeychainFault> {
        Err(KeychainFault::Absent)
    }
}
