//! One process at a time.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use store::{AbsentKeychain, Home, MemoryKeychain, StoreError};

use crate::child;

fn open(folder: &std::path::Path) -> Result<Home, StoreError> {
    Home::open(folder, Box::new(AbsentKeychain))
}

#[test]
fn a_second_home_is_refused_until_the_first_is_gone() {
    let place = tempfile::tempdir().unwrap();
    let mut home = Home::open(place.path(), Box::new(MemoryKeychain::default())).unwrap();
    assert!(matches!(open(place.path()), Err(StoreError::AlreadyOpen)));
    let keys = home.draft_keys().unwrap();
    let store = home.create(&keys, None).unwrap();
    // The open history holds the folder by itself, and opens once.
    assert!(matches!(
        home.unlock_with_keychain(),
        Err(StoreError::AlreadyOpen)
    ));
    drop(home);
    assert!(matches!(open(place.path()), Err(StoreError::AlreadyOpen)));
    drop(store);
    assert!(open(place.path()).is_ok());
}

#[test]
fn another_process_is_refused_until_it_dies() {
    let place = tempfile::tempdir().unwrap();
    let mut holder = child::command("second_process::holds_the_folder", place.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert!(
        lines
            .map_while(Result::ok)
            .any(|line| line.contains("held"))
    );
    assert!(matches!(open(place.path()), Err(StoreError::AlreadyOpen)));
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(open(place.path()).is_ok());
}

#[test]
#[ignore = "a child of the test above"]
fn holds_the_folder() {
    let Some(folder) = child::folder() else {
        return;
    };
    let _home = open(&folder).unwrap();
    println!("held");
    std::thread::sleep(std::time::Duration::from_secs(60));
}
