//! Plain text. Paragraphs end at blank lines, and at lines that end early: where the next line's
//! first word would have fitted, and begins a sentence or an item.

use super::paginate::Paginator;
use super::{Pages, Stop};
use crate::document::{BlockKind, Kind};

/// Below this length no line was wrapped: an address, a list, a table.
const NARROW: usize = 40;
/// Beyond this length nobody wrapped: each line is a paragraph of its own.
const WIDE: usize = 200;

/// Reads a text. Form feeds, where there are any, are its pages' ends.
pub(super) fn read(text: &str, pages: &mut dyn Pages) -> Result<(), Stop> {
    let mut paginator = Paginator::default();
    // A printer's last form feed ends a page; it does not begin another.
    let text = text.strip_suffix('\u{c}').unwrap_or(text);
    for (index, sheet) in text.split('\u{c}').enumerate() {
        if index > 0 {
            paginator.form_feed();
        }
        for paragraph in paragraphs(sheet) {
            paginator.push(BlockKind::Paragraph, paragraph);
        }
    }
    let read = paginator.finish();
    pages.opened(Kind::Text, None, Some(read.len() as u32))?;
    read.into_iter().try_for_each(|page| pages.page(page))?;
    Ok(())
}

fn paragraphs(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.lines().collect();
    let groups = lines.split(|line| line.trim().is_empty());
    groups
        .filter(|group| !group.is_empty())
        .flat_map(split_group)
        .collect()
}

/// The paragraphs of a run of lines without a blank one.
fn split_group<'a>(group: &[&'a str]) -> Vec<Vec<&'a str>> {
    let width = group
        .iter()
        .map(|line| line.trim_end().chars().count())
        .max()
        .unwrap_or(0);
    let mut paragraphs: Vec<Vec<&str>> = Vec::new();
    let mut wrapped = false;
    for (index, line) in group.iter().enumerate() {
        match paragraphs.last_mut() {
            Some(paragraph) if wrapped => paragraph.push(line),
            _ => paragraphs.push(vec![line]),
        }
        let next = group
            .get(index + 1)
            .and_then(|next| next.split_whitespace().next());
        wrapped = (NARROW..=WIDE).contains(&width)
            && next.is_some_and(|word| goes_on(line.trim_end(), word, width));
    }
    paragraphs
}

/// Whether a line goes on with the next one's first word: it would not have fitted, or it
/// continues the sentence (whoever wraps by hand does not fill every line).
fn goes_on(line: &str, word: &str, width: usize) -> bool {
    let fitted = line.chars().count() + 1 + word.chars().count() <= width;
    let ended = line.ends_with(['.', ':', ';', '!', '?']);
    !fitted || (!ended && word.starts_with(char::is_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_here;

    #[test]
    fn wrapped_lines_are_one_paragraph_and_short_lines_are_not() {
        let wrapped = "Le conseil municipal, régulièrement convoqué le 3 décembre,\n\
                       s'est réuni en séance publique sous la présidence du\n\
                       maire. La séance est ouverte.\n\
                       Monsieur Morel est nommé secrétaire.";
        let count = |text: &str| paragraphs(text).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(count(wrapped), [3, 1]);
        assert_eq!(
            count("Mairie\n1 place de l'Église\n14270 Saint-Aubin"),
            [1, 1, 1]
        );
        assert_eq!(count("un\n\n\ndeux\n"), [1, 1]);
        let long = format!("{}\n{}", "mot ".repeat(90), "fin ".repeat(80));
        assert_eq!(count(&long), [1, 1]);
    }

    #[test]
    fn form_feeds_are_pages_and_a_blank_page_counts() {
        let document = read_here("un\u{c}\u{c}trois\u{c}".as_bytes()).unwrap();
        let pages: Vec<String> = document.pages.iter().map(crate::Page::text).collect();
        assert_eq!(pages, ["un", "", "trois"]);
        assert_eq!(document.pages[2].number.get(), 3);
    }
}
