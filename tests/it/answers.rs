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
    for name in ["rules.md", "notice-windows-1252.txt"] {
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
    let sentence = "The council met and discussed the budget of the school canteen. ";
    let ask = |options: &[&str], times: usize| {
        let question = format!("{} Reply OK.", sentence.repeat(times));
        let words = ["--json", "chat", "--greedy", "--once", &question];
        program.run(words.iter().chain(options)).json()
    };
    let first = ask(&[], 380);
    assert_eq!(first["state"], "complete");
    assert!(first["notices"].as_array().unwrap().is_empty(), "{first}");
    let second = ask(&["--conversation", "1"], 200);
    assert_eq!(second["notices"][0]["kind"], "turnsDropped", "{second}");
    let kept = program.run(["--json", "history", "show", "1"]).json();
    let kept = kept["messages"].as_array().unwrap().len();
    assert_eq!(
        kept, 4,
        "what is left out of the context stays in the history"
    );
}
