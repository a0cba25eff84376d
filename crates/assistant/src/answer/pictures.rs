//! Pages that are pictures alone: given to a model that sees, named to the agent otherwise.

mod fineness;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use documents::DocumentError;
use engine::{EngineError, Part, Picture, Pixels, Vision, memory};
use sha2::{Digest, Sha256};
use store::{DocumentId, DocumentRow, PictureRow, Store};

use super::prepare::Problem;
use crate::messages::notice as say;
use crate::model::sight::Sight;
use crate::prompt::{self, label, placed};
use crate::trouble::{Result, Trouble, trouble};
use crate::view::{AnswerEvent, Notice, NoticeKind};
use fineness::{Means, fineness};

/// Who looks, and what it tells meanwhile.
pub struct Eyes<'a> {
    /// The model's sight.
    pub sight: &'a mut Sight,
    /// Told of each step.
    pub events: &'a mut dyn FnMut(AnswerEvent),
    /// Raised to stop.
    pub cancel: &'a AtomicBool,
}

/// What the model is given of the pictures.
#[derive(Default)]
pub struct Look {
    seen: Vec<Seen>,
    /// What the agent must know of it.
    pub notices: Vec<Notice>,
}

/// A page as the model sees it.
struct Seen {
    place: (DocumentId, u32),
    /// What stands before it.
    head: String,
    picture: Arc<Picture>,
}

impl Look {
    /// The pages seen, in order.
    pub fn places(&self) -> impl Iterator<Item = (DocumentId, u32)> {
        self.seen.iter().map(|seen| seen.place)
    }

    /// Tokens of the pictures alone.
    pub fn tokens(&self) -> usize {
        self.seen.iter().map(|seen| seen.picture.tokens()).sum()
    }

    /// The words around the pictures.
    pub fn words(&self) -> String {
        self.seen.iter().map(|seen| seen.head.as_str()).collect()
    }

    /// Words and pictures, to stand before a question.
    pub fn parts(&self) -> Vec<Part<'_>> {
        let mut parts = Vec::new();
        for seen in &self.seen {
            parts.extend([Part::Text(&seen.head), Part::Picture(&seen.picture)]);
        }
        parts
    }
}

/// Looks at the pictures of documents, within `room` tokens: as many as fit at a fineness that
/// serves, each as fine as memory and patience allow.
pub fn look(
    eyes: &mut Eyes<'_>,
    store: &Store,
    documents: &[DocumentRow],
    room: usize,
) -> std::result::Result<Look, Problem> {
    let Some(vision) = eyes.sight.vision.clone() else {
        let notices = unseen(documents, eyes.sight.trouble.as_ref()).map_err(Problem::Told)?;
        return Ok(Look {
            notices,
            ..Look::default()
        });
    };
    let mut look = Look::default();
    let mut report = Report::default();
    let pages: usize = documents.iter().map(|of| of.picture_pages.len()).sum();
    let (mut room, mut left) = (room, Means::affordable(pages, room));
    let pictures = left as u32;
    for document in documents {
        let (mut reduced, mut missed) = (Vec::new(), Vec::new());
        for &page in &document.picture_pages {
            if left == 0 {
                missed.push(page);
                continue;
            }
            let kept = store.documents().picture(document.id, page)?;
            let means = Means {
                tokens: room / left,
                memory: memory::available().map(|bytes| bytes / 2),
                threads: crate::model::threads(),
            };
            let (grid, fraction) = fineness(&vision, (kept.width, kept.height), &means)?;
            if fraction < 1.0 {
                reduced.push((page, fraction));
            }
            let key = (Sha256::digest(kept.jpeg.expose()).into(), grid);
            let picture = match eyes.sight.recall(&key) {
                Some(picture) => picture,
                None => {
                    let at = (pictures - left as u32 + 1, pictures);
                    let picture = eyes.encode(&vision, kept, document, grid, at)?;
                    eyes.sight.remember(key, &picture);
                    picture
                }
            };
            room = room.saturating_sub(picture.tokens());
            left -= 1;
            let before = match look.seen.is_empty() {
                true => prompt::PICTURES.trim_end(),
                false => "",
            };
            let name = label(document.name.expose());
            look.seen.push(Seen {
                place: (document.id, page),
                head: format!("{before}\n\n{}", placed(&name, page, "").trim_end()),
                picture,
            });
        }
        report.add(document, &reduced, &missed);
    }
    look.notices = report.notices(!look.seen.is_empty());
    Ok(look)
}

