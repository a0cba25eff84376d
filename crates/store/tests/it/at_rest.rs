//! A stolen folder yields nothing.

use std::fs;

use privacy::Private;
use store::{
    CitationRow, Finished, Home, MemoryKeychain, MessageState, NewBlock, NewDocument, NewPage,
    NewPassage, PictureRow, Timestamp,
};

use crate::folder;

const KNOWN: &str = "Madame Lefevre demande une aide sociale facultative";

#[test]
fn no_byte_of_the_folder_holds_a_known_sentence() {
    let place = tempfile::tempdir().unwrap();
    let home_folder = place.path().join("home");
    let mut home = Home::open(&home_folder, Box::new(MemoryKeychain::default())).unwrap();
    let keys = home.draft_keys().unwrap();
    let phrase = Private::new(format!("{KNOWN} passphrase"));
    let store = home.create(&keys, Some(&phrase)).unwrap();
    let known = |what: &str| format!("{KNOWN} {what}");

    let talk = store
        .conversations()
        .create(&known("title"), Timestamp(1))
        .unwrap()
        .id;
    store
        .conversations()
        .set_draft(None, &known("draft"))
        .unwrap();
    store.settings().set("name", &known("setting")).unwrap();
    let document = NewDocument {
        name: known("name"),
        sha256: [0; 32],
        kind: String::from("txt"),
        bytes: 1,
        pages: vec![NewPage {
            number: 1,
            blocks: vec![NewBlock {
                heading: false,
                text: known("block"),
            }],
            fault: None,
            picture: Some(PictureRow {
                width: 1,
                height: 1,
                jpeg: Private::new(known("picture").into_bytes()),
            }),
        }],
    };
    let passages = [NewPassage {
        page: 1,
        text: known("passage"),
    }];
    let document = store
        .documents()
        .insert(&document, &passages, Timestamp(2))
        .unwrap();
    store
        .documents()
        .attach(talk, document, Timestamp(2))
        .unwrap();
    let (_, answer) = store
        .messages()
        .begin_exchange(talk, &known("question"), Timestamp(3))
        .unwrap();
    store
        .messages()
        .save_progress(answer.id, &known("progress"))
        .unwrap();
    let end = Finished {
        text: Private::new(known("answer")),
        state: MessageState::Complete,
        citations: vec![CitationRow {
            after: 1,
            document,
            page: 1,
            quote: Private::new(known("quote")),
            verbatim: true,
        }],
        sources: vec![(document, 1)],
        notices: Vec::new(),
        trouble_code: None,
        model: None,
    };
    store.messages().finish(answer.id, &end).unwrap();
    assert_eq!(
        store
            .conversations()
            .list("lefevre facultative")
            .unwrap()
            .len(),
        1
    );

    // Open, with its log full, and closed; the words of the indexes, and the recovery key.
    let log = fs::metadata(home_folder.join("history.db-wal"))
        .unwrap()
        .len();
    assert!(log > 10_000, "{log}");
    let recovery = keys.recovery_groups().concat();
    let never = [
        KNOWN,
        "Lefevre",
        "lefevre",
        "facultative",
        &recovery,
        &keys.recovery_groups()[0],
    ];
    folder::copy(&home_folder, &place.path().join("stolen while open"));
    drop(store);
    for needle in never {
        assert!(
            folder::holding(place.path(), needle.as_bytes()).is_empty(),
            "{needle}"
        );
    }

    // The search itself finds what is there.
    fs::write(home_folder.join("control"), format!("..{KNOWN}..")).unwrap();
    assert_eq!(folder::holding(place.path(), KNOWN.as_bytes()).len(), 1);
}

#[cfg(unix)]
#[test]
fn no_one_else_may_read_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().unwrap();
    let home_folder = place.path().join("a/b");
    let mut home = Home::open(&home_folder, Box::new(MemoryKeychain::default())).unwrap();
    let keys = home.draft_keys().unwrap();
    let _store = home.create(&keys, None).unwrap();
    for path in [home_folder.clone(), home_folder.join("keys")] {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
