//! Tokens taken whole wherever their text stands, before anything is split or merged: the longest
//! at each place, from left to right.

use crate::TokenId;
use crate::vocabulary::{Role, Vocabulary};

/// A vocabulary's verbatim tokens.
pub(super) struct Verbatim {
    /// Text and token; the longest first among those of one first byte, which are neighbours.
    tokens: Vec<(String, TokenId)>,
    /// Where the tokens of each first byte are.
    places: [(usize, usize); 256],
}

impl Verbatim {
    pub(super) fn new(vocabulary: &Vocabulary<'_>) -> Self {
        let all = vocabulary.tokens.iter().zip(&vocabulary.roles).zip(0..);
        let mut tokens: Vec<(String, TokenId)> = all
            .filter(|((_, role), _)| **role == Role::Verbatim)
            .map(|((token, _), id)| ((*token).to_owned(), TokenId(id)))
            .collect();
        let first = |text: &str| text.bytes().next().unwrap_or_default();
        tokens.sort_by_key(|(text, _)| (first(text), std::cmp::Reverse(text.len())));
        let mut places = [(0, 0); 256];
        for (index, (text, _)) in tokens.iter().enumerate() {
            let place = &mut places[usize::from(first(text))];
            place.0 = if place.1 == 0 { index } else { place.0 };
            place.1 = index + 1;
        }
        Self { tokens, places }
    }

    /// The next verbatim token of a text: where it begins and ends, and which it is.
    pub(super) fn find(&self, text: &str) -> Option<(usize, usize, TokenId)> {
        text.bytes().enumerate().find_map(|(at, byte)| {
            let (from, to) = self.places[usize::from(byte)];
            let rest = &text.as_bytes()[at..];
            let mut tokens = self.tokens[from..to].iter();
            let (found, token) = tokens.find(|(token, _)| rest.starts_with(token.as_bytes()))?;
            Some((at, at + found.len(), *token))
        })
    }
}
