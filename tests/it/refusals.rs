//! Bad input: each gets its own sentence, and nothing typed or stored is lost.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use testkit::{demonstration_model, fixture};

use crate::program::{Program, Run};

/// Chats with `model`; the question must be in the history whatever happened.
fn chat_with(model: &Path) -> String {
    let program = Program::with_history();
    let run = program.run([
        "--json".as_ref(),
        "--model".as_ref(),
        model.as_os_str(),
        "chat".as_ref(),
        "--once".as_ref(),
        "Bonjour, êtes-vous là ?".as_ref(),
    ]);
    let kept = program.run(["--json", "history", "show", "1"]).json();
    assert_eq!(kept["messages"][0]["text"], "Bonjour, êtes-vous là ?");
    assert_eq!(kept["messages"][1]["state"], "failed");
    run.code()
}

fn ask(program: &Program, file: &Path) -> Run {
    program.run([
        "--json".as_ref(),
        "ask".as_ref(),
        file.as_os_str(),
        "De quoi parle ce document ?".as_ref(),
    ])
}

#[test]
fn a_missing_model() {
    assert_eq!(chat_with(Path::new("/nowhere/model.gguf")), "modelNotFound");
}

#[test]
fn no_model_at_all() {
    let program = Program::with_history();
    let empty = program.home.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert_eq!(
        program
            .run([
                "--json".as_ref(),
                "--models".as_ref(),
                empty.as_os_str(),
                "chat".as_ref(),
                "--once".as_ref(),
                "Bonjour".as_ref()
            ])
            .code(),
        "modelAbsent"
    );
}

#[test]
fn a_truncated_model() {
    let home = Program::empty();
    let file = home.home.path().join("truncated.gguf");
    let bytes = fs::read(demonstration_model()).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(chat_with(&file), "modelTruncated");
}

#[test]
fn a_file_that_is_no_model() {
    assert_eq!(chat_with(&fixture("deliberation.pdf")), "modelNotGguf");
}

#[test]
fn a_model_of_another_architecture() {
    let home = Program::empty();
    let file = home.home.path().join("other.gguf");
    let mut bytes = fs::read(demonstration_model()).unwrap();
    let key = b"general.architecture";
    let at = bytes
        .windows(key.len())
        .position(|window| window == key)
        .unwrap()
        + key.len()
        + 12;
    assert_eq!(&bytes[at..at + 5], b"llama");
    bytes[at..at + 5].copy_from_slice(b"mamba");
    fs::write(&file, bytes).unwrap();
    assert_eq!(chat_with(&file), "modelArchitecture");
}

#[test]
fn documents_that_cannot_be_read() {
    let program = Program::with_history();
    for (name, code) in [
        ("empty.pdf", "documentEmpty"),
        ("encrypted.pdf", "documentEncrypted"),
        ("truncated.pdf", "documentBroken"),
        ("truncated.jpg", "documentBroken"),
        ("too-many-pixels.png", "pictureTooLarge"),
        ("too-thin.png", "pictureTooThin"),
    ] {
        assert_eq!(ask(&program, &fixture(name)).code(), code, "{name}");
    }
    let binary = program.home.path().join("photo.pdf");
    fs::write(&binary, [0x89, b'P', b'N', b'G', 0, 1, 2, 3].repeat(100)).unwrap();
    assert_eq!(ask(&program, &binary).code(), "documentFormat");
    assert_eq!(
        ask(&program, Path::new("/nowhere/file.pdf")).code(),
        "fileUnreadable"
    );
    let listed = program.run(["--json", "history", "list"]).json();
    assert!(
        listed.as_array().unwrap().is_empty(),
        "no empty conversation is left behind: {listed}"
    );
}

#[test]
fn a_picture_is_not_answered_about_by_a_model_that_cannot_see() {
    let program = Program::with_history();
    for name in ["scan.pdf", "photo.jpg"] {
        assert_eq!(ask(&program, &fixture(name)).code(), "pictureUnseen");
    }
    let kept = program.run(["--json", "history", "show", "1"]).json();
    assert_eq!(kept["messages"][1]["state"], "failed");
    assert_eq!(kept["documents"][0]["picturePages"], serde_json::json!([1]));
}

