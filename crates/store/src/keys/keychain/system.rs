//! The operating system's keychain: Windows' credential manager, elsewhere the Secret Service
//! (GNOME Keyring, KWallet, KeePassXC) over the session's D-Bus.
//!
//! Only these two are linked: no keychain that keeps secrets in plain text can be reached. Each
//! call has its own thread and a limit: a keychain may wait for the agent to type its password,
//! or for ever.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use privacy::Private;

use super::Keychain;
use crate::KeychainFault;

/// Under this name the agent finds our entries in the keychain's own window.
const SERVICE: &str = "Clocher";
/// Time to type a keychain's password; then the caller goes on without it.
const PATIENCE: Duration = Duration::from_secs(90);

/// The keychain of the session that runs the program.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemKeychain;

impl Keychain for SystemKeychain {
    fn get(&self, entry: &str) -> Result<Option<Private<String>>, KeychainFault> {
        with_entry(entry, |entry| match entry.get_password() {
            Ok(secret) => Ok(Some(Private::new(secret))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn set(&self, entry: &str, secret: &Private<String>) -> Result<(), KeychainFault> {
        let secret = secret.clone();
        with_entry(entry, move |entry| entry.set_password(secret.expose()))
    }

    fn delete(&self, entry: &str) -> Result<(), KeychainFault> {
        with_entry(entry, |entry| match entry.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            outcome => outcome,
        })
    }
}

fn with_entry<T: Send + 'static>(
    name: &str,
    work: impl FnOnce(Entry) -> keyring_core::Result<T> + Send + 'static,
) -> Result<T, KeychainFault> {
    let name = name.to_owned();
    let (answer, answered) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name(String::from("keychain"))
        .spawn(move || {
            let outcome = open().and_then(|store| {
                let entry = store.build(SERVICE, &name, None).map_err(fault)?;
                work(entry).map_err(fault)
            });
            _ = answer.send(outcome);
        })
        .map_err(|_| KeychainFault::Absent)?;
    // Nothing comes either when the limit passes or when the keychain's library panicked.
    answered
        .recv_timeout(PATIENCE)
        .unwrap_or(Err(KeychainFault::Refused))
}

#[cfg(windows)]
fn open() -> Result<Arc<windows_native_keyring_store::Store>, KeychainFault> {
    windows_native_keyring_store::Store::new().map_err(|_| KeychainFault::Absent)
}

#[cfg(not(windows))]
fn open() -> Result<Arc<dbus_secret_service_keyring_store::Store>, KeychainFault> {
    // D-Bus can also be carried by TCP or by a program it starts: only a local socket is taken.
    let address = std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap_or_default();
    if address
        .split(';')
        .any(|part| !part.is_empty() && !part.starts_with("unix:"))
    {
        return Err(KeychainFault::Absent);
    }
    dbus_secret_service_keyring_store::Store::new().map_err(|_| KeychainFault::Absent)
}

fn fault(error: Error) -> KeychainFault {
    match error {
        Error::NoStorageAccess(_) => KeychainFault::Refused,
        Error::PlatformFailure(_) | Error::NoDefaultStore | Error::NotSupportedByStore(_) => {
            KeychainFault::Absent
        }
        Error::NoEntry => KeychainFault::NoEntry,
        // Two entries of one name, or bytes that are no text: not what we stored.
        _ => KeychainFault::Altered,
    }
}
