//! The vocabulary as the file holds it: tokens, their types, and the ids with a role, all checked.

use crate::gguf::{Array, Header};
use crate::{EngineError, TokenId};

/// The longest token.
const MAX_TOKEN: usize = 64 << 10;
/// The largest vocabulary.
const MAX_TOKENS: usize = 1 << 20;

/// How text becomes tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Byte-level BPE (`gpt2`), whose text is split first by the named pre-tokenizer.
    ByteLevel,
    /// SentencePiece BPE (`llama`): spaces are `▁`, unknown bytes have tokens of their own.
    SentencePiece,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Text.
    Text,
    /// Text that is taken whole wherever it stands, before the rest is split and merged.
    Verbatim,
    /// A byte of text that has no other token (`<0x41>`).
    Byte(u8),
    /// Anything that text must never become: control, unknown, unused, user-defined but for
    /// [`Role::Verbatim`].
    Control,
}

/// A checked vocabulary, borrowed from the file.
pub(crate) struct Vocabulary<'a> {
    pub(crate) family: Family,
    /// Name of the pre-tokenizer.
    pub(crate) pre: &'a str,
    pub(crate) tokens: Vec<&'a str>,
    pub(crate) roles: Vec<Role>,
    /// Merges of a byte-level vocabulary, best first.
    pub(crate) merges: Vec<&'a str>,
    /// Scores of a SentencePiece vocabulary, one a token.
    pub(crate) scores: Vec<f32>,
    /// Put at the beginning of every prompt.
    pub(crate) begin: Option<TokenId>,
    /// Ends a text.
    pub(crate) end: Option<TokenId>,
    /// SentencePiece: whether text is encoded as if a space came first.
    pub(crate) space_prefix: bool,
}

/// Bytes that a tokenizer takes at most while it is built, for each token, each merge and each byte
/// of the tokens: measured, the doubling of its tables included. The campaign of hostile files keeps it true.
const TOKEN_COST: u64 = 200;
const MERGE_COST: u64 = 300;
const TEXT_COST: u64 = 5;
/// Bytes that a vocabulary may cost beyond the size of its file.
const MARGIN: u64 = 64 << 20;

impl<'a> Vocabulary<'a> {
    pub(crate) fn read(header: &Header<'a>) -> Result<Self, EngineError> {
        let key = |name: &str| format!("tokenizer.ggml.{name}");
        let model = header.need_str("tokenizer.ggml.model")?;
        let family = match model {
            "gpt2" => Family::ByteLevel,
            "llama" => Family::SentencePiece,
            other => {
                return Err(EngineError::UnsupportedTokenizer {
                    name: other.chars().take(64).collect(),
                });
            }
        };
        let crowd = header.array(&key("tokens"))?.map_or(0, Array::len);
        if crowd > MAX_TOKENS {
            return Err(EngineError::malformed("size of the vocabulary"));
        }
        let tokens = header
            .strings(&key("tokens"))?
            .ok_or_else(|| EngineError::malformed("no tokens"))?;
        let count = tokens.len();
        if !(1..=MAX_TOKENS).contains(&count) || tokens.iter().any(|t| t.len() > MAX_TOKEN) {
            return Err(EngineError::malformed("size of the vocabulary"));
        }
        let types = header.i32s(&key("token_type"), count)?;
        let mut roles = tokens
            .iter()
            .enumerate()
            .map(|(i, token)| role(token, types.as_ref().map_or(1, |types| types[i])))
            .collect::<Result<Vec<_>, _>>()?;
        // Some Mistral files carry scores as integers, all zero, for want of any.
        let scores = match family {
            Family::ByteLevel => Vec::new(),
            Family::SentencePiece => header
                .f32s(&key("scores"), count)?
                .filter(|scores| scores.iter().all(|score| score.is_finite()))
                .ok_or_else(|| EngineError::malformed("scores of the tokens"))?,
        };
        let merges = match family {
            Family::ByteLevel => header
                .strings(&key("merges"))?
                .ok_or_else(|| EngineError::malformed("no merges"))?,
            Family::SentencePiece => Vec::new(),
        };
        let id = |name: &str| header.u32(&key(name), 0..=count as u32 - 1);
        for name in ["unknown_token_id", "padding_token_id", "eot_token_id"] {
            id(name)?;
        }
        // SentencePiece's customary ids where the file names none; checked like the others.
        let customary = |id: u32| match family {
            Family::SentencePiece if (id as usize) < count => Some(id),
            _ => None,
        };
        let begin = id("bos_token_id")?.or(customary(1));
        let end = id("eos_token_id")?.or(customary(2));
        for id in [begin, end].into_iter().flatten() {
            let role = &mut roles[id as usize];
            if *role == Role::Verbatim {
                *role = Role::Control;
            }
        }
        let add_begin = header
            .bool(&key("add_bos_token"))?
            .unwrap_or(matches!(family, Family::SentencePiece));
        Ok(Self {
            family,
            pre: header.str(&key("pre"))?.unwrap_or("default"),
            tokens,
            roles,
            merges,
            scores,
            begin: begin.filter(|_| add_begin).map(TokenId),
            end: end.map(TokenId),
            space_prefix: header.bool(&key("add_space_prefix"))?.unwrap_or(true),
        })
    }

