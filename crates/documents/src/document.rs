//! What a document is once it has been read: pages of blocks of lines, each in its place.

use std::num::NonZeroU32;

use privacy::Private;
use serde::{Deserialize, Serialize};

/// The place of a page in its document, counted from one as a reader counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PageNumber(NonZeroU32);

impl PageNumber {
    /// `None` for zero: there is no page zero.
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number, at least one.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl std::fmt::Display for PageNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What the bytes turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Portable Document Format.
    Pdf,
    /// Plain text.
    Text,
    /// Markdown.
    Markdown,
    /// A photograph or a scan: JPEG, PNG, TIFF or WebP.
    Picture,
}

/// A document, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What it is.
    pub kind: Kind,
    /// Its pages in order: `pages[i].number` is `i + 1`, and there is at least one.
    pub pages: Vec<Page>,
    /// The title it gives itself: a PDF's metadata, a Markdown file's first heading.
    pub title: Option<Private<String>>,
}

/// A page.
///
/// A text file has no pages of its own: form feeds cut it, or, without any, a page is the run of
/// whole paragraphs that fits in about 3,000 characters. It has no geometry either: sizes and
/// boxes are then zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its number.
    pub number: PageNumber,
    /// Width in points (1/72 inch) as displayed, rotation applied; zero without geometry.
    pub width: f32,
    /// Height in points as displayed; zero without geometry.
    pub height: f32,
    /// Its blocks, in reading order.
    pub blocks: Vec<Block>,
    /// Why its text is missing. A blank page has no block and no fault.
    pub fault: Option<PageFault>,
    /// What it looks like, where its text is missing and it shows something. Beyond a hundred
    /// such pages, or what their pictures may take, there is none.
    pub picture: Option<Picture>,
}

/// What a page looks like, upright and on white: encoded by the child, for whoever shows it.
/// Its dots come out of [`pixels`](crate::pixels) alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Dots in a row: at most [`Picture::LONGEST`], at least one.
    pub width: u32,
    /// Rows: at most [`Picture::LONGEST`], at least one.
    pub height: u32,
    /// JPEG, of about 90 in quality, without any metadata of the file it comes from.
    pub jpeg: Private<Vec<u8>>,
}

impl Picture {
    /// The longest side of a picture, in dots: the most that the models of the Ministral family
    /// look at.
    pub const LONGEST: u32 = 1540;
}

/// A picture's dots. Not `Debug`: it is content.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Dots in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green and blue of each dot, row by row: `3 · width · height` bytes.
    pub rgb: Vec<u8>,
}

/// Why a page gave no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PageFault {
    /// It shows something but holds no text: a scan, or letters drawn as shapes.
    NoText,
    /// It could not be read: damaged, beyond the bounds, or in a font that names no letters.
    Unreadable,
}

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its lines, top to bottom; never empty.
    pub lines: Vec<Line>,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BlockKind {
    /// A title, of whatever level.
    Heading,
    /// Running text, a list item, a row of a table (its cells set apart by tabs).
    Paragraph,
}

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its text, as the page shows it: a hyphen at its end is kept.
    pub text: Private<String>,
    /// Where it stands on the page.
    pub bounds: Rect,
}

/// A box in points; the origin is the page's top left corner, as displayed.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Rect {
    /// Left edge.
    pub left: f32,
    /// Top edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Bottom edge.
    pub bottom: f32,
}

impl Block {
    /// The block as running text: lines joined, words cut at a line's end mended.
    ///
    /// A hyphen at the end of a line goes when a letter stands before it and a small letter after
    /// it, unless the word already had one ("c'est-à-/dire"); otherwise it stays, without a space
    /// ("Saint-/Aubin"). No dictionary is asked, so a compound word broken at its only hyphen
    /// loses it.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            append_line(&mut text, line.text.expose());
        }
        text
    }
}

impl Page {
    /// The page as text: its blocks, a blank line between two.
    pub fn text(&self) -> String {
        let blocks: Vec<String> = self.blocks.iter().map(Block::text).collect();
        blocks.join("\n\n")
    }
}

const SOFT_HYPHEN: char = '\u{ad}';

/// Adds a line to running text, mending the word that the line break may have cut.
fn append_line(text: &mut String, line: &str) {
    let line = line.trim();
    let Some(first) = line.chars().next() else {
        return;
    };
    let mut end = text.chars().rev();
    match (end.next(), end.next()) {
        (None, _) => {}
        (Some(SOFT_HYPHEN), _) => {
            text.pop();
        }
        (Some('-' | '\u{2010}'), Some(before)) if before.is_alphanumeric() => {
            let word = text.rsplit(char::is_whitespace).next().unwrap_or_default();
            let hyphens = word
                .chars()
                .filter(|c| matches!(c, '-' | '\u{2010}'))
                .count();
            if before.is_alphabetic() && first.is_lowercase() && hyphens == 1 {
                text.pop();
            }
        }
        _ => text.push(' '),
    }
    text.push_str(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(lines: &[&str]) -> Block {
        let lines = lines.iter().map(|text| Line {
            text: Private::new((*text).to_owned()),
            bounds: Rect::default(),
        });
        Block {
            kind: BlockKind::Paragraph,
            lines: lines.collect(),
        }
    }

    #[test]
    fn lines_are_joined_and_words_mended() {
        for (lines, whole) in [
            (&["Le conseil", "municipal"][..], "Le conseil municipal"),
            (&["la délibé-", "ration du"], "la délibération du"),
            (&["Saint-", "Aubin"], "Saint-Aubin"),
            (&["c'est-à-", "dire"], "c'est-à-dire"),
            (&["l'année 2026-", "2027"], "l'année 2026-2027"),
            (&["le tarif -", "réduit"], "le tarif - réduit"),
            (&["can\u{ad}", "tine"], "cantine"),
            (&["", " seul "], "seul"),
            (&["-", "liste"], "- liste"),
        ] {
            assert_eq!(block(lines).text(), whole);
        }
    }

    #[test]
    fn there_is_no_page_zero() {
        assert_eq!(PageNumber::new(0), None);
        assert_eq!(PageNumber::new(3).map(PageNumber::get), Some(3));
    }
}
