//! Logits as `transformers` gives them: the tiny random Ministral 3 of `tests/parity/logits.py`,
//! whose references are in `tests/fixtures`, beyond the original context too.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use engine::gguf::Header;
use engine::{CacheKind, Prompt, Reserve, Session, TokenId};

use crate::open;

const GOAL: f32 = 1e-3;

fn fixture(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    PathBuf::from(folder).join(name)
}

/// How far the logits stand from the reference's, at most; and the last position compared.
fn distance(name: &str, cache: CacheKind) -> (f32, usize) {
    let bytes = std::fs::read(fixture(&format!("{name}.expected.gguf"))).unwrap();
    let header = Header::parse(&bytes).unwrap();
    let numbers = |key: &str| -> Vec<i32> {
        let array = header.array(key).unwrap().unwrap();
        array.i32s().unwrap().collect()
    };
    let tokens = numbers("tokens").into_iter().map(|id| TokenId(id as u32));
    let prompt = Prompt::from(tokens.collect::<Vec<_>>());
    let positions = numbers("positions");
    let (floats, _) = bytes[header.tensors()[0].bytes.clone()].as_chunks();
    let expected: Vec<f32> = floats.iter().map(|x| f32::from_le_bytes(*x)).collect();

    let model = open(&fixture(&format!("{name}.gguf")), 2).unwrap();
    let context = prompt.len() + 1;
    let mut session = Session::new(model, Reserve { context, cache }).unwrap();
    let (mut worst, mut compared) = (0f32, 0);
    session
        .each_logits(&prompt, &AtomicBool::new(false), &mut |position, logits| {
            if let Ok(row) = positions.binary_search(&(position as i32)) {
                let expected = &expected[row * logits.len()..][..logits.len()];
                for (got, expected) in logits.iter().zip(expected) {
                    worst = worst.max((got - expected).abs());
                }
                compared += 1;
            }
        })
        .unwrap();
    assert_eq!(compared, positions.len());
    (worst, positions[compared - 1] as usize)
}

#[test]
fn logits_are_the_references_beyond_the_original_context() {
    let (worst, last) = distance("ministral-3b", CacheKind::F32);
    assert!(last > 16_384 && worst <= GOAL, "off by {worst}");
}

#[test]
fn a_larger_base_and_an_output_of_its_own_too() {
    let (worst, _) = distance("ministral-14b", CacheKind::F32);
    assert!(worst <= GOAL, "off by {worst}");
}

#[test]
fn half_precision_is_what_the_rest_costs() {
    let (worst, _) = distance("ministral-14b", CacheKind::F16);
    assert!(worst > 1e-5 && worst < 2e-2, "off by {worst}");
}
