//! SentencePiece BPE: of all adjacent pairs whose union is a token, the one of the best score is
//! joined, the leftmost among equals, until none is left; what is then no token becomes its bytes.
//! (Kudo and Richardson, arXiv 1808.06226; llama.cpp's `llm_tokenizer_spm` chooses alike.)
//!
//! Scores rank the joins directly: no list of merges is rebuilt, so that a vocabulary of any shape
//! costs no more than its size.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};

use crate::vocabulary::{Role, Vocabulary};
use crate::{EngineError, TokenId};

/// What stands for a space.
pub(crate) const SPACE: &str = "▁";
/// No symbol.
const NONE: usize = usize::MAX;

/// A vocabulary's tokens of text.
pub(super) struct SentencePiece {
    tokens: HashMap<Box<str>, (TokenId, Score)>,
    bytes: [TokenId; 256],
    /// Bytes of the longest token.
    longest: usize,
}

/// A finite score; 0 and −0 are one.
#[derive(Clone, Copy)]
struct Score(f32);

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}
impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Score {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Score {}

/// A stretch of the text, and its neighbours in what is left of the symbols.
struct Symbol {
    start: usize,
    /// Empty once joined to the symbol before.
    length: usize,
    before: usize,
    after: usize,
}

/// Two neighbours that may be joined: the best score first, then the leftmost. The length tells
/// whether they are still what they were.
type Pair = (Score, Reverse<usize>, usize, usize);

impl SentencePiece {
    pub(super) fn new(vocabulary: &Vocabulary<'_>) -> Result<Self, EngineError> {
        let mut tokens = HashMap::with_capacity(vocabulary.tokens.len());
        let mut bytes = [None; 256];
        let mut longest = 0;
        let rows = vocabulary.tokens.iter().zip(&vocabulary.roles);
        for ((id, (token, role)), score) in (0..).map(TokenId).zip(rows).zip(&vocabulary.scores) {
            let earlier = match role {
                Role::Control | Role::Verbatim => continue,
                Role::Byte(byte) => bytes[usize::from(*byte)].replace(id).is_some(),
                Role::Text => {
                    longest = longest.max(token.len());
                    let score = Score(score + 0.0);
                    tokens.insert((*token).into(), (id, score)).is_some()
                }
            };
            if earlier {
                return Err(EngineError::malformed("a token twice"));
            }
        }
        // Without a byte's own token, some text would vanish.
        let absent = || EngineError::malformed("a byte without its token");
        let mut all = [TokenId(0); 256];
        for (to, byte) in all.iter_mut().zip(bytes) {
            *to = byte.ok_or_else(absent)?;
        }
        Ok(Self {
            tokens,
            bytes: all,
            longest,
        })
    }

    /// Adds the tokens of a text.
    pub(super) fn encode(&self, text: &str, out: &mut Vec<TokenId>) {
        let text = text.replace(' ', SPACE);
        let mut symbols: Vec<Symbol> = text
            .char_indices()
            .enumerate()
            .map(|(index, (start, character))| Symbol {
                start,
                length: character.len_utf8(),
                before: index.wrapping_sub(1),
                after: index + 1,
            })
            .collect();
        if let Some(last) = symbols.last_mut() {
            last.after = NONE;
        }
        let mut pairs = BinaryHeap::new();
        for right in 1..symbols.len() {
            pairs.extend(self.pair(&text, &symbols, right - 1, right));
        }
        while let Some((_, Reverse(left), right, length)) = pairs.pop() {
            let [a, b] = [left, right].map(|at| symbols[at].length);
            if a == 0 || b == 0 || a + b != length {
                continue;
            }
            let after = symbols[right].after;
            symbols[right].length = 0;
            symbols[left].length = length;
            symbols[left].after = after;
            if let Some(next) = symbols.get_mut(after) {
                next.before = left;
            }
            let before = symbols[left].before;
            pairs.extend(self.pair(&text, &symbols, before, left));
            pairs.extend(self.pair(&text, &symbols, left, after));
        }
        for symbol in symbols.iter().filter(|symbol| symbol.length > 0) {
            let piece = &text[symbol.start..][..symbol.length];
            match self.tokens.get(piece) {
                Some((token, _)) => out.push(*token),
                None => out.extend(piece.bytes().map(|byte| self.bytes[usize::from(byte)])),
            }
        }
    }

    /// Two neighbours, if both are there and their union is a token.
    fn pair(&self, text: &str, symbols: &[Symbol], left: usize, right: usize) -> Option<Pair> {
        let (a, b) = (symbols.get(left)?, symbols.get(right)?);
        let length = a.length + b.length;
        if length > self.longest {
            return None;
        }
        let (_, score) = self.tokens.get(&text[a.start..][..length])?;
        Some((*score, Reverse(left), right, length))
    }
}