    /// Bytes that its tokenizer takes once built.
    pub(crate) fn bytes(&self) -> u64 {
        self.cost() / 2
    }

    /// Bytes that its tokenizer takes at most while it is built.
    fn cost(&self) -> u64 {
        let text: usize = self.tokens.iter().map(|token| token.len()).sum();
        let [tokens, merges, text] = [self.tokens.len(), self.merges.len(), text].map(|n| n as u64);
        tokens * TOKEN_COST + merges * MERGE_COST + text * TEXT_COST
    }

    /// Refuses a vocabulary whose tokenizer would take more memory than its file has bytes, and
    /// some: it would be another model's, or no model's.
    pub(crate) fn affordable(&self, file_bytes: u64) -> Result<(), EngineError> {
        match self.cost() > file_bytes + MARGIN {
            true => Err(EngineError::malformed("a vocabulary larger than its model")),
            false => Ok(()),
        }
    }

    /// Whether a text begins with the space that separates words.
    pub(crate) fn prefixed(&self) -> bool {
        self.family == Family::SentencePiece && self.space_prefix
    }

    /// The control token of a name.
    pub(crate) fn control(&self, name: &str) -> Option<TokenId> {
        let position = self
            .tokens
            .iter()
            .zip(&self.roles)
            .position(|(token, role)| *token == name && *role == Role::Control)?;
        Some(TokenId(position as u32))
    }
}

/// The role of a token from its type in the file (`llama.cpp`: 1 normal, 2 unknown, 3 control,
/// 4 user-defined, 5 unused, 6 byte).
fn role(token: &str, kind: i32) -> Result<Role, EngineError> {
    match kind {
        1 => Ok(Role::Text),
        4 if verbatim(token) => Ok(Role::Verbatim),
        2..=5 => Ok(Role::Control),
        6 => byte(token)
            .map(Role::Byte)
            .ok_or_else(|| EngineError::malformed("a byte token that names no byte")),
        _ => Err(EngineError::malformed("a token of unknown type")),
    }
}

/// The longest run of one blank that is a token.
const MAX_RUN: usize = 64;
/// The elements whose tags Gemma's vocabulary holds.
const TAGS: [&str; 34] = [
    "a",
    "b",
    "bbox",
    "blockquote",
    "body",
    "caption",
    "code",
    "div",
    "em",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "html",
    "i",
    "iframe",
    "img",
    "li",
    "s",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
];

/// Whether a user-defined token is plain text all the same: a run of one blank, or the tag of a
/// known HTML element. What else files call user-defined, `<start_of_image>` or `<|user|>`, steers
/// the model, and a text must not. Nor `</s>`: a tag to Gemma, it ends a text elsewhere, and
/// llama.cpp refuses it too.
fn verbatim(token: &str) -> bool {
    let run = |blank: char| token.chars().all(|c| c == blank) && token.len() <= MAX_RUN;
    let tag = || {
        let inside = token.strip_prefix('<')?.strip_suffix('>')?;
        let name = inside.strip_prefix('/').unwrap_or(inside);
        TAGS.binary_search(&name).ok()
    };
    let other = || token.is_empty() || token == "</s>";
    !other() && ([' ', '\n', '\t'].into_iter().any(run) || tag().is_some())
}

/// The byte that `<0xFF>` names: exactly two hexadecimal digits.
fn byte(token: &str) -> Option<u8> {
    let digits = token.strip_prefix("<0x")?.strip_suffix('>')?;
    if digits.len() != 2 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_token_has_exactly_two_digits() {
        assert_eq!(byte("<0x0A>"), Some(10));
        for bad in [
            "<0x-1>", "<0xZZ>", "<0x+1>", "<0xA>", "<0x0AB>", "0x0A", "<0x>", "<0xé>",
        ] {
            assert_eq!(byte(bad), None, "{bad}");
        }
        assert!(role("<0x-1>", 6).is_err() && role("a", 0).is_err() && role("a", 7).is_err());
    }

    #[test]
    fn of_the_user_defined_only_blanks_and_tags_are_text() {
        assert!(TAGS.is_sorted());
        for text in [
            "\n", "\n\n\n", "  ", "\t", "<td>", "</td>", "<h1>", "<s>", "<bbox>",
        ] {
            assert_eq!(role(text, 4).unwrap(), Role::Verbatim, "{text:?}");
            assert_eq!(role(text, 3).unwrap(), Role::Control, "{text:?}");
        }
        let long = " ".repeat(MAX_RUN + 1);
        for steering in [
            "<start_of_image>",
            "<start_of_turn>",
            "[multimodal]",
            "<|user|>",
            "<eos>",
            "</s>",
            "<//s>",
            "<>",
            "",
            " \n",
            &long,
        ] {
            assert_eq!(role(steering, 4).unwrap(), Role::Control, "{steering:?}");
        }
    }
}
