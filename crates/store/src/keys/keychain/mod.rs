//! The keychain: a store of secrets that the operating system unlocks with the session.

mod absent;
mod memory;
mod system;

pub use absent::AbsentKeychain;
pub use memory::MemoryKeychain;
use privacy::Private;
pub use system::SystemKeychain;

use super::{hex, random};
use crate::KeychainFault;

/// Named secrets, kept by the session's owner. Implementations answer, or say why they cannot:
/// [`KeychainFault::Absent`] or [`KeychainFault::Refused`].
pub trait Keychain: Send + Sync {
    /// The secret of an entry, `None` if there is no such entry.
    ///
    /// # Errors
    /// No keychain answers, or it refused.
    fn get(&self, entry: &str) -> Result<Option<Private<String>>, KeychainFault>;

    /// Creates or replaces an entry. Secrets are ASCII: some keychains keep nothing else.
    ///
    /// # Errors
    /// No keychain answers, or it refused.
    fn set(&self, entry: &str, secret: &Private<String>) -> Result<(), KeychainFault>;

    /// Removes an entry; one that is not there is no error.
    ///
    /// # Errors
    /// No keychain answers, or it refused.
    fn delete(&self, entry: &str) -> Result<(), KeychainFault>;
}

/// Whether a keychain keeps what it is given: tried with a throw-away entry.
pub(crate) fn answers(keychain: &dyn Keychain) -> bool {
    let Ok(secret) = random::<8>().map(|bytes| Private::new(hex::encode(&bytes))) else {
        return false;
    };
    let entry = format!("probe {}", secret.expose());
    let kept = keychain.set(&entry, &secret).is_ok()
        && keychain.get(&entry).is_ok_and(|kept| kept == Some(secret));
    keychain.delete(&entry).is_ok() && kept
}
