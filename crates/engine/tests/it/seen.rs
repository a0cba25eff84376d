//! Pictures as `transformers` and `mistral-common` see them: the tiny random models of
//! `tests/parity/vision.py`, whose references are in `tests/fixtures/vision`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use engine::gguf::Header;
use engine::{CacheKind, Model, Part, Picture, Pixels, Reserve, Session, TokenId, Turn, Vision};

use crate::{answer_to, greedy, open};

const GOAL: f32 = 1e-3;
/// Columns and rows of the grids of the pictures.
const GRIDS: [(usize, usize); 4] = [(3, 4), (10, 7), (10, 2), (2, 1)];

fn fixture(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/vision");
    PathBuf::from(folder).join(name)
}

/// A picture of the fixtures, as decoded from its file: a line of text, then bytes.
fn pixels(index: usize) -> Pixels {
    let bytes = std::fs::read(fixture(&format!("{index}.ppm"))).unwrap();
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    let header = std::str::from_utf8(&bytes[..end]).unwrap();
    let fields: Vec<&str> = header.split(' ').collect();
    let size = |at: usize| fields[at].parse().unwrap();
    Pixels::new(size(1), size(2), bytes[end + 1..].to_vec()).unwrap()
}

/// What the reference gave under a name.
fn expected(file: &str, name: &str) -> Vec<f32> {
    let bytes = std::fs::read(fixture(file)).unwrap();
    let header = Header::parse(&bytes).unwrap();
    let tensor = header.tensors().iter().find(|tensor| tensor.name == name);
    let (floats, _) = bytes[tensor.unwrap().bytes.clone()].as_chunks();
    floats
        .iter()
        .map(|float| f32::from_le_bytes(*float))
        .collect()
}

fn ids(file: &str, name: &str) -> Vec<TokenId> {
    let bytes = std::fs::read(fixture(file)).unwrap();
    let header = Header::parse(&bytes).unwrap();
    let ids = header.array(name).unwrap().unwrap().i32s().unwrap();
    ids.map(|id| TokenId(id as u32)).collect()
}

/// The greatest distance.
#[track_caller]
fn far(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    let distances = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
    distances.fold(0.0, f32::max)
}

fn look(vision: &Vision, index: usize) -> Arc<Picture> {
    let pixels = pixels(index);
    let grid = vision
        .grid(pixels.width(), pixels.height(), 10_000)
        .unwrap();
    assert_eq!((grid.columns, grid.rows), GRIDS[index]);
    let cancel = AtomicBool::new(false);
    vision.encode(&pixels, grid, &mut |_| {}, &cancel).unwrap()
}

fn model() -> Arc<Model> {
    open(&fixture("text.gguf"), 2).unwrap()
}

/// Keys and values as computed, like the reference's.
const EXACT: Reserve = Reserve {
    context: 512,
    cache: CacheKind::F32,
};

#[test]
fn cells_are_those_of_transformers_whatever_the_activation() {
    let model = model();
    for tower in ["silu", "gelu"] {
        let vision = Vision::open(&fixture(&format!("{tower}.mmproj.gguf")), &model).unwrap();
        for index in 0..GRIDS.len() {
            let picture = look(&vision, index);
            let theirs = expected(&format!("{tower}.expected.gguf"), &format!("cells.{index}"));
            let far = far(picture.cells(), &theirs);
            println!("{tower}, picture {index}: {far:e}");
            assert!(far <= GOAL, "{tower}, picture {index}: {far}");
        }
    }
}

#[test]
fn a_prompt_with_pictures_is_answered_as_transformers_answers_it() {
    let model = model();
    let vision = Vision::open(&fixture("silu.mmproj.gguf"), &model).unwrap();
    let [first, second] = [0, 1].map(|index| look(&vision, index));
    let parts = [
        Part::Picture(&first),
        Part::Text("ICI "),
        Part::Picture(&second),
        Part::Text("QUI ?"),
    ];
    let prompt = model.render(&[], &[Turn::User(&parts)]).unwrap();
    let reference = "silu.expected.gguf";
    assert_eq!(prompt.tokens(), ids(reference, "prompt"));

    let mut session = Session::new(Arc::clone(&model), EXACT).unwrap();
    let theirs = expected(reference, "logits");
    let vocabulary = model.info().vocabulary as usize;
    let skipped = prompt.len() - theirs.len() / vocabulary;
    let mut ours = Vec::new();
    let cancel = AtomicBool::new(false);
    session
        .each_logits(&prompt, &cancel, &mut |position, logits| {
            if position >= skipped {
                ours.extend_from_slice(logits);
            }
        })
        .unwrap();
    let far = far(&ours, &theirs);
    println!("logits: {far:e}");
    assert!(far <= GOAL, "logits: {far}");

    let expected = ids(reference, "answer");
    let decoding = engine::Decoding {
        past_end: true,
        ..greedy(expected.len())
    };
    // The pictures are kept from the reading above: only the last token is read again.
    let (generation, _) = answer_to(&mut session, &prompt, &decoding);
    assert_eq!(generation.tokens, expected);
    assert_eq!(generation.reused_tokens, prompt.len() - 1);
    let mut fresh = Session::new(Arc::clone(&model), 512).unwrap();
    let (generation, _) = answer_to(&mut fresh, &prompt, &decoding);
    assert_eq!(generation.tokens, expected);

    // Other pictures, other answers: it is the pictures that are answered.
    let parts = [
        Part::Picture(&second),
        Part::Text("ICI "),
        Part::Picture(&first),
        Part::Text("QUI ?"),
    ];
    let exchanged = model.render(&[], &[Turn::User(&parts)]).unwrap();
    let (generation, _) = answer_to(&mut session, &exchanged, &decoding);
    assert_ne!(generation.tokens, expected);
    assert!(generation.reused_tokens < 3);
}
