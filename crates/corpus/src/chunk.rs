//! A document becomes passages: pieces of one page, small enough to be compared and cited.

use documents::{Document, Page, PageNumber};
use privacy::Private;

/// Characters a passage aims at: about a long paragraph, which is also what an answer cites.
const AIM: usize = 700;

/// A piece of one page.
#[derive(Debug, Clone)]
pub struct Passage {
    /// The page it stands on.
    pub page: PageNumber,
    /// Its text, blocks separated by line ends.
    pub text: Private<String>,
}

/// Cuts each page into passages of whole blocks, a heading going with what follows it. A block
/// longer than a passage is cut between sentences. No passage spans two pages.
#[must_use]
pub fn chunk(document: &Document) -> Vec<Passage> {
    document.pages.iter().flat_map(page_passages).collect()
}

fn page_passages(page: &Page) -> Vec<Passage> {
    let mut passages = Vec::new();
    let mut current = String::new();
    let mut flush = |current: &mut String| {
        if !current.trim().is_empty() {
            passages.push(Passage {
                page: page.number,
                text: Private::new(std::mem::take(current)),
            });
        }
        current.clear();
    };
    for block in &page.blocks {
        let text = block.text();
        let heading = matches!(block.kind, documents::BlockKind::Heading);
        if !current.is_empty() && (heading || current.len() + text.len() > AIM) {
            flush(&mut current);
        }
        for piece in pieces(&text) {
            if !current.is_empty() && current.len() + piece.len() > 2 * AIM {
                flush(&mut current);
            }
            if !current.is_empty() {
                current.push('\n');
            }
            current.push_str(piece);
        }
    }
    flush(&mut current);
    passages
}

/// The block itself, or runs of its sentences when it is longer than a passage; a sentence
/// longer than that is cut where a character ends.
fn pieces(text: &str) -> Vec<&str> {
    if text.len() <= AIM {
        return vec![text];
    }
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut end = 0;
    for sentence in crate::words::sentences(text) {
        if end > start && sentence.end - start > AIM {
            pieces.push(text[start..end].trim());
            start = end;
        }
        end = sentence.end;
        while end - start > 2 * AIM {
            let cut = floor_boundary(text, start + AIM);
            pieces.push(text[start..cut].trim());
            start = cut;
        }
    }
    pieces.push(text[start..end.max(start)].trim());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// The last blank before `at`, or the last character boundary: always progress past `at - AIM`.
fn floor_boundary(text: &str, at: usize) -> usize {
    let at = text.floor_char_boundary(at);
    text[..at]
        .rfind(char::is_whitespace)
        .filter(|cut| cut + AIM / 2 > at)
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use documents::{Block, BlockKind, Line, Rect};
    use proptest::prelude::*;

    use super::*;

    fn page(number: u32, blocks: &[(BlockKind, &str)]) -> Page {
        let blocks = blocks
            .iter()
            .map(|(kind, text)| Block {
                kind: *kind,
                lines: vec![Line {
                    text: Private::new((*text).to_owned()),
                    bounds: Rect::default(),
                }],
            })
            .collect();
        Page {
            number: PageNumber::new(number).unwrap(),
            width: 595.0,
            height: 842.0,
            blocks,
            fault: None,
            picture: None,
        }
    }

    #[test]
    fn passages_keep_their_page_and_headings_lead() {
        let long = "Le conseil municipal a délibéré. ".repeat(60);
        let pages = [
            page(
                1,
                &[
                    (BlockKind::Heading, "DÉLIBÉRATION"),
                    (BlockKind::Paragraph, "Vu le code."),
                    (BlockKind::Heading, "Article 1er"),
                    (BlockKind::Paragraph, "Le prix."),
                ],
            ),
            page(2, &[(BlockKind::Paragraph, &long)]),
            page(3, &[]),
        ];
        let passages: Vec<Passage> = pages.iter().flat_map(page_passages).collect();
        assert_eq!(passages[0].text.expose(), "DÉLIBÉRATION\nVu le code.");
        assert_eq!(passages[1].text.expose(), "Article 1er\nLe prix.");
        assert!(
            passages[2..]
                .iter()
                .all(|p| p.page.get() == 2 && p.text.expose().len() <= 2 * AIM)
        );
        let kept: usize = passages[2..]
            .iter()
            .map(|p| p.text.expose().matches("délibéré").count())
            .sum();
        assert_eq!(kept, 60);
    }

    proptest! {
        #[test]
        fn no_character_is_lost(text in "[\\PC]{0,4000}") {
            let passages = page_passages(&page(1, &[(BlockKind::Paragraph, &text)]));
            let letters = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            let kept: String = passages.iter().map(|p| letters(p.text.expose())).collect();
            prop_assert_eq!(kept, letters(&text));
        }
    }
}
