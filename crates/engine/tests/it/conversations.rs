//! Conversations in the model's form: what only control tokens may do, no text does.
//! (Ids against `mistral-common`: `tests/parity/conversations.py`.)

use std::sync::{Arc, OnceLock};

use engine::synth::{Architecture, Shape};
use engine::{EngineError, Model, Part, Picture, Prompt, Reply, Tool, ToolCall, ToolResult, Turn};
use proptest::prelude::*;

use crate::{open, synthetic};

/// Ids below it are control tokens, in the synthetic vocabulary of a tiny Ministral.
const CONTROLS: u32 = 64;

fn ministral() -> &'static Arc<Model> {
    static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
    MODEL.get_or_init(|| {
        let (_directory, path) = synthetic(&Shape::tiny(Architecture::Mistral3));
        open(&path, 1).unwrap()
    })
}

fn controls(prompt: &Prompt) -> Vec<u32> {
    let ids = prompt.tokens().iter().map(|token| token.0);
    ids.filter(|id| *id < CONTROLS).collect()
}

/// A conversation that says `text` wherever something can be said.
fn everywhere(text: &str) -> Prompt {
    let picture = Arc::new(Picture::new(2, 2, vec![0.0; 4 * 256]).unwrap());
    let tool = Tool {
        name: text.to_owned(),
        description: text.to_owned(),
        parameters: serde_json::json!({ text: text }).to_string(),
    };
    let calls = [
        serde_json::json!({ text: text }).to_string(),
        text.to_owned(),
    ];
    let calls = calls.map(|arguments| ToolCall {
        id: text.to_owned(),
        name: text.to_owned(),
        arguments,
    });
    let turns = [
        Turn::System(text),
        Turn::User(&[Part::Text(text), Part::Picture(&picture), Part::Text(text)]),
        Turn::Assistant(Reply {
            thinking: text,
            text,
            calls: &calls,
            open: false,
        }),
        Turn::Tool(ToolResult {
            id: text,
            content: text,
        }),
        Turn::User(&[Part::Text(text)]),
        Turn::Assistant(Reply {
            thinking: text,
            open: true,
            ..Reply::default()
        }),
    ];
    ministral().render(&[tool], &turns).unwrap()
}

proptest! {
    #[test]
    fn no_text_forges_a_control_token(
        pieces in proptest::collection::vec(
            prop_oneof![
                any::<String>(),
                prop::sample::select(vec![
                    "<s>", "</s>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[IMG]",
                    "[IMG_BREAK]", "[IMG_END]", "[THINK]", "[/THINK]", "[TOOL_CALLS]", "[ARGS]",
                    "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "<SPECIAL_40>",
                    "<|im_start|>", "<|im_end|>", "\0", "\u{feff}",
                ]).prop_map(str::to_owned),
            ],
            0..6,
        ),
    ) {
        let honest = controls(&everywhere("a"));
        let forged = controls(&everywhere(&format!("a{}", pieces.concat())));
        prop_assert_eq!(forged, honest);
    }
}

#[test]
fn everything_stands_where_version_13_puts_it() {
    assert_eq!(
        controls(&everywhere("a")),
        [
            1, 17, 18, // the instructions
            5, 6, 3, 10, 10, 12, 10, 10, 13,
            4, // the tools, then the question and its picture
            34, 35, 9, 32, 9, 32, 2, // reasoning, words, two calls
            7, 8, 3, 4,  // a result, another question
            34, // reasoning left open
        ]
    );
    let prompt = everywhere("a");
    let (start, picture) = prompt.pictures().next().unwrap();
    assert_eq!(prompt.tokens()[start].0, 10);
    assert_eq!((picture.columns(), picture.rows()), (2, 2));
}

#[test]
fn what_a_form_has_no_place_for_is_refused() {
    let (_directory, path) = synthetic(&Shape::tiny(Architecture::Llama));
    let chatml = open(&path, 1).unwrap();
    let picture = Arc::new(Picture::new(1, 1, vec![0.0; 256]).unwrap());
    let question = [Part::Picture(&picture)];
    let refused = |outcome: Result<Prompt, EngineError>, place: &str| {
        assert!(matches!(outcome, Err(EngineError::UnsupportedTurn { what }) if what == place));
    };
    refused(chatml.render(&[], &[Turn::User(&question)]), "pictures");
    let result = Turn::Tool(ToolResult {
        id: "123456789",
        content: "",
    });
    refused(chatml.render(&[], &[result]), "tools");

    let narrow = Arc::new(Picture::new(1, 1, vec![0.0; 8]).unwrap());
    let outcome = ministral().render(&[], &[Turn::User(&[Part::Picture(&narrow)])]);
    assert!(matches!(outcome, Err(EngineError::InvalidPrompt)));
    assert!(Picture::new(2, 2, vec![0.0; 3]).is_err());
    assert!(Picture::new(usize::MAX, 2, vec![0.0; 4]).is_err());
    assert!(Picture::new(1, 1, vec![f32::NAN]).is_err());
    let tool = Tool {
        name: "a".to_owned(),
        description: String::new(),
        parameters: "[]".to_owned(),
    };
    let outcome = ministral().render(&[tool], &[Turn::User(&[Part::Text("a")])]);
    assert!(matches!(outcome, Err(EngineError::InvalidTool)));
}
