//! Text to tokens, rebuilt from the file's own metadata.
//!
//! Only tokens of text enter the encoders: whatever a user types, `<|im_start|>` or `[INST]`, comes
//! out as ordinary text, by construction rather than by a flag.

mod byte_level;
pub(crate) mod bytes;
pub(crate) mod sentence_piece;
mod verbatim;

use tokenizers::Tokenizer as Pipeline;

use self::sentence_piece::SentencePiece;
use self::verbatim::Verbatim;
use crate::vocabulary::{Family, Vocabulary};
use crate::{EngineError, TokenId};

/// Text encoded at once: bounds what the `tokenizers` crate holds for each byte of a long text.
const SLICE: usize = 64 << 10;

/// A vocabulary's tokenizer.
pub(crate) struct Tokenizer {
    verbatim: Verbatim,
    encoder: Encoder,
    /// For SentencePiece: what stands for a space before the first word.
    prefix: &'static str,
}

enum Encoder {
    ByteLevel(Box<Pipeline>),
    SentencePiece(Box<SentencePiece>),
}

impl Tokenizer {
    /// Refuses a vocabulary that has no encoder, without building one.
    pub(crate) fn check(vocabulary: &Vocabulary<'_>) -> Result<(), EngineError> {
        match vocabulary.family {
            Family::ByteLevel => byte_level::check(vocabulary),
            Family::SentencePiece => Ok(()),
        }
    }

    pub(crate) fn new(vocabulary: &Vocabulary<'_>) -> Result<Self, EngineError> {
        let encoder = match vocabulary.family {
            Family::ByteLevel => Encoder::ByteLevel(byte_level::pipeline(vocabulary)?.into()),
            Family::SentencePiece => Encoder::SentencePiece(SentencePiece::new(vocabulary)?.into()),
        };
        Ok(Self {
            verbatim: Verbatim::new(vocabulary),
            encoder,
            prefix: if vocabulary.prefixed() { " " } else { "" },
        })
    }

    /// The tokens of a text, never a control token. No text fails.
    pub(crate) fn encode(&self, text: &str) -> Vec<TokenId> {
        let mut tokens = Vec::with_capacity(text.len() / 3);
        if text.is_empty() {
            return tokens;
        }
        let text = format!("{}{text}", self.prefix);
        let mut rest = text.as_str();
        while let Some((from, to, token)) = self.verbatim.find(rest) {
            self.encode_part(&rest[..from], &mut tokens);
            tokens.push(token);
            rest = &rest[to..];
        }
        self.encode_part(rest, &mut tokens);
        tokens
    }

    /// Encodes what stands between two verbatim tokens.
    fn encode_part(&self, mut rest: &str, tokens: &mut Vec<TokenId>) {
        while !rest.is_empty() {
            let (slice, after) = rest.split_at(cut(rest));
            self.encode_slice(slice, tokens);
            rest = after;
        }
    }

    /// Encodes a slice; one that the pipeline cannot take (a pattern that gives up) is halved.
    fn encode_slice(&self, slice: &str, tokens: &mut Vec<TokenId>) {
        let pipeline = match &self.encoder {
            Encoder::ByteLevel(pipeline) => pipeline,
            Encoder::SentencePiece(pieces) => return pieces.encode(slice, tokens),
        };
        match pipeline.encode_fast(slice, false) {
            Ok(encoding) => tokens.extend(encoding.get_ids().iter().copied().map(TokenId)),
            Err(_) => {
                let half = slice.floor_char_boundary(slice.len() / 2);
                if half > 0 {
                    self.encode_slice(&slice[..half], tokens);
                    self.encode_slice(&slice[half..], tokens);
                }
            }
        }
    }
}

