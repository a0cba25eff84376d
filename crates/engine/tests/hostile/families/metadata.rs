//! Rows 17 and 22: every number of the metadata at its extreme values, in range or not, and in
//! every other type.

use crate::bases::{Base, Bases};
use crate::case::{Case, Expect, Family, Reason, malformed};
use crate::draft::{ARRAY, Draft, Entry, STRING, array, text, width};

use super::{extremes, redrawn};

pub fn families(bases: &Bases) -> Vec<Family> {
    vec![
        Family::new(
            "17, 22",
            "every number of the metadata at its extreme values",
            numbers(bases),
        ),
        Family::new("22", "every key with every other type", retyped(bases)),
    ]
}

/// What a key may hold.
enum Rule {
    /// A number of the graph's shape: only the file's own agrees with its tensors.
    Shape(u32, u32),
    /// A number of a range, some of which make a model.
    Perhaps(u32, u32),
    /// A number of a range, any of which makes a model.
    Whole(u32, u32),
    /// An id below the size of the vocabulary.
    Token,
    /// A finite number of a range.
    Real(f32, f32),
    Truth,
    /// Nothing that the engine reads.
    Unread,
    /// Tried elsewhere: text and arrays.
    Other,
}

/// The rule of each key, by its end. A key without one fails the campaign: give it its rule.
fn rule(key: &str) -> Rule {
    match key.split_once('.').map_or("", |(_, rest)| rest) {
        "block_count" => Rule::Shape(1, 256),
        "embedding_length" => Rule::Shape(1, 1 << 16),
        "feed_forward_length" => Rule::Shape(1, 1 << 18),
        "attention.head_count" | "attention.head_count_kv" => Rule::Shape(1, 256),
        "attention.key_length" | "attention.value_length" => Rule::Shape(8, 512),
        "vocab_size" => Rule::Shape(1, 1 << 20),
        "context_length" => Rule::Whole(1, 1 << 20),
        "rope.scaling.original_context_length" => Rule::Whole(1, 1 << 20),
        "rope.dimension_count" => Rule::Whole(2, 16),
        "attention.layer_norm_rms_epsilon" => Rule::Real(f32::MIN_POSITIVE, 1.0),
        "rope.freq_base" => Rule::Real(2.0, 1e12),
        "rope.scaling.factor" => Rule::Real(1.0, 1e4),
        "rope.scaling.yarn_beta_fast"
        | "rope.scaling.yarn_beta_slow"
        | "rope.scaling.yarn_log_multiplier" => Rule::Real(0.0, 1e6),
        "attention.temperature_scale" => Rule::Real(0.0, 10.0),
        "attention.sliding_window" => Rule::Whole(0, u32::MAX),
        "attention.sliding_window_pattern" => Rule::Whole(1, 256),
        "ggml.add_bos_token" | "ggml.add_space_prefix" => Rule::Truth,
        "ggml.bos_token_id"
        | "ggml.eos_token_id"
        | "ggml.unknown_token_id"
        | "ggml.padding_token_id" => Rule::Token,
        "vision.projection_dim" => Rule::Shape(1, 1 << 16),
        "vision.image_size" => Rule::Whole(16, 1540),
        "vision.patch_size" => Rule::Shape(8, 32),
        "vision.embedding_length" => Rule::Shape(8, 1 << 14),
        "vision.feed_forward_length" => Rule::Shape(1, 1 << 16),
        "vision.block_count" => Rule::Shape(1, 256),
        "vision.attention.head_count" => Rule::Perhaps(1, 64),
        "vision.spatial_merge_size" => Rule::Shape(1, 4),
        "vision.attention.layer_norm_epsilon" => Rule::Real(f32::MIN_POSITIVE, 1.0),
        "has_vision_encoder" | "use_silu" => Rule::Truth,
        "vision.image_mean" | "vision.image_std" | "projector_type" => Rule::Other,
        "type" => Rule::Unread,
        "architecture" | "name" | "rope.scaling.type" | "chat_template" => Rule::Other,
        "ggml.model" | "ggml.pre" | "ggml.tokens" | "ggml.token_type" | "ggml.merges"
        | "ggml.scores" => Rule::Other,
        _ => panic!("give `{key}` its rule"),
    }
}

pub fn set(base: &Base, entry: &Entry, kind: u32, value: Vec<u8>, expect: Expect) -> Case {
    let key = entry.key.clone();
    let shown = &value[..value.len().min(24)];
    let name = format!("{key} = {shown:x?} of type {kind}");
    // In its place: the order of keys must not matter, but a file is spoiled in one way at a time.
    redrawn(base, &name, expect, move |draft: &mut Draft| {
        let entry = draft.entry(&key);
        entry.kind = kind;
        entry.value = value.clone();
    })
}

