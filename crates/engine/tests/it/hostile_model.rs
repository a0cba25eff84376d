//! Well-formed files whose metadata or tensors make no model, and what is no model at all.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use engine::gguf::write::{Field, Plan, Writer};
use engine::gguf::{Header, Kind};
use engine::synth::{Architecture, Shape};
use engine::{EngineError, Model, Session};
use proptest::prelude::*;

use crate::{answer, greedy, open, synthetic};

/// A tiny file's bytes, to be spoiled.
fn tiny(architecture: Architecture) -> Vec<u8> {
    static FILES: [OnceLock<Vec<u8>>; 3] = [const { OnceLock::new() }; 3];
    let write = || {
        let shape = Shape {
            layers: 1,
            ..Shape::tiny(architecture)
        };
        let (_directory, path) = synthetic(&shape);
        std::fs::read(path).unwrap()
    };
    FILES[architecture as usize].get_or_init(write).clone()
}

/// Opens bytes as a model, and makes it speak if it opens.
fn try_open(bytes: &[u8]) -> Result<(), EngineError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("spoiled.gguf");
    std::fs::write(&path, bytes).unwrap();
    let inspected = Model::inspect(&path);
    let model = open(&path, 1)?;
    assert!(inspected.is_ok(), "what opens can be inspected");
    let mut session = Session::new(model.clone(), 16)?;
    let prompt = model.tokenize("hello");
    let cancel = AtomicBool::new(false);
    if session.context() > prompt.len() {
        session.generate(&prompt.clone().into(), &greedy(2), &cancel, &mut |_| {})?;
    }
    Ok(())
}

/// The place just after a key: its value's type, then the value.
fn after(bytes: &[u8], key: &str) -> usize {
    let key = [&(key.len() as u64).to_le_bytes(), key.as_bytes()].concat();
    let at = bytes.windows(key.len()).position(|window| window == key);
    at.expect("the key is there") + key.len()
}

fn with_value(bytes: &[u8], key: &str, value: [u8; 4]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = after(&bytes, key) + 4;
    bytes[at..at + 4].copy_from_slice(&value);
    bytes
}

#[test]
fn every_number_of_the_metadata_is_refused_outside_its_range() {
    let file = tiny(Architecture::Mistral3);
    try_open(&file).unwrap();
    for key in [
        "block_count",
        "embedding_length",
        "feed_forward_length",
        "attention.head_count",
        "attention.head_count_kv",
        "attention.key_length",
        "attention.value_length",
        "vocab_size",
        "rope.dimension_count",
        "context_length",
        "rope.scaling.original_context_length",
    ] {
        let key = format!("mistral3.{key}");
        for value in [0, 65_537 << 8, 1 << 31, u32::MAX] {
            let outcome = try_open(&with_value(&file, &key, u32::to_le_bytes(value)));
            assert!(outcome.is_err(), "{key} = {value}");
        }
        // Legal numbers that are not this file's: refused, or harmless.
        for value in [1, 2, 3, 7, 8, 63, 255, 256, 257, 512, 1023] {
            let _ = try_open(&with_value(&file, &key, u32::to_le_bytes(value)));
        }
        // The right bits with another type.
        let mut other = file.clone();
        let at = after(&other, &key);
        other[at..at + 4].copy_from_slice(&5u32.to_le_bytes());
        assert!(try_open(&other).is_err(), "{key} as i32");
    }
}

#[test]
fn the_windows_of_gemma_are_checked_like_the_rest() {
    let file = tiny(Architecture::Gemma3);
    try_open(&file).unwrap();
    let window = "gemma3.attention.sliding_window";
    let period = "gemma3.attention.sliding_window_pattern";
    for value in [0u32, 257, 1 << 31, u32::MAX] {
        let outcome = try_open(&with_value(&file, period, value.to_le_bytes()));
        assert!(outcome.is_err(), "{period} = {value}");
        // Any window makes sense; 0 is none.
        try_open(&with_value(&file, window, value.to_le_bytes())).unwrap();
    }
}

#[test]
fn every_float_of_the_metadata_is_refused_unless_it_makes_sense() {
    let file = tiny(Architecture::Mistral3);
    for key in [
        "attention.layer_norm_rms_epsilon",
        "attention.temperature_scale",
        "rope.freq_base",
        "rope.scaling.factor",
        "rope.scaling.yarn_beta_fast",
        "rope.scaling.yarn_beta_slow",
        "rope.scaling.yarn_log_multiplier",
    ] {
        let key = format!("mistral3.{key}");
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0, f32::MAX] {
            let outcome = try_open(&with_value(&file, &key, value.to_le_bytes()));
            assert!(outcome.is_err(), "{key} = {value}");
        }
        for value in [0.0, f32::MIN_POSITIVE, 1.0] {
            let _ = try_open(&with_value(&file, &key, value.to_le_bytes()));
        }
    }
}

