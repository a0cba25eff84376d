//! Blocks: lines that read on, and which of them are headings.

use hayro_interpret::kurbo::Rect;
use privacy::Private;

use super::lines::Line;
use crate::document::{self, Block, BlockKind};

/// A pitch wider than the usual one by this factor parts two paragraphs.
const WIDER_PITCH: f64 = 1.3;
/// Sizes nearer than this factor are one size.
const SAME_SIZE: f64 = 1.15;
/// The shift, in ems, that makes an indent.
const INDENT: f64 = 0.8;
/// The most lines and letters of a heading.
const HEADING_LINES: usize = 3;
const HEADING_LETTERS: usize = 200;

/// The blocks of a page's regions. `place` turns a box back to the page's own direction.
pub(super) fn blocks(
    regions: Vec<Vec<Line>>,
    place: impl Fn(Rect) -> document::Rect,
) -> Vec<Block> {
    let body = Body::of(regions.iter().flatten());
    let mut blocks = Vec::new();
    for lines in regions {
        let region = Region::of(&lines);
        let mut block: Vec<Line> = Vec::new();
        for line in lines {
            if block.last().is_some_and(|above| region.parts(above, &line)) {
                blocks.push(std::mem::take(&mut block));
            }
            block.push(line);
        }
        blocks.push(block);
    }
    let blocks = blocks
        .into_iter()
        .filter(|lines| !lines.is_empty())
        .map(|lines| Block {
            kind: body.kind(&lines),
            lines: lines
                .into_iter()
                .map(|line| document::Line {
                    text: Private::new(line.text),
                    bounds: place(line.bounds),
                })
                .collect(),
        });
    blocks.collect()
}

/// What is usual in a region.
struct Region {
    /// From one baseline to the next, in ems: the lower quartile, for the lines of a paragraph
    /// stand closer than paragraphs do.
    pitch: f64,
    left: f64,
    right: f64,
}

impl Region {
    fn of(lines: &[Line]) -> Self {
        let mut pitches: Vec<f64> = lines
            .windows(2)
            .map(|pair| (pair[1].baseline - pair[0].baseline) / pair[1].size)
            .filter(|pitch| (0.5..3.0).contains(pitch))
            .collect();
        pitches.sort_by(f64::total_cmp);
        Self {
            pitch: pitches.get(pitches.len() / 4).copied().unwrap_or(1.2),
            left: lines
                .iter()
                .map(|line| line.bounds.x0)
                .fold(f64::INFINITY, f64::min),
            right: lines
                .iter()
                .map(|line| line.bounds.x1)
                .fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// Whether a paragraph ends between two neighbouring lines.
    fn parts(&self, above: &Line, below: &Line) -> bool {
        let size = above.size.max(below.size);
        let pitch = (below.baseline - above.baseline) / size;
        if pitch > WIDER_PITCH * self.pitch
            || size > SAME_SIZE * above.size.min(below.size)
            || above.is_bold() != below.is_bold()
            || above.is_row
            || (below.is_row && !below.has_leader)
            || begins_item(&below.text)
        {
            return true;
        }
        let centred = (above.bounds.center().x - below.bounds.center().x).abs() < 0.5 * size;
        let indented = below.bounds.x0 - above.bounds.x0 > INDENT * size
            && above.bounds.x0 - self.left < INDENT * size;
        // Without a sentence's end above, an indent hangs: the item goes on.
        !centred && ((indented && ends_sentence(above)) || self.ends_early(above, below))
    }

    /// Whether the first word below would have fitted above, where a sentence may end.
    fn ends_early(&self, above: &Line, below: &Line) -> bool {
        let word = below.text.split_whitespace().next().unwrap_or_default();
        let letter = below.bounds.width() / below.text.chars().count().max(1) as f64;
        let needed = letter * (word.chars().count() + 1) as f64;
        let fitted = above.bounds.x1 + needed + 0.5 * above.size < self.right;
        fitted && (ends_sentence(above) || word.starts_with(char::is_uppercase))
    }
}

fn ends_sentence(line: &Line) -> bool {
    line.text.ends_with(['.', ':', ';', '!', '?', '»', ')'])
}

/// Whether a line begins a list item: a mark, or a small number and its dot or bracket.
fn begins_item(text: &str) -> bool {
    const MARKS: [char; 10] = ['-', '–', '—', '•', '▪', '◦', '‣', '*', '\u{f0b7}', '✓'];
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let numbered = word.strip_suffix(['.', ')', '°']).is_some_and(|number| {
        (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    !rest.is_empty()
        && (numbered
            || word
                .chars()
                .eq(word.chars().next().filter(|c| MARKS.contains(c))))
}

/// The type that most of the page is set in.
struct Body {
    size: f64,
    bold: bool,
}

impl Body {
    fn of<'a>(lines: impl Iterator<Item = &'a Line>) -> Self {
        let mut sizes: Vec<(f64, usize)> = Vec::new();
        let (mut letters, mut bold) = (0, 0);
        for line in lines {
            letters += line.letters;
            bold += line.bold;
            match sizes
                .iter_mut()
                .find(|(size, _)| (size - line.size).abs() < 0.25)
            {
                Some((_, count)) => *count += line.letters,
                None => sizes.push((line.size, line.letters)),
            }
        }
        let most = sizes.into_iter().max_by_key(|(_, count)| *count);
        Self {
            size: most.map_or(1.0, |(size, _)| size),
            bold: bold * 2 > letters,
        }
    }

    fn kind(&self, lines: &[Line]) -> BlockKind {
        let letters: usize = lines.iter().map(|line| line.letters).sum();
        let worded = lines
            .iter()
            .any(|line| line.text.contains(char::is_alphabetic));
        let short = lines.len() <= HEADING_LINES && letters <= HEADING_LETTERS;
        let large = lines.iter().all(|line| line.size >= SAME_SIZE * self.size);
        let bold = !self.bold && lines.iter().all(Line::is_bold);
        let row = lines.iter().any(|line| line.is_row);
        if worded && short && !row && (large || bold) {
            BlockKind::Heading
        } else {
            BlockKind::Paragraph
        }
    }
}
