//! Pages for what has none: whole paragraphs up to about 3,000 characters.

use privacy::Private;

use crate::document::{Block, BlockKind, Line, Page, PageNumber, Rect};

/// About what a printed page of running text holds, in characters.
const PAGE: usize = 3000;

/// Cuts a flow of paragraphs into pages.
#[derive(Default)]
pub(super) struct Paginator {
    done: Vec<Vec<Block>>,
    page: Vec<Block>,
    filled: usize,
}

impl Paginator {
    /// Adds a paragraph, on a new page if it does not fit on this one. One longer than a page is
    /// cut between lines; a line longer than a page, between words.
    pub(super) fn push<'a>(&mut self, kind: BlockKind, lines: impl IntoIterator<Item = &'a str>) {
        let lines: Vec<&str> = lines
            .into_iter()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let whole: usize = lines.iter().map(|line| line.chars().count()).sum();
        if self.filled + whole > PAGE {
            self.break_page();
        }
        let mut block = Vec::new();
        for piece in lines.into_iter().flat_map(pieces) {
            let length = piece.chars().count();
            if self.filled + length > PAGE {
                self.end_block(kind, &mut block);
                self.break_page();
            }
            self.filled += length;
            let text = Private::new(piece.trim_end().to_owned());
            block.push(Line {
                text,
                bounds: Rect::default(),
            });
        }
        self.end_block(kind, &mut block);
    }

    /// Ends the page if it holds anything.
    pub(super) fn break_page(&mut self) {
        self.filled = 0;
        if !self.page.is_empty() {
            self.done.push(std::mem::take(&mut self.page));
        }
    }

    /// Ends the page even if it is blank.
    pub(super) fn form_feed(&mut self) {
        self.filled = 0;
        self.done.push(std::mem::take(&mut self.page));
    }

    /// The pages, numbered.
    pub(super) fn finish(mut self) -> Vec<Page> {
        self.break_page();
        let numbers = (1..).map_while(PageNumber::new);
        let pages = numbers.zip(self.done).map(|(number, blocks)| Page {
            number,
            width: 0.0,
            height: 0.0,
            blocks,
            fault: None,
            picture: None,
        });
        pages.collect()
    }

    fn end_block(&mut self, kind: BlockKind, lines: &mut Vec<Line>) {
        if !lines.is_empty() {
            self.page.push(Block {
                kind,
                lines: std::mem::take(lines),
            });
        }
    }
}

/// A line in pieces that each fit on a page.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .char_indices()
            .nth(PAGE)
            .map_or(rest.len(), |(limit, _)| {
                let blank = rest[..limit].rfind(char::is_whitespace);
                blank.map_or(limit, |at| at + 1).min(limit)
            });
        let (piece, tail) = rest.split_at(end);
        rest = tail.trim_start();
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(paragraphs: &[String]) -> Vec<String> {
        let mut paginator = Paginator::default();
        for paragraph in paragraphs {
            paginator.push(BlockKind::Paragraph, paragraph.lines());
        }
        paginator.finish().iter().map(Page::text).collect()
    }

    #[test]
    fn paragraphs_stay_whole_and_nothing_is_lost() {
        let paragraphs: Vec<String> = (0..40)
            .map(|i| format!("{i} {}", "mot ".repeat(60)))
            .collect();
        let pages = pages(&paragraphs);
        assert!(pages.len() > 2 && pages.iter().all(|page| page.chars().count() < 3200));
        let words: Vec<&str> = pages
            .iter()
            .flat_map(|page| page.split_whitespace())
            .collect();
        let original: Vec<&str> = paragraphs
            .iter()
            .flat_map(|p| p.split_whitespace())
            .collect();
        assert_eq!(words, original);
        for page in pages {
            assert!(
                page.split("\n\n")
                    .all(|paragraph| paragraph.split(' ').count() == 61)
            );
        }
    }

    #[test]
    fn a_line_without_end_is_cut_between_words() {
        let line = "éàç ".repeat(5000) + &"x".repeat(7000);
        let pages = pages(std::slice::from_ref(&line));
        assert!(pages.iter().all(|page| page.chars().count() <= PAGE));
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(squeezed(&pages.concat()), squeezed(&line));
    }
}