#[test]
fn special_ids_are_inside_the_vocabulary() {
    let file = tiny(Architecture::Llama);
    for key in ["bos_token_id", "eos_token_id"] {
        let key = format!("tokenizer.ggml.{key}");
        for id in [512, 513, 1 << 31, u32::MAX] {
            assert!(try_open(&with_value(&file, &key, u32::to_le_bytes(id))).is_err());
        }
    }
}

#[test]
fn the_model_or_its_tokenizer_of_another_family_is_named() {
    let file = tiny(Architecture::Llama);
    let renamed = |key: &str, from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let mut bytes = file.clone();
        let at = after(&bytes, key) + 4 + 8;
        assert_eq!(&bytes[at..at + from.len()], from.as_bytes());
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        try_open(&bytes).unwrap_err()
    };
    assert!(matches!(
        renamed("general.architecture", "llama", "qwen9"),
        EngineError::UnsupportedArchitecture { name } if name == "qwen9"
    ));
    assert!(matches!(
        renamed("tokenizer.ggml.model", "gpt2", "bert"),
        EngineError::UnsupportedTokenizer { name } if name == "bert"
    ));
    assert!(matches!(
        renamed("tokenizer.ggml.pre", "smollm", "viking"),
        EngineError::UnsupportedTokenizer { name } if name == "gpt2/viking"
    ));
}

/// The tiny llama file's metadata and plan, to be written again with one thing changed.
fn rewrite(change: impl FnOnce(&mut Vec<(String, Field)>, &mut Vec<Plan>)) -> Vec<u8> {
    let bytes = tiny(Architecture::Llama);
    let header = Header::parse(&bytes).unwrap();
    let mut fields: Vec<(String, Field)> = Vec::new();
    for key in [
        "general.architecture",
        "tokenizer.ggml.model",
        "tokenizer.ggml.pre",
    ] {
        fields.push((key.into(), Field::Str(header.need_str(key).unwrap().into())));
    }
    for key in [
        "block_count",
        "context_length",
        "embedding_length",
        "feed_forward_length",
        "attention.head_count",
        "attention.head_count_kv",
        "attention.key_length",
        "attention.value_length",
    ] {
        let key = format!("llama.{key}");
        let value = header.need_u32(&key, 0..=u32::MAX).unwrap();
        fields.push((key, Field::U32(value)));
    }
    fields.push((
        "llama.attention.layer_norm_rms_epsilon".into(),
        Field::F32(1e-5),
    ));
    for key in ["tokenizer.ggml.tokens", "tokenizer.ggml.merges"] {
        let strings = header.strings(key).unwrap().unwrap();
        let strings = strings.into_iter().map(Into::into).collect();
        fields.push((key.into(), Field::Strings(strings)));
    }
    let types = header
        .i32s("tokenizer.ggml.token_type", 512)
        .unwrap()
        .unwrap();
    fields.push(("tokenizer.ggml.token_type".into(), Field::I32s(types)));
    fields.push(("tokenizer.ggml.eos_token_id".into(), Field::U32(2)));
    let mut plan: Vec<Plan> = header
        .tensors()
        .iter()
        .map(|tensor| Plan {
            name: tensor.name.into(),
            dims: tensor.dims.clone(),
            kind: tensor.kind,
        })
        .collect();
    change(&mut fields, &mut plan);
    let mut writer = Writer::begin(Vec::new(), &fields, &plan).unwrap();
    for tensor in &plan {
        let zeros = vec![0; tensor.bytes().unwrap() as usize];
        std::io::Write::write_all(&mut writer, &zeros).unwrap();
    }
    writer.finish().unwrap()
}

fn field<'a>(fields: &'a mut [(String, Field)], key: &str) -> &'a mut Field {
    let key = format!("tokenizer.ggml.{key}");
    let found = fields.iter_mut().find(|(name, _)| *name == key);
    &mut found.unwrap().1
}

#[test]
fn tensors_are_those_of_the_graph_and_no_other() {
    // All zeros: a model that has nothing to say, but a model.
    try_open(&rewrite(|_, _| {})).unwrap();
    let refused = |change: fn(&mut Vec<Plan>)| {
        let outcome = try_open(&rewrite(|_, plan| change(plan)));
        assert!(
            matches!(outcome, Err(EngineError::Malformed { .. })),
            "{outcome:?}"
        );
    };
    refused(|plan| drop(plan.remove(3)));
    refused(|plan| drop(plan.pop()));
    refused(|plan| plan[2].dims.swap(0, 1));
    refused(|plan| plan[2].dims[1] += 1);
    refused(|plan| plan[2].dims.push(1));
    refused(|plan| plan[0].dims[1] -= 1);
    refused(|plan| {
        plan.push(Plan {
            name: "blk.0.attn_q.bias".into(),
            dims: vec![512],
            kind: Kind::F32,
        });
    });
    let f16_norm = rewrite(|_, plan| plan[1].kind = Kind::F16);
    assert!(matches!(
        try_open(&f16_norm),
        Err(EngineError::UnsupportedType { kind: "F16", .. })
    ));
}

