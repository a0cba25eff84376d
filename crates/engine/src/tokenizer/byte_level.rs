//! Byte-level BPE: split by the pre-tokenizer's patterns, then merged by rank.

use std::collections::HashSet;

use tokenizers::models::bpe::BPE;
use tokenizers::models::bpe::Vocab;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{SplitDelimiterBehavior, Tokenizer as Pipeline};

use super::bytes::char_of;
use crate::EngineError;
use crate::vocabulary::{Role, Vocabulary};

/// A pre-tokenizer: its patterns, applied one after the other, and whether a whole word that is in
/// the vocabulary is taken without merging.
struct Pre {
    patterns: &'static [&'static str],
    whole_words: bool,
}

/// OpenAI's GPT-2.
const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

/// Meta's Llama 3.
const LLAMA3: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
);

/// Mistral's own, from its `tekken.json`. llama.cpp approximates it, and splits accented capitals
/// otherwise.
const TEKKEN: &str = concat!(
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+",
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*",
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
);

impl Pre {
    /// A pre-tokenizer by the name that llama.cpp's converter gives it.
    fn named(name: &str) -> Option<Self> {
        let (patterns, whole_words): (&[&str], bool) = match name {
            "gpt-2" | "default" => (&[GPT2], false),
            "smollm" => (&[r"\p{N}", GPT2], false),
            "llama-bpe" => (&[LLAMA3], true),
            "tekken" => (&[TEKKEN], true),
            _ => return None,
        };
        Some(Self {
            patterns,
            whole_words,
        })
    }
}

fn unsupported(vocabulary: &Vocabulary<'_>) -> EngineError {
    let pre: String = vocabulary.pre.chars().take(64).collect();
    EngineError::UnsupportedTokenizer {
        name: format!("gpt2/{pre}"),
    }
}

/// Refuses a vocabulary whose pre-tokenizer is not known.
pub(super) fn check(vocabulary: &Vocabulary<'_>) -> Result<(), EngineError> {
    match Pre::named(vocabulary.pre) {
        Some(_) => Ok(()),
        None => Err(unsupported(vocabulary)),
    }
}

/// The vocabulary's pipeline.
pub(super) fn pipeline(vocabulary: &Vocabulary<'_>) -> Result<Pipeline, EngineError> {
    let unsupported = || unsupported(vocabulary);
    let pre = Pre::named(vocabulary.pre).ok_or_else(unsupported)?;
    let mut words = Vocab::with_capacity(vocabulary.tokens.len());
    for (id, (token, role)) in vocabulary.tokens.iter().zip(&vocabulary.roles).enumerate() {
        if *role == Role::Text && words.insert((*token).to_owned(), id as u32).is_some() {
            return Err(EngineError::malformed("a token twice"));
        }
    }
    if let Some(byte) = (0..=255).find(|byte| needed(*byte) && !has(&words, *byte)) {
        return Err(EngineError::malformed(format!(
            "no token for byte {byte:#04x}"
        )));
    }
    let merges = merges(vocabulary, &words)?;
    let model = BPE::builder()
        .vocab_and_merges(words, merges)
        .ignore_merges(pre.whole_words)
        .build()
        .map_err(|_| EngineError::malformed("merges"))?;

    let mut pipeline = Pipeline::new(model);
    pipeline.with_pre_tokenizer(Some(splitter(&pre).ok_or_else(unsupported)?));
    Ok(pipeline)
}

/// The patterns in turn, then GPT-2's alphabet; nothing if a pattern does not compile.
fn splitter(pre: &Pre) -> Option<Sequence> {
    let split = |pattern: &&str| -> Option<PreTokenizerWrapper> {
        let pattern = SplitPattern::Regex((*pattern).to_owned());
        let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false);
        Some(split.ok()?.into())
    };
    let mut steps = pre.patterns.iter().map(split).collect::<Option<Vec<_>>>()?;
    steps.push(ByteLevel::new(false, false, false).into());
    Some(Sequence::new(steps))
}

/// Whether text would be lost without the byte's own token. Real vocabularies lack some control
/// characters and the first bytes of unassigned planes: those vanish, as they do by the models' own
/// tokenizers.
fn needed(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~' | 0x80..=0xBF | 0xC2..=0xF0)
}

fn has(words: &Vocab, byte: u8) -> bool {
    words.contains_key(char_of(byte).encode_utf8(&mut [0; 4]) as &str)
}

/// The merges as pairs: one separator, both sides and their union in the vocabulary, none twice.
fn merges(
    vocabulary: &Vocabulary<'_>,
    words: &Vocab,
) -> Result<Vec<(String, String)>, EngineError> {
    let mut seen = HashSet::with_capacity(vocabulary.merges.len());
    let mut merged = String::new();
    vocabulary
        .merges
        .iter()
        .map(|merge| {
            let (left, right) = merge
                .split_once(' ')
                .filter(|(_, right)| !right.contains(' '))
                .ok_or_else(|| EngineError::malformed("a merge without one separator"))?;
            merged.clear();
            merged.extend([left, right]);
            let known = [left, right, &merged]
                .iter()
                .all(|t| words.contains_key(*t));
            if !known || !seen.insert(*merge) {
                return Err(EngineError::malformed("a merge of absent tokens, or twice"));
            }
            Ok((left.to_owned(), right.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};

    fn split<'a>(pre: &str, text: &'a str) -> Vec<&'a str> {
        let splitter = splitter(&Pre::named(pre).unwrap()).unwrap();
        let mut whole = PreTokenizedString::from(text);
        splitter.pre_tokenize(&mut whole).unwrap();
        let parts = whole.get_splits(OffsetReferential::Original, OffsetType::Byte);
        let parts = parts.into_iter();
        parts.map(|(_, (from, to), _)| &text[from..to]).collect()
    }

    #[test]
    fn tekken_splits_as_its_own_pattern_says() {
        let text = "L'ÉCOLE élémentaireÀ 12 h,\r\n\n  fin/  ";
        assert_eq!(
            split("tekken", text),
            [
                "L",
                "'ÉCOLE",
                " élémentaire",
                "À",
                " ",
                "1",
                "2",
                " h",
                ",\r\n\n",
                " ",
                " fin",
                "/",
                "  "
            ]
        );
    }

    #[test]
    fn the_other_patterns_differ_where_they_should() {
        let text = "It's 2026 now!!\n";
        let gpt2 = ["It", "'s", " 2026", " now", "!!", "\n"];
        assert_eq!(split("gpt-2", text), gpt2);
        assert_eq!(
            split("smollm", text),
            ["It", "'s", " ", "2", "0", "2", "6", " now", "!!", "\n"]
        );
        assert_eq!(
            split("llama-bpe", text),
            ["It", "'s", " ", "202", "6", " now", "!!\n"]
        );
        assert!(Pre::named("unheard-of").is_none());
    }
}
