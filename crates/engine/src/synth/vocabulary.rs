//! A synthetic vocabulary: control tokens where the real ones are, the 256 bytes, then words that
//! each extend a shorter word by one letter, which makes their merges valid.

use crate::synth::{Architecture, Shape};
use crate::tokenizer::bytes::char_of;

/// Tokens, their types, and the merges.
pub(super) struct Vocabulary {
    pub(super) tokens: Vec<String>,
    pub(super) types: Vec<i32>,
    pub(super) merges: Vec<String>,
}

/// Mistral's control tokens by identifier (`mistral-common`, `tekken.py`), those of v13 that are
/// known included.
const MISTRAL: [(usize, &str); 24] = [
    (0, "<unk>"),
    (1, "<s>"),
    (2, "</s>"),
    (3, "[INST]"),
    (4, "[/INST]"),
    (5, "[AVAILABLE_TOOLS]"),
    (6, "[/AVAILABLE_TOOLS]"),
    (7, "[TOOL_RESULTS]"),
    (8, "[/TOOL_RESULTS]"),
    (9, "[TOOL_CALLS]"),
    (10, "[IMG]"),
    (11, "<pad>"),
    (12, "[IMG_BREAK]"),
    (13, "[IMG_END]"),
    (14, "[PREFIX]"),
    (15, "[MIDDLE]"),
    (16, "[SUFFIX]"),
    (17, "[SYSTEM_PROMPT]"),
    (18, "[/SYSTEM_PROMPT]"),
    (19, "[TOOL_CONTENT]"),
    (20, "[AUDIO]"),
    (32, "[ARGS]"),
    (34, "[THINK]"),
    (35, "[/THINK]"),
];

const SMOLLM: [(usize, &str); 3] = [(0, "<|endoftext|>"), (1, "<|im_start|>"), (2, "<|im_end|>")];

const GEMMA: [(usize, &str); 3] = [(0, "<pad>"), (1, "<bos>"), (2, "<eos>")];

impl Vocabulary {
    pub(super) fn new(shape: &Shape) -> Self {
        let named: &[(usize, &str)] = match shape.architecture {
            Architecture::Llama => &SMOLLM,
            Architecture::Mistral3 => &MISTRAL,
            Architecture::Gemma3 => &GEMMA,
        };
        let (size, controls) = (shape.vocabulary as usize, shape.controls as usize);
        let mut tokens: Vec<String> = (0..controls)
            .map(|id| match named.iter().find(|(known, _)| *known == id) {
                Some((_, name)) => (*name).to_owned(),
                None => format!("<SPECIAL_{id}>"),
            })
            .collect();
        tokens.extend((0..=255).map(|byte| char_of(byte).to_string()));

        let mut merges = Vec::new();
        // Words of one letter, the separating space among them, then of two, three…
        let mut words: Vec<String> = ('a'..='z').chain(['Ġ']).map(String::from).collect();
        while tokens.len() < size {
            let longer: Vec<(String, char)> = words
                .iter()
                .flat_map(|word| ('a'..='z').map(move |letter| (word.clone(), letter)))
                .take(size - tokens.len())
                .collect();
            words.clear();
            for (word, letter) in longer {
                merges.push(format!("{word} {letter}"));
                words.push(format!("{word}{letter}"));
            }
            tokens.extend(words.iter().cloned());
        }
        tokens.truncate(size);
        let types = (0..size)
            .map(|id| if id < controls { 3 } else { 1 })
            .collect();
        Self {
            tokens,
            types,
            merges,
        }
    }
}