impl Eyes<'_> {
    /// Decodes a picture in the confined child, and looks at it.
    fn encode(
        &mut self,
        vision: &Vision,
        kept: PictureRow,
        document: &DocumentRow,
        grid: engine::Grid,
        (picture, pictures): (u32, u32),
    ) -> std::result::Result<Arc<Picture>, Problem> {
        let kept = documents::Picture {
            width: kept.width,
            height: kept.height,
            jpeg: kept.jpeg,
        };
        let dots = documents::pixels(&kept, self.cancel).map_err(|error| match error {
            DocumentError::Cancelled => Problem::Engine(EngineError::Cancelled),
            error => Problem::Told(Trouble::of_document(document.name.expose(), &error)),
        })?;
        let pixels = Pixels::new(dots.width as usize, dots.height as usize, dots.rgb)?;
        let mut progress = |fraction| {
            (self.events)(AnswerEvent::Looking {
                picture,
                pictures,
                fraction,
            });
        };
        Ok(vision.encode(&pixels, grid, &mut progress, self.cancel)?)
    }
}

/// What a look was not, document by document.
#[derive(Default)]
struct Report(Vec<Notice>);

impl Report {
    fn add(&mut self, document: &DocumentRow, reduced: &[(u32, f32)], missed: &[u32]) {
        let name = document.name.expose();
        if let Some(least) = reduced
            .iter()
            .map(|(_, fraction)| *fraction)
            .reduce(f32::min)
        {
            let pages: Vec<u32> = reduced.iter().map(|(page, _)| *page).collect();
            let percent = (least * 100.0).round().clamp(1.0, 99.0);
            self.0.push(Notice {
                kind: NoticeKind::PicturesReduced,
                text: say::pictures_reduced(pages.len(), name, numbers(&pages), percent),
            });
        }
        if !missed.is_empty() {
            self.0.push(Notice {
                kind: NoticeKind::PicturesMissed,
                text: say::pictures_missed(missed.len(), name, numbers(missed)),
            });
        }
    }

    /// All that is to be said; first, where anything was seen, that nobody can check it.
    fn notices(self, seen: bool) -> Vec<Notice> {
        let first = seen.then(|| Notice {
            kind: NoticeKind::FromPictures,
            text: say::from_pictures(),
        });
        first.into_iter().chain(self.0).collect()
    }
}

/// What the agent must know of pictures that the model cannot see. An answer from nothing else
/// would be made up: it is refused, for `why` if a companion is there that does not serve.
fn unseen(documents: &[DocumentRow], why: Option<&Trouble>) -> Result<Vec<Notice>> {
    let shown: Vec<&DocumentRow> = documents
        .iter()
        .filter(|document| !document.picture_pages.is_empty())
        .collect();
    if let (Some(first), false) = (shown.first(), documents.iter().any(is_text)) {
        let blind = || trouble!(PictureUnseen, picture_unseen(first.name.expose())());
        return Err(why.cloned().unwrap_or_else(blind));
    }
    let notices = shown.into_iter().map(|document| Notice {
        kind: NoticeKind::PicturesUnseen,
        text: say::pictures_unseen(
            document.picture_pages.len(),
            document.name.expose(),
            numbers(&document.picture_pages),
        ),
    });
    Ok(notices.collect())
}

/// Whether a page of it has text.
pub fn is_text(document: &DocumentRow) -> bool {
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
