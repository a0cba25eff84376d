//! Answers under a form: every one has it, greedy or drawn by lot, whatever the model would say.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use engine::{Decoding, EngineError, Grammar, Model, Sampling, Session, Stop};
use serde_json::Value;

use crate::{answer, greedy, smollm};

const EXTRACTION: &str = r#"{
  "type": "object",
  "properties": {
    "nom": {"type": "string", "minLength": 1, "maxLength": 40},
    "date": {"type": "string", "pattern": "^[0-3][0-9]/[01][0-9]/20[0-9]{2}$"},
    "montant": {"type": "number", "minimum": 0, "maximum": 1000000}
  },
  "required": ["nom", "date", "montant"],
  "additionalProperties": false
}"#;

const PARAGRAPHS: [&str; 5] = [
    "Le 14/03/2026, l’association des Pommiers a reçu une subvention de 1 250 euros.",
    "M. Alain Bretel, domicilié au bourg, doit 87,40 euros depuis le 02/11/2025.",
    "La société Lenoir TP facture la réfection du chemin le 30/06/2026 : 18 900 euros.",
    "Mme Odile Garnier loue la salle le 21/08/2026 pour 120 euros.",
    "Séance du 05/12/2026 : le conseil vote 4 300 euros pour l’école.",
];

fn prompt(model: &Model, question: &str) -> Vec<engine::TokenId> {
    let parts = [engine::Part::Text(question)];
    let rendered = model.render(&[], &[engine::Turn::User(&parts)]).unwrap();
    rendered.tokens().to_vec()
}

fn under(grammar: &Arc<Grammar>, decoding: Decoding) -> Decoding {
    Decoding {
        grammar: Some(Arc::clone(grammar)),
        ..decoding
    }
}

fn valid(text: &str) -> bool {
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else {
        return false;
    };
    let date = fields["date"].as_str().unwrap();
    let nom = fields["nom"].as_str().unwrap().chars().count();
    let montant = fields["montant"].as_f64().unwrap();
    let (digits, bars): (Vec<_>, Vec<_>) = date.chars().partition(char::is_ascii_digit);
    fields.len() == 3
        && (1..=40).contains(&nom)
        && (0.0..=1e6).contains(&montant)
        && digits.len() == 8
        && bars == ['/', '/']
}

#[test]
fn every_answer_under_a_schema_is_valid() {
    let model = smollm::model();
    let grammar = model.schema(EXTRACTION).unwrap();
    let mut session = Session::new(Arc::clone(&model), 1024).unwrap();
    let mut count = 0;
    for paragraph in PARAGRAPHS {
        let prompt = prompt(
            &model,
            &format!("Extrais nom, date et montant. {paragraph}"),
        );
        for seed in 0..5 {
            let sampling = match seed {
                0 => Sampling::Greedy,
                seed => Sampling::Sampled {
                    temperature: 1.5,
                    top_k: 0,
                    top_p: 1.0,
                    min_p: 0.0,
                    seed,
                },
            };
            let decoding = Decoding {
                sampling,
                repetition_penalty: 1.1,
                ..greedy(200)
            };
            let (generation, text) = answer(&mut session, &prompt, &under(&grammar, decoding));
            assert_eq!(generation.stop, Stop::EndOfTurn, "{text}");
            assert!(valid(&text), "{text}");
            count += 1;
        }
    }
    assert_eq!(count, 25);
}

#[test]
fn a_choice_among_words_is_one_of_them() {
    let model = smollm::model();
    let services = ["état civil", "urbanisme", "finances", "école"];
    let schema = serde_json::json!({"type": "string", "enum": services}).to_string();
    let grammar = model.schema(&schema).unwrap();
    let mut session = Session::new(Arc::clone(&model), 512).unwrap();
    let prompt = prompt(
        &model,
        "Quel service ? « Je demande un permis de construire. »",
    );
    let (_, text) = answer(&mut session, &prompt, &under(&grammar, greedy(30)));
    let chosen: String = serde_json::from_str(&text).unwrap();
    assert!(services.contains(&chosen.as_str()), "{text}");
    let lark = model.lark("start: \"oui\" | \"non\"").unwrap();
    let (_, text) = answer(&mut session, &prompt, &under(&lark, greedy(30)));
    assert!(["oui", "non"].contains(&text.as_str()), "{text}");
}

#[test]
fn an_answer_cut_short_is_never_taken_for_whole() {
    let model = smollm::model();
    let grammar = model.schema(EXTRACTION).unwrap();
    let mut session = Session::new(Arc::clone(&model), 512).unwrap();
    let prompt = prompt(&model, PARAGRAPHS[0]);
    let (cut, _) = answer(&mut session, &prompt, &under(&grammar, greedy(6)));
    assert_eq!(cut.stop, Stop::Unfinished);
}

#[test]
fn forms_that_cannot_be_followed_are_refused_in_good_time() {
    let model = smollm::model();
    let deep = "(".repeat(60_000);
    let long = format!("{{\"title\": \"{}\"}}", "x".repeat(70_000));
    let nested = "{\"items\":".repeat(65) + "{}" + &"}".repeat(65);
    let bad = [
        "",
        "{",
        "[]",
        "{\"type\": \"nonsense\"}",
        &long,
        &nested,
        &deep,
    ];
    let begun = Instant::now();
    for schema in bad {
        let refused = model.schema(schema);
        assert!(
            matches!(refused, Err(EngineError::Grammar { .. })),
            "{schema:.60}"
        );
    }
    let mut followed: Vec<_> = ["start: start", "start: \"a\" start"]
        .map(|lark| model.lark(lark))
        .into();
    let loops = ["{\"$ref\": \"#\"}", "{\"allOf\": [{\"$ref\": \"#\"}]}"];
    followed.extend(loops.map(|schema| model.schema(schema)));
    // Refused, or followed within its bounds: never a hang.
    for grammar in followed.into_iter().flatten() {
        let mut session = Session::new(Arc::clone(&model), 256).unwrap();
        let asked = prompt(&model, "?").into();
        let decoding = under(&grammar, greedy(4));
        let _ = session.generate(&asked, &decoding, &AtomicBool::new(false), &mut |_| {});
    }
    for grammar in [deep.as_str(), "start: (", "nothing: \"a\""] {
        let refused = model.lark(grammar);
        assert!(
            matches!(refused, Err(EngineError::Grammar { .. })),
            "{grammar:.60}"
        );
    }
    assert!(begun.elapsed().as_secs_f32() < 10.0);
}
