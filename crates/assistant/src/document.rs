//! Documents attached to a conversation: read in the confined child, kept with their pages,
//! shown again page by page.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use documents::{BlockKind, Document, PageFault, Source};
use sha2::{Digest, Sha256};
use store::{
    ConversationId, DocumentId, DocumentRow, NewBlock, NewDocument, NewPage, NewPassage,
    PictureRow, Timestamp,
};

use crate::Clocher;
use crate::model::lock;
use crate::trouble::{Result, Trouble, trouble};
use crate::view::{DocumentSummary, PageBlock, PageView, PictureSize, ReadingProgress};

/// Files handed over by the window and not attached yet, by ticket.
#[derive(Default)]
pub struct Uploads {
    next: AtomicU32,
    waiting: Mutex<HashMap<u32, Upload>>,
}

#[derive(Clone, Default)]
struct Upload {
    bytes: Arc<Vec<u8>>,
    cancel: Arc<AtomicBool>,
}

impl Clocher {
    /// Takes a file's bytes over from the window; the ticket serves to attach it.
    #[must_use]
    pub fn upload(&self, bytes: Vec<u8>) -> u32 {
        let ticket = self.uploads.next.fetch_add(1, Ordering::Relaxed);
        let upload = Upload {
            bytes: Arc::new(bytes),
            cancel: Arc::default(),
        };
        lock(&self.uploads.waiting).insert(ticket, upload);
        ticket
    }

    /// Stops the reading of an upload, and forgets it.
    pub fn cancel_upload(&self, ticket: u32) {
        if let Some(upload) = lock(&self.uploads.waiting).remove(&ticket) {
            upload.cancel.store(true, Ordering::Relaxed);
        }
    }

    /// Reads an uploaded file and attaches it to a conversation.
    ///
    /// # Errors
    /// As [`Clocher::attach`].
    pub fn attach_upload(
        &self,
        conversation: i64,
        ticket: u32,
        name: &str,
        progress: &mut dyn FnMut(ReadingProgress),
    ) -> Result<DocumentSummary> {
        let upload = lock(&self.uploads.waiting).get(&ticket).cloned();
        let upload =
            upload.ok_or_else(|| trouble!(DocumentCancelled, document_cancelled(name)()))?;
        let attached = self.attach(conversation, name, &upload.bytes, progress, &upload.cancel);
        lock(&self.uploads.waiting).remove(&ticket);
        attached
    }

    /// Reads a file in the confined child, keeps its pages and attaches it to a conversation.
    ///
    /// # Errors
    /// Why the file cannot be read or kept; the conversation is untouched.
    pub fn attach(
        &self,
        conversation: i64,
        name: &str,
        bytes: &[u8],
        progress: &mut dyn FnMut(ReadingProgress),
        cancel: &AtomicBool,
    ) -> Result<DocumentSummary> {
        let store = self.store()?;
        let conversation = ConversationId(conversation);
        let source = Source {
            name,
            bytes,
            password: None,
        };
        let mut tell = |step: documents::Progress| {
            progress(ReadingProgress {
                done: step.done,
                total: step.total,
            })
        };
        let document = documents::open(&source, &mut tell, cancel)
            .map_err(|error| Trouble::of_document(name, &error))?;
        if document
            .pages
            .iter()
            .all(|page| page.text().trim().is_empty() && page.picture.is_none())
        {
            return Err(trouble!(DocumentUnread, document_unread(name)()));
        }
        let passages: Vec<NewPassage> = corpus::chunk::chunk(&document)
            .into_iter()
            .map(|passage| NewPassage {
                page: passage.page.get(),
                text: passage.text.into_inner(),
            })
            .collect();
        let kept = kept(name, bytes, document);
        let now = Timestamp::now();
        let id = store
            .documents()
            .insert(&kept, &passages, now)
            .map_err(|e| self.history.trouble(&e))?;
        store
            .documents()
            .attach(conversation, id, now)
            .map_err(|e| self.history.trouble(&e))?;
        let row = store
            .documents()
            .get(id)
            .map_err(|e| self.history.trouble(&e))?;
        Ok(summary(&row))
    }

    /// Takes a document off a conversation; attached nowhere else, it is erased.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub fn detach(&self, conversation: i64, document: i64) -> Result<()> {
        self.store()?
            .documents()
            .detach(ConversationId(conversation), DocumentId(document))
            .map_err(|e| self.history.trouble(&e))
    }

    /// A page as it was read.
    ///
    /// # Errors
    /// When the document or the page is not there.
    pub fn page(&self, document: i64, page: u32) -> Result<PageView> {
        let store = self.store()?;
        let id = DocumentId(document);
        let row = store
            .documents()
            .get(id)
            .map_err(|e| self.history.trouble(&e))?;
        let content = store
            .documents()
            .page(id, page)
            .map_err(|e| self.history.trouble(&e))?;
        let blocks = content
            .blocks
            .into_iter()
            .map(|block| PageBlock {
                heading: block.heading,
                text: block.text.into_inner(),
            })
            .collect();
        Ok(PageView {
            document: summary(&row),
            page,
            blocks,
            picture: content
                .picture
                .map(|(width, height)| PictureSize { width, height }),
        })
    }

    /// The picture of a page: JPEG, as the reader encoded it.
    ///
    /// # Errors
    /// When the document or the page is not there, or has no picture.
    pub fn picture(&self, document: i64, page: u32) -> Result<Vec<u8>> {
        let picture = self
            .store()?
            .documents()
            .picture(DocumentId(document), page);
        match picture {
            Ok(picture) => Ok(picture.jpeg.into_inner()),
            Err(store::StoreError::NotFound) => Err(trouble!(DocumentGone, document_gone()())),
            Err(error) => Err(self.history.trouble(&error)),
        }
    }
}

/// A document as the history keeps it.
fn kept(name: &str, bytes: &[u8], document: Document) -> NewDocument {
    let pages = document
        .pages
        .into_iter()
        .map(|page| NewPage {
            number: page.number.get(),
            blocks: page
                .blocks
                .iter()
                .map(|block| NewBlock {
                    heading: matches!(block.kind, BlockKind::Heading),
                    text: block.text(),
                })
                .collect(),
            fault: page.fault.map(|fault| {
                String::from(match fault {
                    PageFault::NoText => "no-text",
                    PageFault::Unreadable => "unreadable",
                })
            }),
            picture: page.picture.map(|picture| PictureRow {
                width: picture.width,
                height: picture.height,
                jpeg: picture.jpeg,
            }),
        })
        .collect();
    NewDocument {
        name: name.to_owned(),
        sha256: Sha256::digest(bytes).into(),
        kind: format!("{:?}", document.kind).to_lowercase(),
        bytes: bytes.len() as u64,
        pages,
    }
}

/// A document as the window lists it.
pub fn summary(row: &DocumentRow) -> DocumentSummary {
    DocumentSummary {
        id: row.id.0,
        name: row.name.expose().clone(),
        pages: row.pages,
        unread_pages: row.unread_pages.clone(),
        picture_pages: row.picture_pages.clone(),
        added_at: row.added_at.0,
    }
}
