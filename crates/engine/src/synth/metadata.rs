//! The metadata of a synthetic file: the keys that a converted model has.

use super::vocabulary::Vocabulary;
use super::{Architecture, Shape};
use crate::gguf::write::Field;

/// The keys, in the order of the file.
pub(super) fn fields(shape: &Shape) -> Vec<(String, Field)> {
    let (architecture, pre) = match shape.architecture {
        Architecture::Llama => ("llama", "smollm"),
        Architecture::Mistral3 => ("mistral3", "tekken"),
        Architecture::Gemma3 => ("gemma3", "tekken"),
    };
    let mut fields: Vec<(String, Field)> = Vec::new();
    let mut add = |key: &str, field: Field| fields.push((key.to_owned(), field));
    add("general.architecture", Field::Str(architecture.into()));
    add("general.type", Field::Str("model".into()));
    add(
        "general.name",
        Field::Str(format!("Synthetic {architecture}")),
    );

    let head_width = shape.head_width;
    for (key, value) in [
        ("block_count", shape.layers),
        ("context_length", shape.context),
        ("embedding_length", shape.hidden),
        ("feed_forward_length", shape.feed_forward),
        ("attention.head_count", shape.heads),
        ("attention.head_count_kv", shape.kv_heads),
        ("attention.key_length", head_width),
        ("attention.value_length", head_width),
        ("vocab_size", shape.vocabulary),
        ("rope.dimension_count", head_width),
    ] {
        add(&format!("{architecture}.{key}"), Field::U32(value));
    }
    let epsilon = "attention.layer_norm_rms_epsilon";
    add(&format!("{architecture}.{epsilon}"), Field::F32(1e-5));
    match shape.architecture {
        Architecture::Llama => add("llama.rope.freq_base", Field::F32(100_000.0)),
        Architecture::Gemma3 => {
            add("gemma3.rope.freq_base", Field::F32(1e6));
            let window = (shape.context / 32).max(1);
            add("gemma3.attention.sliding_window", Field::U32(window));
            add("gemma3.attention.sliding_window_pattern", Field::U32(2));
        }
        Architecture::Mistral3 => {
            add("mistral3.rope.freq_base", Field::F32(1e6));
            add("mistral3.rope.scaling.type", Field::Str("yarn".into()));
            // A sixteenth of the context, as the real one.
            let original = (shape.context / 16).max(1);
            let key = "mistral3.rope.scaling.original_context_length";
            add(key, Field::U32(original));
            for (key, value) in [
                ("rope.scaling.factor", 16.0),
                ("rope.scaling.yarn_beta_fast", 32.0),
                ("rope.scaling.yarn_beta_slow", 1.0),
                ("rope.scaling.yarn_log_multiplier", 1.0),
                ("attention.temperature_scale", 0.1),
            ] {
                add(&format!("mistral3.{key}"), Field::F32(value));
            }
        }
    }

    let vocabulary = Vocabulary::new(shape);
    add("tokenizer.ggml.model", Field::Str("gpt2".into()));
    add("tokenizer.ggml.pre", Field::Str(pre.into()));
    add("tokenizer.ggml.tokens", Field::Strings(vocabulary.tokens));
    add("tokenizer.ggml.token_type", Field::I32s(vocabulary.types));
    add("tokenizer.ggml.merges", Field::Strings(vocabulary.merges));
    add("tokenizer.ggml.bos_token_id", Field::U32(1));
    add("tokenizer.ggml.eos_token_id", Field::U32(2));
    let begins = shape.architecture != Architecture::Llama;
    add("tokenizer.ggml.add_bos_token", Field::Bool(begins));
    if shape.architecture != Architecture::Gemma3 {
        let template = "{# synthetic: the control tokens say the form #}";
        add("tokenizer.chat_template", Field::Str(template.into()));
    }
    fields
}
