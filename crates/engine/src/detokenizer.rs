//! Tokens back to text, as they come: never half a character.

use crate::TokenId;
use crate::tokenizer::bytes::byte_of;
use crate::tokenizer::sentence_piece::SPACE;
use crate::vocabulary::{Family, Role, Vocabulary};

/// The bytes of every token of a vocabulary.
pub(crate) struct Pieces {
    bytes: Vec<u8>,
    /// Where each token's bytes end.
    ends: Vec<usize>,
    /// Whether a text begins with the space that separates words.
    prefixed: bool,
}

impl Pieces {
    pub(crate) fn new(vocabulary: &Vocabulary<'_>) -> Self {
        let mut bytes = Vec::new();
        let mut ends = Vec::with_capacity(vocabulary.tokens.len());
        for (token, role) in vocabulary.tokens.iter().zip(&vocabulary.roles) {
            match (role, vocabulary.family) {
                (Role::Control, _) => {}
                (Role::Byte(byte), _) => bytes.push(*byte),
                (Role::Verbatim, _) => bytes.extend(token.bytes()),
                (Role::Text, Family::ByteLevel) => {
                    for character in token.chars() {
                        match byte_of(character) {
                            Some(byte) => bytes.push(byte),
                            None => bytes.extend(character.encode_utf8(&mut [0; 4]).bytes()),
                        }
                    }
                }
                (Role::Text, Family::SentencePiece) => {
                    bytes.extend(token.replace(SPACE, " ").bytes())
                }
            }
            ends.push(bytes.len());
        }
        Self {
            bytes,
            ends,
            prefixed: vocabulary.prefixed(),
        }
    }

    /// Tokens of the vocabulary.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of a token; none for a control token.
    pub(crate) fn get(&self, token: TokenId) -> &[u8] {
        let index = token.0 as usize;
        let Some(&end) = self.ends.get(index) else {
            return &[];
        };
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..end]
    }

    /// A detokenizer of these pieces.
    pub(crate) fn decode(&self) -> Detokenizer<'_> {
        Detokenizer {
            pieces: self,
            pending: Vec::new(),
            first: true,
        }
    }
}

/// One answer's detokenizer.
pub(crate) struct Detokenizer<'a> {
    pieces: &'a Pieces,
    /// The beginning of a character whose end has not come.
    pending: Vec<u8>,
    first: bool,
}

impl Detokenizer<'_> {
    /// Adds a token, and gives the characters that are now whole.
    pub(crate) fn push(&mut self, token: TokenId) -> String {
        let mut bytes = self.pieces.get(token);
        if self.first && self.pieces.prefixed {
            bytes = bytes.strip_prefix(b" ").unwrap_or(bytes);
        }
        self.first &= self.pieces.get(token).is_empty();
        self.pending.extend(bytes);
        let mut text = String::new();
        let mut kept = 0;
        for chunk in self.pending.utf8_chunks() {
            text.push_str(chunk.valid());
            kept += chunk.valid().len();
            let rest = &self.pending[kept..];
            if incomplete(rest) {
                break;
            }
            if !chunk.invalid().is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
                kept += chunk.invalid().len();
            }
        }
        self.pending.drain(..kept);
        text
    }

    /// What is left at the end: a character that never came whole shows as U+FFFD.
    pub(crate) fn finish(self) -> String {
        String::from_utf8_lossy(&self.pending).into_owned()
    }
}

/// Whether `bytes` are the beginning of one character and nothing more.
fn incomplete(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => false,
        Err(error) => error.valid_up_to() == 0 && error.error_len().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A vocabulary of the 256 bytes, whose token n is byte n.
    fn bytes() -> Pieces {
        Pieces {
            bytes: (0..=255).collect(),
            ends: (1..=256).collect(),
            prefixed: false,
        }
    }

    fn stream(bytes: &[u8], pieces: &Pieces) -> Vec<String> {
        let mut detokenizer = pieces.decode();
        let mut out: Vec<String> = bytes
            .iter()
            .map(|byte| detokenizer.push(TokenId(u32::from(*byte))))
            .collect();
        out.push(detokenizer.finish());
        out
    }

    proptest! {
        #[test]
        fn any_text_comes_back_whole_characters_at_a_time(text in ".{0,60}") {
            let out = stream(text.as_bytes(), &bytes());
            prop_assert_eq!(out.concat(), text);
            prop_assert!(out.iter().all(|part| part.chars().count() <= 1));
        }

        #[test]
        fn any_bytes_decode_as_the_standard_library_does(bytes_in in proptest::collection::vec(any::<u8>(), 0..60)) {
            let out = stream(&bytes_in, &bytes()).concat();
            prop_assert_eq!(out, String::from_utf8_lossy(&bytes_in));
        }
    }

    #[test]
    fn an_emoji_waits_for_its_last_byte() {
        assert_eq!(stream("🙂".as_bytes(), &bytes()), ["", "", "", "🙂", ""]);
        assert_eq!(stream(&[0xF0, 0x9F], &bytes()).concat(), "\u{FFFD}");
    }

    #[test]
    fn a_token_outside_the_vocabulary_is_no_text() {
        assert_eq!(bytes().get(TokenId(256)), b"");
        assert_eq!(bytes().get(TokenId(u32::MAX)), b"");
    }
}
