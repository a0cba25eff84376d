//! Killed at any moment: nothing that was committed is lost, and what was being written is marked.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use privacy::Private;
use store::{AbsentKeychain, Finished, Home, MessageState, Role, Store, Timestamp};

use crate::child;
use crate::original::PASSPHRASE;

const KILLS: u64 = 20;

fn unlock(folder: &Path) -> Store {
    let mut home = Home::open(folder, Box::new(AbsentKeychain)).unwrap();
    home.unlock_with_passphrase(PASSPHRASE).unwrap()
}

#[test]
fn killed_in_the_middle_of_writes_nothing_committed_is_lost() {
    let place = tempfile::tempdir().unwrap();
    let mut home = Home::open(place.path(), Box::new(AbsentKeychain)).unwrap();
    let keys = home.draft_keys().unwrap();
    let phrase = Private::new(String::from(PASSPHRASE));
    let store = home.create(&keys, Some(&phrase)).unwrap();
    let talk = store
        .conversations()
        .create("Essai", Timestamp(1))
        .unwrap()
        .id;
    drop((store, home));

    // What the children were told is committed: questions asked, answers finished.
    let (mut asked, mut finished) = (0, 0);
    for kill in 0..KILLS {
        let mut writer = child::command("crash::writes_until_killed", place.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(writer.stdout.take().unwrap());
        let (opened, is_open) = mpsc::channel();
        let heard = thread::spawn(move || {
            let lines = out.lines().map_while(Result::ok);
            let lines: Vec<String> = lines
                .inspect(|line| _ = (line == "open").then(|| opened.send(())))
                .collect();
            let count = |word: &str| lines.iter().filter(|line| line.as_str() == word).count();
            (count("asked"), count("finished"))
        });
        // Most die while writing, some while opening what the one before left.
        if kill % 5 != 4 {
            _ = is_open.recv();
        }
        thread::sleep(Duration::from_millis(20 + kill * 37 % 90));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let (more_asked, more_finished) = heard.join().unwrap();
        asked += more_asked;
        finished += more_finished;

        let store = unlock(place.path());
        let rows = store.messages().list(talk).unwrap();
        let questions = rows.iter().filter(|row| row.role == Role::User).count();
        let complete = rows
            .iter()
            .filter(|row| row.state == MessageState::Complete)
            .count();
        assert!(
            questions >= asked,
            "kill {kill}: {questions} of {asked} questions"
        );
        assert!(complete - questions >= finished, "kill {kill}: answers");
        assert_eq!(
            rows.len(),
            2 * questions,
            "kill {kill}: each question has its answer"
        );
        for (index, pair) in rows.chunks(2).enumerate() {
            assert_eq!(pair[0].role, Role::User);
            let text = pair[1].text.expose();
            match pair[1].state {
                MessageState::Complete => assert_eq!(*text, whole_answer(), "{index}"),
                MessageState::Interrupted => assert!(whole_answer().starts_with(text)),
                other => panic!("{other:?}"),
            }
        }
        store.verify().unwrap();
        // Killed later than committed, told later still: count from what is there.
        asked = questions;
        finished = complete - questions;
    }
    assert!(asked > 20, "the children had time to write: {asked}");
}

fn whole_answer() -> String {
    "Une concession dure trente ans. ".repeat(300)
}

#[test]
#[ignore = "a child of the test above"]
fn writes_until_killed() {
    let Some(folder) = child::folder() else {
        return;
    };
    let store = unlock(&folder);
    let talk = store.conversations().list("").unwrap()[0].id;
    let answer = whole_answer();
    println!("\nopen");
    for at in 0.. {
        let (_, row) = store
            .messages()
            .begin_exchange(talk, "Combien ?", Timestamp(at))
            .unwrap();
        println!("asked");
        for part in [10, 1_000, 5_000] {
            store
                .messages()
                .save_progress(row.id, &answer[..part])
                .unwrap();
        }
        let end = Finished {
            text: Private::new(answer.clone()),
            state: MessageState::Complete,
            citations: Vec::new(),
            sources: Vec::new(),
            notices: Vec::new(),
            trouble_code: None,
            model: None,
        };
        store.messages().finish(row.id, &end).unwrap();
        println!("finished");
    }
}
