//! The encrypted history, from one run to the next.

use std::fs;
use std::path::Path;

use crate::program::Program;

const SECRET: &str = "Madame Bergeronnette demande une aide au chauffage";

#[test]
fn a_conversation_is_found_again_and_nothing_is_readable_on_disk() {
    let program = Program::with_history();
    let answer = program
        .run(["--json", "chat", "--greedy", "--once", SECRET])
        .json();
    let listed = program.run(["--json", "history", "list"]).json();
    assert_eq!(listed[0]["title"], SECRET);
    let shown = program.run(["--json", "history", "show", "1"]).json();
    assert_eq!(shown["messages"][0]["text"], SECRET);
    assert_eq!(shown["messages"][1]["text"], answer["text"]);
    let found = program
        .run(["--json", "history", "list", "bergeronnette chauff"])
        .json();
    assert_eq!(found.as_array().unwrap().len(), 1);
    let none = program.run(["--json", "history", "list", "piscine"]).json();
    assert!(none.as_array().unwrap().is_empty());
    assert!(files(&program.folder()).len() >= 2);
    for (path, bytes) in files(&program.folder()) {
        assert!(
            !contains(&bytes, b"Bergeronnette") && !contains(&bytes, b"chauffage"),
            "{path}"
        );
    }
}

#[test]
fn the_recovery_key_opens_what_a_lost_passphrase_closes() {
    let program = Program::with_history();
    program
        .run(["chat", "--greedy", "--once", "Bonjour"])
        .succeeded();
    let before = files(&program.folder());
    fs::write(
        program.home.path().join("passphrase"),
        "une tout autre phrase\n",
    )
    .unwrap();
    assert_eq!(
        program.run(["--json", "history", "list"]).code(),
        "historyWrongKey"
    );
    assert!(
        before == files(&program.folder()),
        "a wrong key changes no byte"
    );
    let key = program.recovery_key();
    program
        .run([
            "unlock".as_ref(),
            "--recovery-key-file".as_ref(),
            key.as_os_str(),
        ])
        .succeeded();
    let typed = fs::read_to_string(&key).unwrap();
    let mistyped = if typed.starts_with('2') {
        typed.replacen('2', "3", 1)
    } else {
        format!("2{}", &typed[1..])
    };
    fs::write(&key, mistyped).unwrap();
    assert_eq!(
        program
            .run([
                "--json".as_ref(),
                "unlock".as_ref(),
                "--recovery-key-file".as_ref(),
                key.as_os_str()
            ])
            .code(),
        "historyKeyTypo"
    );
}

#[test]
fn an_existing_history_is_never_replaced() {
    let program = Program::with_history();
    let before = files(&program.folder());
    let again = program.home.path().join("other-key");
    let run = program.run([
        "--json".as_ref(),
        "init".as_ref(),
        "--recovery-key-file".as_ref(),
        again.as_os_str(),
    ]);
    assert_eq!(run.code(), "historyExists");
    assert!(before == files(&program.folder()));
    assert!(!again.exists());
}

#[test]
fn a_killed_answer_is_kept_and_marked() {
    let program = Program::with_history();
    let mut child = program
        .command()
        .args([
            "chat",
            "--greedy",
            "--once",
            "Count from one to two hundred in words.",
        ])
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_secs(4));
    child.kill().unwrap();
    child.wait().unwrap();
    let shown = program.run(["--json", "history", "show", "1"]).json();
    assert_eq!(
        shown["messages"][0]["text"],
        "Count from one to two hundred in words."
    );
    let state = shown["messages"][1]["state"].as_str().unwrap();
    assert!(["interrupted", "complete"].contains(&state), "{state}");
}

/// Every file of a folder, by path.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