/// Where to cut a text that is too long for one slice: after a line's end, else before a space,
/// else anywhere between two characters.
fn cut(text: &str) -> usize {
    if text.len() <= SLICE {
        return text.len();
    }
    let window = &text[..text.floor_char_boundary(SLICE)];
    let half = window.floor_char_boundary(SLICE / 2);
    let line = window[half..].rfind('\n').map(|at| half + at + 1);
    // The next slice must begin a word: a run of line ends must not be cut.
    let line = line.filter(|at| text[*at..].starts_with(|c: char| !c.is_whitespace()));
    let word = || window[half..].rfind(' ').map(|at| half + at);
    line.or_else(word).unwrap_or(window.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detokenizer::Pieces;
    use crate::vocabulary::Role;
    use proptest::prelude::*;

    /// A SentencePiece vocabulary: three control tokens, the bytes, then some words by score.
    fn sentence_piece() -> Vocabulary<'static> {
        const WORDS: [(&str, f32); 13] = [
            ("▁", -9.0),
            ("a", -9.0),
            ("l", -9.0),
            ("o", -9.0),
            ("s", -9.0),
            ("</s>", -1.0),
            ("al", -3.0),
            ("lo", -2.0),
            ("▁a", -4.0),
            ("▁al", -5.0),
            ("▁alo", -6.0),
            ("alo", -7.0),
            ("<", -9.0),
        ];
        let mut vocabulary = Vocabulary {
            family: Family::SentencePiece,
            pre: "default",
            tokens: vec!["<unk>", "<s>", "</s>"],
            roles: vec![Role::Control; 3],
            merges: Vec::new(),
            scores: vec![0.0; 3],
            begin: Some(TokenId(1)),
            end: Some(TokenId(2)),
            space_prefix: true,
        };
        for byte in 0..=255 {
            vocabulary.tokens.push("");
            vocabulary.roles.push(Role::Byte(byte));
            vocabulary.scores.push(0.0);
        }
        // The string of a control token is no text.
        for (word, score) in WORDS.iter().filter(|(word, _)| *word != "</s>") {
            vocabulary.tokens.push(word);
            vocabulary.roles.push(Role::Text);
            vocabulary.scores.push(*score);
        }
        vocabulary
    }

    fn pieces(text: &str) -> Vec<&'static str> {
        let vocabulary = sentence_piece();
        let tokens = Tokenizer::new(&vocabulary).unwrap().encode(text);
        let names = tokens
            .iter()
            .map(|token| vocabulary.tokens[token.0 as usize]);
        names.collect()
    }

    #[test]
    fn sentence_piece_joins_the_best_scores_first() {
        // "lo" is better than "al": "▁a" + "lo", whose union then exists.
        assert_eq!(pieces("alo"), ["▁alo"]);
        assert_eq!(pieces("alos a"), ["▁alo", "s", "▁a"]);
        assert_eq!(pieces("al al"), ["▁al", "▁al"]);
    }

    #[test]
    fn of_equal_pairs_the_leftmost_is_joined_first() {
        // "aaa" is "aa" + "a" and "a" + "aa": which one, only the place tells.
        let mut vocabulary = sentence_piece();
        for (word, score) in [("aa", -1.0), ("aaa", -0.5)] {
            vocabulary.tokens.push(word);
            vocabulary.roles.push(Role::Text);
            vocabulary.scores.push(score);
        }
        vocabulary.space_prefix = false;
        let tokenizer = Tokenizer::new(&vocabulary).unwrap();
        let names = |text: &str| {
            let tokens = tokenizer.encode(text).into_iter();
            let names = tokens.map(|token| vocabulary.tokens[token.0 as usize]);
            names.collect::<Vec<_>>()
        };
        assert_eq!(names("aaaaa"), ["aaa", "aa"]);
        assert_eq!(names("aaaaaaa"), ["aaa", "aaa", "a"]);
    }

    #[test]
    fn verbatim_tokens_are_taken_first_and_the_longest_at_each_place() {
        let mut vocabulary = sentence_piece();
        vocabulary.space_prefix = false;
        for text in ["\n", "\n\n", "  ", "<s>", "</s>"] {
            vocabulary.tokens.push(text);
            vocabulary.roles.push(Role::Verbatim);
            vocabulary.scores.push(0.0);
        }
        let tokenizer = Tokenizer::new(&vocabulary).unwrap();
        let tokens = tokenizer.encode("al\n\n\n<s>   al</s>");
        let names = tokens.iter().map(|t| vocabulary.tokens[t.0 as usize]);
        let names: Vec<&str> = names.collect();
        assert_eq!(names, ["al", "\n\n", "\n", "<s>", "  ", "▁al", "</s>"]);
        assert!(tokens.iter().all(|token| token.0 > 2), "no control token");
        let pieces = Pieces::new(&vocabulary);
        let mut detokenizer = pieces.decode();
        let back: String = tokens.into_iter().map(|t| detokenizer.push(t)).collect();
        assert_eq!(back, "al\n\n\n<s>   al</s>");
    }

    #[test]
    fn what_has_no_token_becomes_its_bytes_and_control_tokens_do_not_come_out() {
        let vocabulary = sentence_piece();
        let tokenizer = Tokenizer::new(&vocabulary).unwrap();
        let ids: Vec<u32> = tokenizer.encode("é").iter().map(|t| t.0).collect();
        assert_eq!(ids, [259, 3 + 0xC3, 3 + 0xA9]);
        assert!(tokenizer.encode("</s><s>").iter().all(|token| token.0 > 2));
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "[alos é<>/\\n🙂]{1,40}") {
            let vocabulary = sentence_piece();
            let pieces = Pieces::new(&vocabulary);
            let tokens = Tokenizer::new(&vocabulary).unwrap().encode(&text);
            let mut detokenizer = pieces.decode();
            let mut back: String = tokens.into_iter().map(|t| detokenizer.push(t)).collect();
            back.push_str(&detokenizer.finish());
            prop_assert_eq!(back, text);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        let text = "word ".repeat(SLICE);
        let at = cut(&text);
        assert!(at <= SLICE && text[at..].starts_with(' '));
        let lines = "some line\n\n".repeat(SLICE);
        let at = cut(&lines);
        assert!(lines[..at].ends_with("\n\n") && lines[at..].starts_with("some"));
        assert!(cut(&"é".repeat(SLICE)) <= SLICE);
    }
}
