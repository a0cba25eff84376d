//! What a session reads: tokens, and the pictures that some of them stand for.

use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::{EngineError, TokenId};

/// A picture as the model sees it: a grid of cells, each a state of the model's own width.
///
/// In a prompt it is `rows` lines of `columns` cells, each line followed by one token that ends it.
/// Not `Debug`: it is content.
pub struct Picture {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    /// `[rows · columns, hidden]`
    pub(crate) cells: Vec<f32>,
    /// SHA-256 of the cells.
    pub(crate) digest: [u8; 32],
}

impl Picture {
    /// A picture of cells computed elsewhere, `[rows · columns, hidden]`.
    /// [`EngineError::InvalidPrompt`] unless every cell is there, and finite.
    pub fn new(columns: usize, rows: usize, cells: Vec<f32>) -> Result<Self, EngineError> {
        let count = columns.checked_mul(rows).filter(|count| *count > 0);
        let whole =
            count.is_some_and(|count| !cells.is_empty() && cells.len().is_multiple_of(count));
        if !whole || !cells.iter().all(|value| value.is_finite()) {
            return Err(EngineError::InvalidPrompt);
        }
        let mut digest = Sha256::new();
        digest.update(columns.to_le_bytes());
        for value in &cells {
            digest.update(value.to_le_bytes());
        }
        Ok(Self {
            columns,
            rows,
            digest: digest.finalize().into(),
            cells,
        })
    }

    /// Cells of a row.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Rows of cells.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The cells, `[rows · columns, hidden]`.
    #[must_use]
    pub fn cells(&self) -> &[f32] {
        &self.cells
    }

    /// Tokens that it takes in a prompt.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.rows * (self.columns + 1)
    }
}

/// Tokens in order, of which some runs stand for pictures. Not `Debug`: it is content.
#[derive(Clone, Default)]
pub struct Prompt {
    pub(crate) tokens: Vec<TokenId>,
    /// Each picture and where its run begins, in order.
    pub(crate) pictures: Vec<(usize, Arc<Picture>)>,
}

impl From<Vec<TokenId>> for Prompt {
    fn from(tokens: Vec<TokenId>) -> Self {
        Self {
            tokens,
            pictures: Vec::new(),
        }
    }
}

impl Prompt {
    /// Its tokens.
    #[must_use]
    pub fn tokens(&self) -> &[TokenId] {
        &self.tokens
    }

    /// Tokens, in number.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Its pictures and where each begins, in order.
    pub fn pictures(&self) -> impl Iterator<Item = (usize, &Picture)> {
        self.pictures
            .iter()
            .map(|(start, picture)| (*start, &**picture))
    }

    /// The cell of a picture that a position stands for; nothing where it is a token like another.
    pub(crate) fn cell(&self, position: usize) -> Option<&[f32]> {
        let after = self
            .pictures
            .partition_point(|(start, _)| *start <= position);
        let (start, picture) = self.pictures.get(after.checked_sub(1)?)?;
        let (row, column) = (
            (position - start) / (picture.columns + 1),
            (position - start) % (picture.columns + 1),
        );
        if row >= picture.rows || column == picture.columns {
            return None;
        }
        let hidden = picture.cells.len() / (picture.rows * picture.columns);
        let at = (row * picture.columns + column) * hidden;
        picture.cells.get(at..at + hidden)
    }

    /// Positions from the start that read the same in both, pictures included.
    pub(crate) fn common(&self, other: &Self) -> usize {
        let pairs = self.tokens.iter().zip(&other.tokens);
        let tokens = pairs.take_while(|(a, b)| a == b).count();
        let key = |(start, picture): &(usize, Arc<Picture>)| (*start, picture.digest);
        let mut theirs = other.pictures.iter().map(key);
        let mut ours = self.pictures.iter().map(key);
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return tokens,
                (a, b) if a == b => {}
                (a, b) => {
                    let differ = [a, b].into_iter().flatten().map(|(start, _)| start);
                    return differ.fold(tokens, usize::min);
                }
            }
        }
    }

    /// Keeps the first `length` positions. A picture cut short is forgotten, and so are the
    /// positions after its beginning.
    pub(crate) fn truncate(&mut self, length: usize) -> usize {
        let mut length = length.min(self.tokens.len());
        while let Some((start, picture)) = self.pictures.last() {
            if start + picture.tokens() <= length {
                break;
            }
            length = length.min(*start);
            self.pictures.pop();
        }
        self.tokens.truncate(length);
        length
    }

    /// Adds some positions of another prompt, which follow those of this one.
    pub(crate) fn extend(&mut self, other: &Self, range: Range<usize>) {
        let pictures = other.pictures.iter();
        let begun = pictures.filter(|(start, _)| range.contains(start)).cloned();
        self.pictures.extend(begun);
        self.tokens.extend(&other.tokens[range]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(digest: u8) -> Arc<Picture> {
        Arc::new(Picture {
            columns: 2,
            rows: 2,
            cells: (0..8u8).map(f32::from).collect(),
            digest: [digest; 32],
        })
    }

    fn prompt(digest: u8, last: u32) -> Prompt {
        Prompt {
            tokens: [1, 10, 10, 12, 10, 10, 13, last].map(TokenId).to_vec(),
            pictures: vec![(1, picture(digest))],
        }
    }

    #[test]
    fn a_cell_stands_where_the_pictures_token_does() {
        let prompt = prompt(0, 5);
        let cells: Vec<_> = (0..9).map(|at| prompt.cell(at)).collect();
        let cell = |from: f32| vec![from, from + 1.0];
        assert_eq!(
            cells
                .iter()
                .map(|cell| cell.map(<[f32]>::to_vec))
                .collect::<Vec<_>>(),
            [
                None,
                Some(cell(0.0)),
                Some(cell(2.0)),
                None,
                Some(cell(4.0)),
                Some(cell(6.0)),
                None,
                None,
                None
            ]
        );
    }

    #[test]
    fn what_is_common_ends_before_another_picture() {
        assert_eq!(prompt(0, 5).common(&prompt(0, 6)), 7);
        assert_eq!(prompt(0, 5).common(&prompt(1, 5)), 1);
        let text = Prompt::from(prompt(0, 5).tokens);
        assert_eq!(text.common(&prompt(0, 5)), 1);
    }

    #[test]
    fn a_prompt_is_never_cut_inside_a_picture() {
        for (length, kept) in [(9, 8), (7, 7), (6, 1), (1, 1), (0, 0)] {
            let mut cut = prompt(0, 5);
            assert_eq!(cut.truncate(length), kept);
            assert_eq!(cut.pictures.len(), usize::from(kept >= 7));
        }
        let mut grown = Prompt::default();
        grown.extend(&prompt(0, 5), 0..3);
        grown.extend(&prompt(0, 5), 3..8);
        assert_eq!(grown.common(&prompt(0, 5)), 8);
    }
}
