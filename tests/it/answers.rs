//! Answers of the demonstration model, alone and from a document.

use testkit::fixture;

use crate::program::Program;

#[test]
fn the_model_answers_and_says_the_same_again() {
    let program = Program::empty();
    let ask = [
        "--json",
        "chat",
        "--no-history",
        "--greedy",
        "--once",
        "What is the capital of France?",
    ];
    let first = program.run(ask).json();
    assert!(first["text"].as_str().unwrap().contains("Paris"), "{first}");
    assert_eq!(first["state"], "complete");
    assert_eq!(program.run(ask).json()["text"], first["text"]);
}

#[test]
fn an_answer_from_a_document_names_its_pages() {
    let program = Program::with_history();
    let document = fixture("deliberation.pdf");
    let question = "Quel est le prix du repas pour un enfant domicilié dans la commune ?";
    let answer = program
        .run([
            "--json".as_ref(),
            "ask".as_ref(),
            document.as_os_str(),
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
    assert!(pages.contains(&2), "{answer}");
    for citation in answer["citations"].as_array().unwrap() {
        assert!(
            pages.contains(&citation["page"].as_u64().unwrap()),
            "{answer}"
        );
    }
}

#[test]
fn a_text_and_a_markdown_file_are_read_too() {
    let program = Program::empty();
    for name in ["rules.md", "notice-utf-8.txt", "notice-windows-1252.txt"] {
        let file = fixture(name);
        let answer = program
            .run([
                "--json".as_ref(),
                "ask".as_ref(),
                file.as_os_str(),
                "De quoi parle ce document ?".as_ref(),
                "--no-history".as_ref(),
            ])
            .json();
        assert!(
            !answer["sources"].as_array().unwrap().is_empty(),
            "{name}: {answer}"
        );
    }
}

#[test]
fn a_long_conversation_drops_old_exchanges_and_says_so() {
    let program = Program::with_history();
    let long = "The council met and discussed the budget of the school canteen. ".repeat(220);
    let first = program.run([
        "--json",
        "chat",
        "--greedy",
        "--once",
        &format!("{long} Reply OK."),
    ]);
    assert_eq!(first.json()["state"], "complete");
    let mut dropped = false;
    for _ in 0..3 {
        let answer = program
            .run([
                "--json",
                "chat",
                "--greedy",
                "--conversation",
                "1",
                "--once",
                &format!("{long} Reply OK."),
            ])
            .json();
        dropped |= answer["notices"]
            .as_array()
            .unwrap()
            .iter()
            .any(|notice| notice["kind"] == "turnsDropped");
    }
    assert!(dropped);
    let kept = program.run(["--json", "history", "show", "1"]).json();
    assert_eq!(
        kept["messages"].as_array().unwrap().len(),
        8,
        "what is left out of the context stays in the history"
    );
}