#[test]
fn a_vocabulary_that_contradicts_itself_is_refused() {
    let refused = |change: fn(&mut Vec<(String, Field)>)| {
        let outcome = try_open(&rewrite(|fields, _| change(fields)));
        assert!(
            matches!(outcome, Err(EngineError::Malformed { .. })),
            "{outcome:?}"
        );
    };
    let strings = |field: &mut Field| match field {
        Field::Strings(strings) => std::mem::take(strings),
        _ => unreachable!(),
    };
    // Types: one short, of another element type, of no meaning.
    refused(|fields| *field(fields, "token_type") = Field::I32s(vec![1; 511]));
    refused(|fields| *field(fields, "token_type") = Field::F32s(vec![1.0; 512]));
    refused(|fields| *field(fields, "token_type") = Field::I32s(vec![9; 512]));
    // No token ends a text.
    refused(|fields| fields.retain(|(key, _)| !key.ends_with("eos_token_id")));
    // Merges: without separator, with two, of absent tokens, twice, that make no token.
    for bad in ["ab", "a b c", "x yy", "a b", "z z"] {
        let outcome = try_open(&rewrite(|fields, _| {
            let merges = field(fields, "merges");
            let mut list = strings(merges);
            list.push(bad.into());
            *merges = Field::Strings(list);
        }));
        assert!(
            matches!(outcome, Err(EngineError::Malformed { .. })),
            "{bad}: {outcome:?}"
        );
    }
    // A token twice; a byte without its token.
    for (at, token) in [(400, "a"), (64 + 33, "zzzz")] {
        let outcome = try_open(&rewrite(|fields, _| {
            let tokens = field(fields, "tokens");
            let mut list = strings(tokens);
            list[at] = token.into();
            *tokens = Field::Strings(list);
        }));
        assert!(
            matches!(outcome, Err(EngineError::Malformed { .. })),
            "{token}: {outcome:?}"
        );
    }
}

#[test]
fn a_base_model_opens_and_its_conversation_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("base.gguf");
    std::fs::write(&path, rewrite(|_, _| {})).unwrap();
    let model = open(&path, 1).unwrap();
    assert_eq!(model.info().template, engine::Template::None);
    assert!(matches!(
        model.render(&[], &[]),
        Err(EngineError::UnknownTemplate)
    ));
}

#[test]
fn an_unknown_template_is_an_error_of_its_own() {
    let bytes = rewrite(|fields, _| {
        let template = Field::Str("{{ cycler.__init__ }}".into());
        fields.push(("tokenizer.chat_template".into(), template));
        let types = field(fields, "token_type");
        // No control token is left to tell the family from.
        *types = Field::I32s(vec![1; 512]);
    });
    assert!(matches!(
        try_open(&bytes),
        Err(EngineError::UnknownTemplate)
    ));
}

#[test]
fn weights_that_are_not_numbers_are_an_error_and_no_answer() {
    // Every half-float scale of the matrices becomes NaN; norms stay one.
    let (_directory, path) = synthetic(&Shape {
        mix: engine::synth::Mix::Uniform(Kind::F16),
        layers: 1,
        ..Shape::tiny(Architecture::Llama)
    });
    let mut bytes = std::fs::read(&path).unwrap();
    let embedding = Header::parse(&bytes).unwrap().tensors()[0].bytes.clone();
    for half in bytes[embedding].chunks_mut(2) {
        half.copy_from_slice(&0x7E00u16.to_le_bytes());
    }
    assert!(matches!(try_open(&bytes), Err(EngineError::NotFinite)));
}

#[test]
fn what_is_no_model_is_told_apart() {
    let absent = open(Path::new("no/such/model.gguf"), 1).err().unwrap();
    assert!(matches!(absent, EngineError::NotFound { .. }));
    assert!(matches!(try_open(b""), Err(EngineError::NotGguf)));
    assert!(matches!(try_open(&[b'%'; 4096]), Err(EngineError::NotGguf)));
    let file = tiny(Architecture::Llama);
    for length in [24, 100, file.len() / 2, file.len() - 33] {
        let outcome = try_open(&file[..length]);
        assert!(
            matches!(outcome, Err(EngineError::Truncated { .. })),
            "{outcome:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Any bytes of a model changed, weights included: it opens and speaks, or is refused.
    #[test]
    fn a_changed_model_speaks_or_is_refused(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        in_header: bool,
    ) {
        let mut bytes = tiny(Architecture::Mistral3);
        let length = if in_header { 14_000 } else { bytes.len() };
        for (index, byte) in changes {
            bytes[index.index(length)] = byte;
        }
        let _ = try_open(&bytes);
    }
}

#[test]
fn the_spoiled_files_come_from_one_that_speaks() {
    let (_directory, path) = synthetic(&Shape::tiny(Architecture::Llama));
    let model = open(&path, 1).unwrap();
    let mut session = Session::new(model.clone(), 32).unwrap();
    let (generation, _) = answer(&mut session, &model.tokenize("hello"), &greedy(3));
    assert!(generation.tokens.len() <= 3);
}
