//! A full disk: typed, nothing lost, usable again once space is freed. On a real small file
//! system, mounted in a namespace of the child's own.

use std::fs;
use std::process::Command;

use privacy::Private;
use store::{AbsentKeychain, Finished, Home, HomeState, MessageState, StoreError, Timestamp};

use crate::child;
use crate::original::PASSPHRASE;

#[test]
fn a_full_disk_loses_nothing() {
    on_a_small_disk("disk_full::on_four_megabytes");
}

#[test]
fn a_history_open_on_a_full_disk_goes_on_once_space_is_freed() {
    on_a_small_disk("disk_full::goes_on_while_open");
}

fn on_a_small_disk(test: &str) {
    let place = tempfile::tempdir().unwrap();
    let script =
        "mount -t tmpfs -o size=4m tmpfs \"$CLOCHER_STORE_TEST_FOLDER\" && exec \"$0\" \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script]);
    command.arg(std::env::current_exe().unwrap());
    child::with_arguments(&mut command, test, place.path());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    assert_eq!(
        fs::read_dir(place.path()).unwrap().count(),
        0,
        "the mount was the child's own"
    );
}

#[test]
#[ignore = "a child of the test above"]
fn on_four_megabytes() {
    let Some(place) = child::folder() else { return };
    let ballast = place.join("ballast");
    let home_folder = place.join("home");
    fs::create_dir(&home_folder).unwrap();
    let phrase = Private::new(String::from(PASSPHRASE));

    // Created on a full disk: refused, and new again.
    let mut home = Home::open(&home_folder, Box::new(AbsentKeychain)).unwrap();
    let keys = home.draft_keys().unwrap();
    // A write that does not fit leaves a file of all that did.
    assert!(fs::write(&ballast, vec![1; 5 << 20]).is_err());
    assert!(matches!(
        home.create(&keys, Some(&phrase)),
        Err(StoreError::DiskFull)
    ));
    assert_eq!(home.state(), HomeState::New);
    let left = fs::read_dir(&home_folder).unwrap().count();
    assert_eq!(left, 1, "nothing but the lock");
    drop(home);
    fs::remove_file(&ballast).unwrap();

    let mut home = Home::open(&home_folder, Box::new(AbsentKeychain)).unwrap();
    assert_eq!(home.state(), HomeState::New);
    let store = home.create(&keys, Some(&phrase)).unwrap();
    let talk = store
        .conversations()
        .create("Essai", Timestamp(1))
        .unwrap()
        .id;
    let question = "Une question de taille ordinaire. ".repeat(300);
    fs::write(&ballast, vec![1; 2 << 20]).unwrap();
    let mut kept = 0;
    let error = loop {
        match store
            .messages()
            .begin_exchange(talk, &question, Timestamp(kept))
        {
            Ok((_, answer)) => {
                kept += 1;
                let end = Finished {
                    text: Private::new(question.clone()),
                    state: MessageState::Complete,
                    citations: Vec::new(),
                    sources: Vec::new(),
                    notices: Vec::new(),
                    trouble_code: None,
                    model: None,
                };
                if let Err(error) = store.messages().finish(answer.id, &end) {
                    break error;
                }
            }
            Err(error) => break error,
        }
        assert!(kept < 10_000);
    };
    assert!(matches!(error, StoreError::DiskFull), "{error}");
    assert!(kept > 5, "{kept}");

    // Full, everything committed can be read, and refusals stay typed.
    let rows = store.messages().list(talk).unwrap();
    assert_eq!(rows.len() as i64, 2 * kept);
    assert!(
        rows.iter()
            .all(|row| row.text.expose() == &question || row.state == MessageState::Writing)
    );
    let again = store
        .messages()
        .begin_exchange(talk, &question, Timestamp(0));
    assert!(matches!(again, Err(StoreError::DiskFull)));
    // Larger than an exchange, whatever a smaller one would still find room in.
    assert!(matches!(
        store.settings().set("a", &question.repeat(10)),
        Err(StoreError::DiskFull)
    ));

    // Closed and opened on the full disk: refused as full, or opened, but never anything else.
    drop(store);
    let reopened = home.unlock_with_passphrase(PASSPHRASE);
    let error = reopened.as_ref().err();
    assert!(
        matches!(error, None | Some(StoreError::DiskFull)),
        "{error:?}"
    );

    // Space is freed: an open history goes on, a closed one opens.
    fs::remove_file(&ballast).unwrap();
    let store = match reopened {
        Ok(store) => store,
        Err(_) => home.unlock_with_passphrase(PASSPHRASE).unwrap(),
    };
    let now = "Et maintenant ?";
    store
        .messages()
        .begin_exchange(talk, now, Timestamp(99))
        .unwrap();
    let rows = store.messages().list(talk).unwrap();
    assert_eq!(rows.len() as i64, 2 * (kept + 1));
    store.verify().unwrap();
    drop(store);
    let store = home.unlock_with_passphrase(PASSPHRASE).unwrap();
    assert_eq!(store.messages().list(talk).unwrap().len(), rows.len());
}

#[test]
#[ignore = "a child of the test above"]
fn goes_on_while_open() {
    let Some(place) = child::folder() else { return };
    let ballast = place.join("ballast");
    let mut home = Home::open(&place.join("home"), Box::new(AbsentKeychain)).unwrap();
    let keys = home.draft_keys().unwrap();
    let phrase = Private::new(String::from(PASSPHRASE));
    let store = home.create(&keys, Some(&phrase)).unwrap();
    let talk = store
        .conversations()
        .create("Essai", Timestamp(1))
        .unwrap()
        .id;
    // A write that does not fit leaves a file of all that did.
    assert!(fs::write(&ballast, vec![1; 5 << 20]).is_err());
    let question = "Une longue question. ".repeat(20_000);
    let refused = store
        .messages()
        .begin_exchange(talk, &question, Timestamp(2));
    assert!(matches!(refused, Err(StoreError::DiskFull)));
    assert!(store.messages().list(talk).unwrap().is_empty());
    fs::remove_file(&ballast).unwrap();
    let (kept, _) = store
        .messages()
        .begin_exchange(talk, &question, Timestamp(3))
        .unwrap();
    assert_eq!(kept.text.expose(), &question);
    store.verify().unwrap();
}
