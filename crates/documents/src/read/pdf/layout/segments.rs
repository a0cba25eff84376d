//! Segments: glyphs drawn one after the other, side by side on one baseline.
//!
//! A wider gap ends a segment, so none reaches across the gutter between two columns.

use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::kurbo::{Point, Rect};

use super::super::glyphs::Glyph;

/// A gap wider than this, in ems, parts two words. Kerning stays below, and the narrowest space
/// that a justifying typesetter leaves is above.
const WORD_GAP: f64 = 0.1;
/// Letters that overlap by more than this, in ems, belong to two words pressed together, as in
/// a cell too narrow for its text. The tightest kerning overlaps less.
const OVERLAP: f64 = 0.2;
/// A gap wider than this ends the segment.
const SEGMENT_GAP: f64 = 1.0;
/// How far a glyph may reach back over the one before it.
const KERN: f64 = 0.5;
/// How far from the baseline a glyph is still on it.
const ON_BASELINE: f64 = 0.2;
/// How far a superscript is raised, and how near it must stand.
const RAISED: f64 = 0.6;
const RAISED_GAP: f64 = 0.3;
/// What of an em is above the baseline, and below it, for want of the font's own measures.
const ASCENT: f64 = 0.75;
const DESCENT: f64 = 0.22;

/// Whether a gap between two letters, in ems, parts two words.
pub(super) fn parts_words(gap: f64) -> bool {
    !(-OVERLAP..=WORD_GAP).contains(&gap)
}

/// Letters side by side.
#[derive(Clone)]
pub(super) struct Segment {
    pub text: String,
    pub left: f64,
    pub right: f64,
    pub baseline: f64,
    /// The em of its largest glyph.
    pub size: f64,
    /// Its characters without spaces, and how many of them are bold.
    pub letters: usize,
    pub bold: usize,
}

impl Segment {
    pub(super) fn top(&self) -> f64 {
        self.baseline - ASCENT * self.size
    }

    pub(super) fn bottom(&self) -> f64 {
        self.baseline + DESCENT * self.size
    }

    pub(super) fn bounds(&self) -> Rect {
        Rect::new(self.left, self.top(), self.right, self.bottom())
    }

    /// Whether a glyph at `origin` goes on from here.
    fn continues(&self, glyph: &Glyph, origin: Point) -> bool {
        let size = self.size.max(glyph.size);
        let gap = (origin.x - self.right) / size;
        let raised = (origin.y - self.baseline).abs() / size;
        (raised < ON_BASELINE && (-KERN..SEGMENT_GAP).contains(&gap))
            || (raised < RAISED && gap.abs() < RAISED_GAP)
    }

    fn push(&mut self, glyph: &Glyph, origin: Point, text: &str, after_space: bool) {
        let size = self.size.max(glyph.size);
        let gap = (origin.x - self.right) / size;
        // An accent over its letter, or a letter set higher or lower, is no word.
        let level = (origin.y - self.baseline).abs() < 0.02 * size;
        let lettered =
            self.text.ends_with(char::is_alphanumeric) && text.starts_with(char::is_alphanumeric);
        let parted = parts_words(gap) && (gap > 0.0 || (level && lettered));
        if !self.text.is_empty() && (parted || (after_space && gap > -RAISED_GAP)) {
            self.text.push(' ');
        }
        if glyph.size > self.size * 1.1 {
            self.size = glyph.size;
            self.baseline = origin.y;
        }
        self.left = self.left.min(origin.x);
        self.right = self.right.max(origin.x + glyph.advance.hypot());
        self.text.push_str(text);
        let letters = text.chars().count();
        self.letters += letters;
        self.bold += if glyph.bold { letters } else { 0 };
    }
}

/// Segments of upright glyphs, each given with its place, in the order they were drawn.
pub(super) fn segments<'a>(glyphs: impl Iterator<Item = (&'a Glyph, Point)>) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut after_space = false;
    let mut text = String::new();
    for (glyph, origin) in glyphs {
        text.clear();
        match &glyph.text {
            BfString::Char(c) => push_plain(&mut text, *c),
            BfString::String(string) => string.chars().for_each(|c| push_plain(&mut text, c)),
        }
        if text.trim().is_empty() {
            // A space only counts between two letters; a control character not even there.
            after_space |= !text.is_empty();
            continue;
        }
        match segments.last_mut() {
            Some(segment) if segment.continues(glyph, origin) => {
                segment.push(glyph, origin, &text, after_space);
            }
            _ => {
                let mut segment = Segment {
                    text: String::new(),
                    left: origin.x,
                    right: origin.x,
                    baseline: origin.y,
                    size: glyph.size,
                    letters: 0,
                    bold: 0,
                };
                segment.push(glyph, origin, &text, false);
                segments.push(segment);
            }
        }
        after_space = false;
    }
    segments
}

/// Adds a character as a reader would type it: ligatures apart, every blank a space (a PDF's
/// spaces say nothing dependable about where a line may break), controls gone.
fn push_plain(text: &mut String, c: char) {
    match c {
        '\u{fb00}' => text.push_str("ff"),
        '\u{fb01}' => text.push_str("fi"),
        '\u{fb02}' => text.push_str("fl"),
        '\u{fb03}' => text.push_str("ffi"),
        '\u{fb04}' => text.push_str("ffl"),
        '\u{fb05}' | '\u{fb06}' => text.push_str("st"),
        '\u{feff}' | '\u{200b}'..='\u{200f}' => {}
        c if c.is_whitespace() => text.push(' '),
        c if c.is_control() => {}
        c => text.push(c),
    }
}