#[test]
fn five_hundred_pages_are_read_and_the_best_passages_given() {
    let program = Program::with_history();
    let file = program.home.path().join("registre.pdf");
    fs::write(&file, pdf(500)).unwrap();
    let question = "Quel est le montant de la subvention accordée au club des pommiers ?";
    let answer = program
        .run([
            "--json".as_ref(),
            "ask".as_ref(),
            file.as_os_str(),
            question.as_ref(),
            "--greedy".as_ref(),
        ])
        .json();
    let pages: Vec<u64> = answer["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| source["page"].as_u64().unwrap())
        .collect();
    assert!(pages.contains(&347), "{pages:?}");
    assert!(
        answer["notices"]
            .as_array()
            .unwrap()
            .iter()
            .any(|notice| notice["kind"] == "passagesOnly"),
        "{answer}"
    );
}

#[test]
fn a_megabyte_of_pasted_text_is_kept_and_explained() {
    let program = Program::with_history();
    let text = "Le conseil municipal délibère. ".repeat(35_000);
    let script = program.home.path().join("pasted");
    fs::write(&script, format!("{}\n\n", text.trim())).unwrap();
    let output = program
        .command()
        .args(["--json", "chat"])
        .stdin(fs::File::open(&script).unwrap())
        .output()
        .unwrap();
    let trouble = String::from_utf8(output.stderr).unwrap();
    assert!(trouble.contains("\"textTooLong\""), "{trouble}");
    let kept = program.run(["--json", "history", "show", "1"]).json();
    assert_eq!(
        kept["messages"][0]["text"].as_str().unwrap().len(),
        text.trim().len()
    );
}

#[test]
fn a_second_instance() {
    let program = Program::with_history();
    let mut first = program
        .command()
        .arg("chat")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let refused = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        let run = program.run(["--json", "history", "list"]);
        (!run.success).then_some(run)
    });
    assert_eq!(refused.unwrap().code(), "historyInUse");
    drop(first.stdin.take());
    first.wait().unwrap();
    program.run(["history", "list"]).succeeded();
}

/// On a disk of its own, of a few megabytes, in a mount namespace.
#[test]
fn a_full_disk() {
    let program = Program::empty();
    let script = r#"
set -e
mount -t tmpfs -o size=4m tmpfs "$CLOCHER_HOME"
"$@" init --recovery-key-file "$HOME/key" >/dev/null
"$@" chat --greedy --once "Say hello." >/dev/null
dd if=/dev/zero of="$CLOCHER_HOME/filler" bs=4k 2>/dev/null || true
"$@" --json chat --greedy --once "Une question posée sur un disque plein." >"$HOME/full.out" 2>"$HOME/full.err" && exit 9
rm "$CLOCHER_HOME/filler"
"$@" chat --greedy --once "Say hello again." >/dev/null
"$@" --json history list >"$HOME/list"
"#;
    fs::create_dir(program.folder()).unwrap();
    let command = program.command();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let status = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "bash",
            "-c",
            script,
            "bash",
        ])
        .args(words)
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
    let trouble = fs::read_to_string(program.home.path().join("full.err")).unwrap();
    assert!(trouble.contains("\"diskFull\""), "{trouble}");
    let listed = fs::read_to_string(program.home.path().join("list")).unwrap();
    assert!(
        listed.contains("Say hello.") && listed.contains("Say hello again."),
        "{listed}"
    );
}

/// A PDF of `pages` pages of plain text, one of which speaks of the club.
fn pdf(pages: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut offsets = Vec::new();
    let mut object = |file: &mut Vec<u8>, body: String| {
        offsets.push(file.len());
        file.extend(format!("{} 0 obj\n{body}\nendobj\n", offsets.len()).bytes());
    };
    object(&mut file, String::from("<< /Type /Catalog /Pages 2 0 R >>"));
    let kids: Vec<String> = (0..pages)
        .map(|page| format!("{} 0 R", 4 + 2 * page))
        .collect();
    object(
        &mut file,
        format!(
            "<< /Type /Pages /Count {pages} /Kids [{}] >>",
            kids.join(" ")
        ),
    );
    object(
        &mut file,
        String::from(
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        ),
    );
    for page in 1..=pages {
        let subject = if page == 347 {
            "La subvention accordee au club des pommiers est de 1 250 euros."
        } else {
            "Le registre des travaux de voirie est tenu a jour par le service technique."
        };
        let lines: String = (0..30)
            .map(|line| format!("({subject} Ligne {line} de la page {page}.) Tj 0 -20 Td "))
            .collect();
        let content = format!("BT /F1 11 Tf 50 780 Td {lines}ET");
        object(
            &mut file,
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R >>",
                5 + 2 * (page - 1)
            ),
        );
        object(
            &mut file,
            format!(
                "<< /Length {} >>\nstream\n{content}\nendstream",
                content.len()
            ),
        );
    }
    let start = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).bytes());
    for offset in &offsets {
        file.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    file.extend(
        format!(
            "trailer << /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
            offsets.len() + 1
        )
        .bytes(),
    );
    file
}
