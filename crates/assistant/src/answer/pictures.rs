//! Pages that are pictures alone: given to a model that sees, named to the agent otherwise.

use store::DocumentRow;

use crate::messages;
use crate::trouble::{Result, trouble};
use crate::view::{Notice, NoticeKind};

/// What the agent must know of pictures that the model cannot see. An answer from nothing else
/// would be made up: it is refused.
pub fn unseen(documents: &[DocumentRow]) -> Result<Vec<Notice>> {
    let shown: Vec<&DocumentRow> = documents
        .iter()
        .filter(|document| !document.picture_pages.is_empty())
        .collect();
    let others = documents.iter().any(is_text);
    if let (Some(first), false) = (shown.first(), others) {
        return Err(trouble!(
            PictureUnseen,
            picture_unseen(first.name.expose())()
        ));
    }
    let notices = shown.into_iter().map(|document| Notice {
        kind: NoticeKind::PicturesUnseen,
        text: messages::notice::pictures_unseen(
            document.picture_pages.len(),
            document.name.expose(),
            numbers(&document.picture_pages),
        ),
    });
    Ok(notices.collect())
}

/// Whether a page of it has text.
fn is_text(document: &DocumentRow) -> bool {
    document.pages as usize > document.picture_pages.len() + document.unread_pages.len()
}

/// Numbers of pages as a sentence names them: runs by their ends.
pub fn numbers(pages: &[u32]) -> String {
    let runs = pages.chunk_by(|a, b| a + 1 == *b);
    let runs = runs.filter_map(|run| match run {
        [] => None,
        [only] => Some(only.to_string()),
        [first, last] => Some(format!("{first}, {last}")),
        [first, .., last] => Some(format!("{first}–{last}")),
    });
    runs.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_named_by_runs() {
        assert_eq!(numbers(&[1, 2, 3, 7, 9, 10]), "1–3, 7, 9, 10");
        assert_eq!(numbers(&[]), "");
    }
}
