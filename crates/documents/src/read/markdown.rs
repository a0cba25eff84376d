//! Markdown: headings kept as such, marks of emphasis gone, everything else readable text.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::paginate::Paginator;
use super::{Pages, Stop};
use crate::document::{BlockKind, Kind};

/// Whether a text is Markdown: it has a heading ("# …"), or a line that is a list item, a fence
/// or a quotation *and* an inline link or strong emphasis.
pub(super) fn is_markdown(text: &str) -> bool {
    let mut fenced = false;
    let mut heading = false;
    let mut structure = false;
    for line in text.lines() {
        let line = line.trim_end();
        if line.starts_with("```") {
            fenced = !fenced;
            structure = true;
        } else if !fenced {
            let body = line.trim_start_matches('#');
            heading |= (1..=6).contains(&(line.len() - body.len())) && body.starts_with(' ');
            structure |= ["- ", "* ", "> ", "| "]
                .iter()
                .any(|mark| line.starts_with(mark));
        }
    }
    let inline = text.contains("](") || text.matches("**").count() >= 2;
    heading || (structure && inline)
}

/// Reads a Markdown text. Its title is its first heading.
pub(super) fn read(text: &str, pages: &mut dyn Pages) -> Result<(), Stop> {
    let mut flow = Flow::default();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        flow.take(event);
    }
    flow.end_block(BlockKind::Paragraph);
    let read = flow.paginator.finish();
    pages.opened(Kind::Markdown, flow.title, Some(read.len() as u32))?;
    read.into_iter().try_for_each(|page| pages.page(page))?;
    Ok(())
}

/// The parser's events on their way to blocks.
#[derive(Default)]
struct Flow {
    paginator: Paginator,
    title: Option<String>,
    /// The block being written.
    text: String,
    /// For each open list, the number of its next item; `None` where items have a dash.
    lists: Vec<Option<u64>>,
    /// Where the open links go.
    links: Vec<String>,
}

impl Flow {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) | Event::Code(text) => self.text.push_str(&text),
            Event::SoftBreak => self.text.push(' '),
            Event::HardBreak => self.text.push('\n'),
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Html(_)
            | Event::InlineHtml(_)
            | Event::Rule
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } | Tag::CodeBlock(_) | Tag::Table(_) => {
                self.end_block(BlockKind::Paragraph);
            }
            Tag::List(first) => {
                self.end_block(BlockKind::Paragraph);
                self.lists.push(first);
            }
            Tag::Item => {
                self.end_block(BlockKind::Paragraph);
                match self.lists.last_mut() {
                    Some(Some(number)) => {
                        self.text.push_str(&format!("{number}. "));
                        *number += 1;
                    }
                    _ => self.text.push_str("- "),
                }
            }
            Tag::Link { dest_url, .. } => self.links.push(dest_url.into_string()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                if self.title.is_none() && !self.text.trim().is_empty() {
                    self.title = Some(self.text.trim().to_owned());
                }
                self.end_block(BlockKind::Heading);
            }
            TagEnd::TableCell => self.text.push('\t'),
            // An address shown in full is not said twice.
            TagEnd::Link => {
                if let Some(link) = self.links.pop()
                    && !link.starts_with('#')
                    && !self.text.ends_with(&link)
                {
                    self.text.push_str(&format!(" ({link})"));
                }
            }
            TagEnd::List(_) => {
                self.end_block(BlockKind::Paragraph);
                self.lists.pop();
            }
            TagEnd::Paragraph
            | TagEnd::Item
            | TagEnd::CodeBlock
            | TagEnd::TableHead
            | TagEnd::TableRow => self.end_block(BlockKind::Paragraph),
            _ => {}
        }
    }

    fn end_block(&mut self, kind: BlockKind) {
        let text = std::mem::take(&mut self.text);
        if !text.trim().is_empty() {
            self.paginator.push(kind, text.trim().lines());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Block;
    use crate::read::read_here;

    #[test]
    fn marks_go_and_structure_stays() {
        let source = "# Tarifs\n\nLe **prix** du `repas`\nest [fixé](https://exemple.fr/t).\n\n\
                      1. enfant\n2. adulte\n   - extérieur\n\n| Qui | Prix |\n|---|---|\n\
                      | Enfant | 3,85 € |\n";
        let document = read_here(source.as_bytes()).unwrap();
        assert_eq!(document.title.unwrap().expose(), "Tarifs");
        let blocks = &document.pages[0].blocks;
        assert_eq!(blocks[0].kind, BlockKind::Heading);
        let texts: Vec<String> = blocks.iter().map(Block::text).collect();
        assert_eq!(
            texts,
            [
                "Tarifs",
                "Le prix du repas est fixé (https://exemple.fr/t).",
                "1. enfant",
                "2. adulte",
                "- extérieur",
                "Qui\tPrix",
                "Enfant\t3,85 €",
            ]
        );
    }

    #[test]
    fn plain_text_with_a_dash_or_a_number_sign_is_not_markdown() {
        assert!(!is_markdown("Présents :\n- Mme Martin\n- M. Morel\n"));
        assert!(!is_markdown("#12 voirie\nLe dossier n° 12 est clos.\n"));
        assert!(is_markdown("- voir **la note**\n"));
        assert!(is_markdown("Titre\n\n## Partie\n"));
    }
}