fn numbers(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        for entry in &base.draft.entries {
            let bad = malformed(&format!("`{}`", entry.key));
            let vocabulary = || base.draft.strings("ggml.tokens").len() as u32;
            let mut whole = |low: u32, top: u32, inside: &dyn Fn(u32) -> Expect| {
                let own = u64::from_le_bytes(
                    [entry.value.as_slice(), &[0; 4]]
                        .concat()
                        .try_into()
                        .unwrap(),
                );
                let edges = [
                    low.wrapping_sub(1),
                    low,
                    low + 1,
                    top - 1,
                    top,
                    top.wrapping_add(1),
                ];
                let mut values: Vec<u32> = extremes(own, 4)
                    .into_iter()
                    .map(|v| v as u32)
                    .chain(edges)
                    .collect();
                values.extend([
                    3, 5, 6, 7, 8, 9, 12, 16, 24, 31, 32, 33, 48, 63, 64, 65, 96, 127, 128, 129,
                    384, 512, 1000, 4096,
                ]);
                values.sort_unstable();
                values.dedup();
                for value in values {
                    let expect = match (low..=top).contains(&value) {
                        true if u64::from(value) == own => Expect::Speaks,
                        true => inside(value),
                        false => bad.clone().into(),
                    };
                    cases.push(set(base, entry, 4, value.to_le_bytes().into(), expect));
                }
            };
            match rule(&entry.key) {
                // Refused by the shape of a tensor, or by a rule between two keys.
                Rule::Shape(low, top) => whole(low, top, &|_| malformed("").into()),
                Rule::Perhaps(low, top) => whole(low, top, &|_| Expect::Either(malformed(""))),
                Rule::Token => whole(0, vocabulary() - 1, &|_| Expect::Either(malformed(""))),
                Rule::Whole(low, top) if entry.key.ends_with("dimension_count") => {
                    whole(low, top, &|value| match value % 2 {
                        0 => Expect::Speaks,
                        _ => malformed("odd width of the rotary").into(),
                    });
                }
                Rule::Whole(low, top) => whole(low, top, &|_| Expect::Speaks),
                Rule::Real(low, top) => reals(base, entry, low, top, &mut cases),
                Rule::Truth => {
                    for value in 0..=255 {
                        let expect = match value {
                            // A tower that is said to be none is refused.
                            0 | 1 if base.architecture == "clip" => Expect::Either(Reason::Any),
                            0 | 1 => Expect::Speaks,
                            _ => malformed(&format!("`{}`: a boolean", entry.key)).into(),
                        };
                        cases.push(set(base, entry, 7, vec![value], expect));
                    }
                }
                Rule::Unread | Rule::Other => {}
            }
        }
    }
    cases
}

fn reals(base: &Base, entry: &Entry, low: f32, top: f32, cases: &mut Vec<Case>) {
    let bad = malformed(&format!("`{}`", entry.key));
    let special = [
        f32::NAN,
        -f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
    ];
    let edges = [
        low.next_down(),
        low,
        low.next_up(),
        top.next_down(),
        top,
        top.next_up(),
    ];
    let small = [
        0.0,
        -0.0,
        f32::MIN_POSITIVE,
        f32::from_bits(1),
        -f32::from_bits(1),
        1e-30,
        1e-6,
    ];
    let plain = [
        -1.0, -1e-5, 0.5, 1.0, 1.5, 2.0, 3.0, 10.0, 255.0, 65_504.0, 65_536.0, 1e6, 1e9, 1e12, 1e20,
    ];
    let signalling = [0x7F80_0001, 0xFF80_0001, 0x7FFF_FFFF, 0xFFFF_FFFF].map(f32::from_bits);
    let values = special
        .into_iter()
        .chain(edges)
        .chain(small)
        .chain(plain)
        .chain(signalling);
    for value in values {
        let expect = match value.is_finite() && (low..=top).contains(&value) {
            true => Expect::Speaks,
            false => bad.clone().into(),
        };
        cases.push(set(base, entry, 6, value.to_le_bytes().into(), expect));
    }
}

fn retyped(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        for entry in &base.draft.entries {
            let expect: Expect = match rule(&entry.key) {
                Rule::Unread => Expect::Speaks,
                _ => malformed(&format!("`{}`", entry.key)).into(),
            };
            for kind in (0..=12).filter(|kind| *kind != entry.kind) {
                let value = match (kind, width(kind)) {
                    (STRING, _) => text("llama"),
                    (ARRAY, _) => array(4, 1, &1u32.to_le_bytes()),
                    (_, width) => [vec![1], vec![0; width.unwrap() - 1]].concat(),
                };
                cases.push(set(base, entry, kind, value, expect.clone()));
            }
            // Null, as another loader's readers put it: an empty array, and one of each type.
            for element in (0..=12).filter(|element| *element != ARRAY) {
                for count in [0u64, 1] {
                    let size = width(element).unwrap_or(8) * count as usize;
                    let own = match entry.kind {
                        ARRAY => entry.value[0] == element as u8,
                        // The layers that are local, one by one.
                        _ => entry.key.ends_with("pattern") && element == 7,
                    };
                    let expect = match own {
                        true => Expect::Either(malformed("")),
                        false => expect.clone(),
                    };
                    let value = array(element, count, &vec![0; size]);
                    cases.push(set(base, entry, ARRAY, value, expect));
                }
            }
        }
    }
    cases
}
