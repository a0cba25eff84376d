//! Photographs and scans, from the file to the answer, with a tiny model that sees: what it says
//! is random, but it says it of what it was shown.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testkit::{demonstration_model, fixture};

use crate::program::Program;

/// Writes the tiny model and its companion.
fn tiny(program: &Program) -> PathBuf {
    let model = program.home.path().join("tiny.gguf");
    let bench = [
        "bench".as_ref(),
        "--tiny".as_ref(),
        "--prompt-tokens=8".as_ref(),
        "--answer-tokens=2".as_ref(),
        "--synthesize".as_ref(),
        model.as_os_str(),
    ];
    program.run(bench).succeeded();
    assert!(model.with_file_name("mmproj-tiny.gguf").is_file());
    model
}

fn ask(program: &Program, model: &Path, file: &Path) -> Value {
    let ask = [
        "--json".as_ref(),
        "--model".as_ref(),
        model.as_os_str(),
        "ask".as_ref(),
        file.as_os_str(),
        "Que voit-on ?".as_ref(),
        "--greedy".as_ref(),
        "--no-history".as_ref(),
    ];
    program.run(ask).json()
}

fn pages(answer: &Value) -> Vec<u64> {
    let sources = answer["sources"].as_array().unwrap().iter();
    sources
        .map(|source| source["page"].as_u64().unwrap())
        .collect()
}

fn kinds(answer: &Value) -> Vec<&str> {
    let notices = answer["notices"].as_array().unwrap().iter();
    notices
        .map(|notice| notice["kind"].as_str().unwrap())
        .collect()
}

#[test]
fn each_picture_has_its_own_answer_and_its_page_is_the_source() {
    let program = Program::empty();
    let model = tiny(&program);
    let files = ["photo.png", "photo-turned.jpg", "scan.pdf", "fax.tiff"];
    let answers = files.map(|name| ask(&program, &model, &fixture(name)));
    for (name, answer) in files.iter().zip(&answers) {
        assert_eq!(answer["state"], "complete", "{name}: {answer}");
        assert_ne!(answer["text"], "", "{name}");
        let all: &[u64] = if *name == "fax.tiff" { &[1, 2] } else { &[1] };
        assert_eq!(pages(answer), all, "{name}: {answer}");
        assert_eq!(answer["citations"], json!([]), "nothing can be quoted");
        assert!(kinds(answer).contains(&"fromPictures"), "{name}: {answer}");
        let again = ask(&program, &model, &fixture(name));
        assert_eq!(again["text"], answer["text"], "{name}");
    }
    for (index, answer) in answers.iter().enumerate() {
        for other in &answers[index + 1..] {
            assert_ne!(answer["text"], other["text"], "pictures are not read");
        }
    }
}

#[test]
fn a_conversation_goes_on_about_its_picture() {
    let program = Program::with_history();
    let model = tiny(&program);
    let photo = fixture("photo.jpg");
    let ask = |arguments: &[&str]| {
        let mut command = program.command();
        command.args(["--json", "--model"]).arg(&model);
        let output = command.args(arguments).output().unwrap();
        crate::program::Run::from(output).json()
    };
    let first = ask(&["ask", photo.to_str().unwrap(), "Que voit-on ?"]);
    assert_eq!(pages(&first), [1], "{first}");
    let second = ask(&["chat", "--conversation", "1", "--once", "Et au fond ?"]);
    assert_eq!(second["state"], "complete", "{second}");
    assert_eq!(pages(&second), [1], "{second}");
}

#[test]
fn the_companion_of_another_model_is_told() {
    let program = Program::with_history();
    let model = tiny(&program);
    let folder = program.home.path().join("models");
    fs::create_dir(&folder).unwrap();
    let blind = folder.join("SmolLM2-135M-Instruct.Q4_1.gguf");
    fs::copy(demonstration_model(), &blind).unwrap();
    let companion = model.with_file_name("mmproj-tiny.gguf");
    fs::copy(companion, folder.join("mmproj-SmolLM2.gguf")).unwrap();
    let photo = fixture("photo.webp");
    let run = program.run([
        "--json".as_ref(),
        "--models".as_ref(),
        folder.as_os_str(),
        "ask".as_ref(),
        photo.as_os_str(),
        "Que voit-on ?".as_ref(),
    ]);
    assert_eq!(run.code(), "modelVision");
    let listed = program.run([
        "--json".as_ref(),
        "--models".as_ref(),
        folder.as_os_str(),
        "model".as_ref(),
        "list".as_ref(),
    ]);
    let listed = listed.json();
    assert_eq!(
        listed.as_array().unwrap().len(),
        1,
        "a companion is no model: {listed}"
    );
}
