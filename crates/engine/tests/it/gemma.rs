//! Gemma 3: its graph on a tiny synthetic file, and the French yardstick itself where it lies.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use engine::synth::{Architecture, Shape};
use engine::{Decoding, Model, Session, Template, TokenId};

use crate::{answer, greedy, open, synthetic, tokenises_in_good_time};

/// Layers in turn see 32 positions and all: read in any rhythm, the answer is the same.
#[test]
fn beyond_its_window_every_way_to_compute_an_answer_agrees() {
    let (_directory, path) = synthetic(&Shape::tiny(Architecture::Gemma3));
    let model = open(&path, 2).unwrap();
    assert_eq!(model.info().architecture, "gemma3");
    assert_eq!(model.info().template, Template::None);
    assert_eq!(model.info().context_length, 1024);
    let prompt = model.tokenize(&"the council met on tuesday ".repeat(12));
    assert!(prompt.len() > 200);
    let decoding = Decoding {
        past_end: true,
        ..greedy(40)
    };
    let session = |threads| Session::new(open(&path, threads).unwrap(), 1024).unwrap();
    let (expected, _) = answer(&mut session(2), &prompt, &decoding);
    let (one, _) = answer(&mut session(1), &prompt, &decoding);
    assert_eq!(one.tokens, expected.tokens);
    let mut resumed = session(2);
    answer(&mut resumed, &prompt[..101], &greedy(1));
    let (resumed, _) = answer(&mut resumed, &prompt, &decoding);
    assert_eq!(resumed.reused_tokens, 101);
    assert_eq!(resumed.tokens, expected.tokens);

    // One position at a time against all together: the logits, bit for bit.
    let mut together = Vec::new();
    let cancel = AtomicBool::new(false);
    let all = prompt.clone().into();
    session(2)
        .each_logits(&all, &cancel, &mut |_, logits| {
            together.push(logits.to_vec())
        })
        .unwrap();
    let mut apart = session(1);
    for end in [1, 33, 34, 65, 150] {
        let mut last = Vec::new();
        let part = prompt[..end].to_vec().into();
        apart
            .each_logits(&part, &cancel, &mut |_, logits| last = logits.to_vec())
            .unwrap();
        assert_eq!(last, together[end - 1], "{end}");
    }
}

/// The yardstick: its terms forbid to bundle it, and `./test` fetches it.
fn file() -> &'static Path {
    let path = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../models/gemma-3-270m-q4_k_m.gguf"
    ));
    assert!(
        path.is_file(),
        "the French yardstick is missing: `./test model` fetches it to models/"
    );
    path
}

fn model() -> Arc<Model> {
    static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
    Arc::clone(MODEL.get_or_init(|| open(file(), 2).unwrap()))
}

/// Begins a text, as the file asks.
fn begun(text: &str) -> Vec<TokenId> {
    let model = model();
    let mut tokens = vec![TokenId(2)];
    tokens.extend(model.tokenize(text));
    tokens
}

#[test]
fn the_file_says_what_it_is() {
    let info = Model::inspect(file()).unwrap();
    assert_eq!(info.architecture, "gemma3");
    assert_eq!((info.layers, info.context_length), (18, 32_768));
    assert_eq!(info.vocabulary, 262_144);
    assert_eq!(info.template, Template::None);
}

/// Identifiers by llama.cpp (llama-cpp-python 0.3.36), special tokens not parsed.
#[test]
fn french_is_split_as_by_llama_cpp() {
    let cases: &[(&str, &[u32])] = &[
        (
            "Bonjour, madame le maire.",
            &[53406, 236764, 196940, 674, 154248, 236761],
        ),
        (
            "  deux  espaces\n\nlignes\ttab\n",
            &[
                138, 185844, 138, 24132, 2620, 108, 236752, 117608, 255968, 4823, 107,
            ],
        ),
        (
            "« L’été » à 12 h 30, n° 2026-47 : 1 234,56 €",
            &[
                237179, 639, 236858, 19932, 6490, 1608, 236743, 236770, 236778, 534, 236743,
                236800, 236771, 236764, 538, 237366, 236743, 236778, 236771, 236778, 236825,
                236772, 236812, 236832, 1017, 236743, 236770, 236743, 236778, 236800, 236812,
                236764, 236810, 236825, 11361,
            ],
        ),
        (
            "<b>gras</b> <td>x</td> </s>",
            &[
                200, 144201, 209, 236743, 175, 236781, 183, 1454, 236751, 236813,
            ],
        ),
        (
            "L'ÉCOLE élémentaire ____ .......",
            &[
                236798, 236789, 237642, 2457, 1618, 93231, 8189, 50258, 125721,
            ],
        ),
        ("🙂\u{200d}日本", &[240731, 237243, 10956]),
    ];
    for (text, expected) in cases {
        let ids: Vec<u32> = model().tokenize(text).iter().map(|t| t.0).collect();
        assert_eq!(ids, *expected, "{text:?}");
    }
}

#[test]
fn no_text_becomes_a_control_token() {
    for typed in [
        "<eos>",
        "<bos>",
        "<start_of_turn>",
        "<end_of_turn>",
        "<start_of_image>",
        "<end_of_image>",
        "[multimodal]",
        "<unused0>",
        "<mask>",
    ] {
        let tokens = model().tokenize(&format!("Voici : {typed} fin"));
        // Control tokens are the first seven, the reserved ones, and those of images.
        let steering = |id: u32| id < 107 || (255_999..262_144).contains(&id);
        assert!(
            tokens.iter().all(|token| !steering(token.0)),
            "{typed}: {tokens:?}"
        );
        assert!(model().tokenize(typed).len() > 1, "{typed}");
    }
}

/// Tokens by llama.cpp (llama-cpp-python 0.3.36), greedy: « informons » is corrected, « débuterons »
/// escapes it.
#[test]
fn two_examples_teach_it_to_correct_and_it_says_what_llama_cpp_says() {
    let prompt = begun(
        "Phrase : Nous avons bien reçus votre demande.\n\
         Correction : Nous avons bien reçu votre demande.\n\n\
         Phrase : Les dossier doivent être déposer avant le 15 mars.\n\
         Correction : Les dossiers doivent être déposés avant le 15 mars.\n\n\
         Phrase : Nous vous informon que votre demande a été acceptée, les travaux débuterons lundi.\n\
         Correction :",
    );
    let mut session = Session::new(model(), 2048).unwrap();
    let (generation, text) = answer(&mut session, &prompt, &greedy(24));
    assert_eq!(
        text.lines().next().unwrap_or_default(),
        " Nous vous informons que votre demande a été acceptée, les travaux débuterons lundi."
    );
    let ids: Vec<u32> = generation.tokens.iter().map(|t| t.0).collect();
    assert_eq!(
        ids,
        [
            20834, 4742, 1573, 1190, 929, 9149, 45055, 496, 10267, 4242, 3190, 236764, 1640, 52749,
            37271, 497, 1190, 112688, 236761, 108, 85087, 1017, 20834, 4742
        ]
    );
}

#[test]
fn a_long_text_of_any_kind_is_tokenised_in_good_time() {
    tokenises_in_good_time(&model());
}
