//! Lines: the segments of a region that stand at one height, left to right.

use hayro_interpret::kurbo::Rect;

use super::segments::{Segment, parts_words};

/// A gap this wide, in ems, parts two cells of a row.
const CELL_GAP: f64 = 2.0;
/// As many dots in a row are a leader.
const LEADER: usize = 5;
/// How much of the lower of two segments must be beside the other to be on its line.
const BESIDE: f64 = 0.5;

/// A line of a region.
pub(super) struct Line {
    pub text: String,
    pub bounds: Rect,
    pub baseline: f64,
    pub size: f64,
    /// Its characters without spaces, and how many of them are bold.
    pub letters: usize,
    pub bold: usize,
    /// Whether wide gaps or leaders part it, as a row of a table or of contents.
    pub is_row: bool,
    /// Whether it has leaders: the row may have begun on the lines above.
    pub has_leader: bool,
}

impl Line {
    pub(super) fn is_bold(&self) -> bool {
        self.bold * 2 > self.letters
    }
}

/// The lines of a region, top to bottom.
pub(super) fn lines(mut segments: Vec<Segment>) -> Vec<Line> {
    segments.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
    let mut rows: Vec<Vec<Segment>> = Vec::new();
    for segment in segments {
        // Sorted by baseline, only the last rows can still be beside it.
        let row = rows
            .iter_mut()
            .rev()
            .take(4)
            .find(|row| row.iter().any(|s| beside(s, &segment)));
        match row {
            // A shadow: the same letters, drawn again a hair away.
            Some(row) if row.iter().any(|other| is_shadow(other, &segment)) => {}
            Some(row) => row.push(segment),
            None => rows.push(vec![segment]),
        }
    }
    rows.into_iter().filter_map(join).collect()
}

fn beside(a: &Segment, b: &Segment) -> bool {
    let shared = a.bottom().min(b.bottom()) - a.top().max(b.top());
    let lower = (a.bottom() - a.top()).min(b.bottom() - b.top());
    shared >= BESIDE * lower
}

fn is_shadow(a: &Segment, b: &Segment) -> bool {
    a.text == b.text && (a.left - b.left).abs() + (a.baseline - b.baseline).abs() < 0.3 * a.size
}

fn join(mut row: Vec<Segment>) -> Option<Line> {
    row.sort_by(|a, b| a.left.total_cmp(&b.left));
    // The largest type gives the line its baseline: a footnote's mark does not.
    let main = row.iter().max_by(|a, b| a.size.total_cmp(&b.size))?;
    let (baseline, size) = (main.baseline, main.size);
    let mut line = Line {
        text: String::new(),
        bounds: row.first()?.bounds(),
        baseline,
        size,
        letters: 0,
        bold: 0,
        is_row: false,
        has_leader: false,
    };
    for segment in row {
        let gap = (segment.left - line.bounds.x1) / segment.size;
        if line.letters > 0 && gap >= CELL_GAP {
            line.is_row = true;
            line.text.push('\t');
        } else if line.letters > 0
            && parts_words(gap)
            && (gap > 0.0 || segment.baseline == baseline)
        {
            line.text.push(' ');
        }
        line.text.push_str(&segment.text);
        line.bounds = line.bounds.union(segment.bounds());
        line.letters += segment.letters;
        line.bold += segment.bold;
    }
    if let Some(text) = without_leaders(&line.text) {
        line.text = text;
        (line.is_row, line.has_leader) = (true, true);
    }
    Some(line)
}

/// A row of dots only leads the eye: it becomes the tab that it stands for. `None` if there is
/// none.
fn without_leaders(text: &str) -> Option<String> {
    let is_dot = |c: char| matches!(c, '.' | '·' | '\u{2024}' | '…');
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_dot) {
        let run = &rest[start..];
        let length = run.find(|c| !is_dot(c) && c != ' ').unwrap_or(run.len());
        let dots = run[..length].chars().filter(|c| is_dot(*c)).count();
        if dots >= LEADER {
            plain.push_str(rest[..start].trim_end());
            plain.push('\t');
        } else {
            plain.push_str(&rest[..start + length]);
        }
        rest = &run[length..];
    }
    plain.push_str(rest);
    (plain.len() < text.len()).then(|| plain.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::without_leaders;

    #[test]
    fn leaders_become_a_tab_and_other_dots_stay() {
        let row = without_leaders("2.1 La cantine . . . . . . . . 12");
        assert_eq!(row.as_deref(), Some("2.1 La cantine\t12"));
        assert_eq!(
            without_leaders("Tarif .......... 3,85 €").as_deref(),
            Some("Tarif\t3,85 €")
        );
        assert_eq!(
            without_leaders("etc... M. le maire, J. P. Morel, 14 h."),
            None
        );
    }
}
