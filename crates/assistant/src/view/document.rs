//! Documents and their pages, as the window lists and shows them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A document at hand.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DocumentSummary {
    /// Identifier.
    pub id: i64,
    /// File name as given.
    pub name: String,
    /// Number of pages.
    pub pages: u32,
    /// Pages without any readable text nor picture: named, never silently ignored.
    pub unread_pages: Vec<u32>,
    /// Pages known by their picture alone: photographs, scans.
    pub picture_pages: Vec<u32>,
    /// When it was attached.
    pub added_at: i64,
}

/// A page as the source panel shows it.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PageView {
    /// The document.
    pub document: DocumentSummary,
    /// The page shown.
    pub page: u32,
    /// Its blocks, in reading order.
    pub blocks: Vec<PageBlock>,
    /// The size of its picture, where it has one: the picture itself is asked for apart.
    pub picture: Option<PictureSize>,
}

/// The size of a picture, in dots.
#[derive(Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PictureSize {
    /// Dots in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// A block of a page.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PageBlock {
    /// Heading or running text.
    pub heading: bool,
    /// Its text, lines joined.
    pub text: String,
}

/// What reading a document says while it runs.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReadingProgress {
    /// Pages read.
    pub done: u32,
    /// Pages in all, once known.
    pub total: Option<u32>,
}
