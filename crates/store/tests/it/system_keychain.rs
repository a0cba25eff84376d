//! The real keychain: GNOME Keyring, on a session bus of the test's own.

use std::path::Path;
use std::process::Command;

use store::{Home, Keychain, KeychainFault, StoreError, SystemKeychain};

use crate::child;

/// Runs a child under a new session bus, `before` having been run on it.
fn on_a_bus(before: &str, test: &str, folder: &Path) -> String {
    let script = format!("{before}exec \"$0\" \"$@\"");
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", &script]);
    command.arg(std::env::current_exe().unwrap());
    child::with_arguments(&mut command, test, folder);
    for variable in [
        "HOME",
        "XDG_DATA_HOME",
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "XDG_RUNTIME_DIR",
    ] {
        command.env(variable, folder);
    }
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    said.into_owned()
}

const UNLOCKED: &str =
    "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null\n";

#[test]
fn a_history_opens_by_the_sessions_own_keychain() {
    let place = tempfile::tempdir().unwrap();
    on_a_bus(UNLOCKED, "system_keychain::creates", place.path());
    // Another session, the same keyring: it is the disk's copy that is read.
    on_a_bus(UNLOCKED, "system_keychain::unlocks", place.path());
}

#[test]
fn a_bus_without_a_keychain_is_told_apart() {
    let place = tempfile::tempdir().unwrap();
    // A service folder of its own: nothing can be started on demand.
    let mut before = String::from("export XDG_DATA_DIRS=/nonexistent\n");
    before += "export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent\n";
    on_a_bus(&before, "system_keychain::is_absent", place.path());
    let over_tcp = "export DBUS_SESSION_BUS_ADDRESS=tcp:host=127.0.0.1,port=1\n";
    on_a_bus(over_tcp, "system_keychain::is_absent", place.path());
}

#[test]
fn a_locked_keyring_that_nobody_can_unlock_is_refused() {
    let place = tempfile::tempdir().unwrap();
    on_a_bus(UNLOCKED, "system_keychain::creates", place.path());
    let locked = "gnome-keyring-daemon --start --components=secrets >/dev/null\n";
    on_a_bus(locked, "system_keychain::stays_locked", place.path());
}

fn home(folder: &Path) -> Home {
    Home::open(&folder.join("home"), Box::new(SystemKeychain)).unwrap()
}

#[test]
#[ignore = "a child of the tests above"]
fn creates() {
    let Some(folder) = child::folder() else {
        return;
    };
    let mut home = home(&folder);
    assert!(home.keychain_answers());
    let keys = home.draft_keys().unwrap();
    drop(home.create(&keys, None).unwrap());
    drop(home.unlock_with_keychain().unwrap());
    assert_eq!(SystemKeychain.get("no such entry").unwrap(), None);
    SystemKeychain.delete("no such entry").unwrap();
}

#[test]
#[ignore = "a child of the tests above"]
fn unlocks() {
    let Some(folder) = child::folder() else {
        return;
    };
    let mut home = home(&folder);
    assert!(home.keychain_answers());
    drop(home.unlock_with_keychain().unwrap());
}

#[test]
#[ignore = "a child of the tests above"]
fn is_absent() {
    let Some(folder) = child::folder() else {
        return;
    };
    let mut home = home(&folder);
    assert!(!home.keychain_answers());
    let keys = home.draft_keys().unwrap();
    let outcome = home.create(&keys, None);
    assert!(matches!(outcome, Err(StoreError::PassphraseRequired)));
}

#[test]
#[ignore = "a child of the tests above"]
fn stays_locked() {
    let Some(folder) = child::folder() else {
        return;
    };
    let outcome = home(&folder).unlock_with_keychain();
    let Err(StoreError::KeychainFailed {
        fault,
        passphrase: false,
    }) = outcome
    else {
        panic!("{:?}", outcome.err());
    };
    assert_eq!(fault, KeychainFault::Refused);
}
