//! What client and child say to each other: one line of JSON a message, then, from the client
//! alone, the document's bytes.
//!
//! `Private` values are unwrapped here and nowhere else in the crate, and none of these types can
//! be printed.

use privacy::Private;
use serde::{Deserialize, Serialize};

use crate::document::{Block, BlockKind, Kind, Line, Page, PageFault, PageNumber, Rect};

/// The version both sides must speak. Any change to this file raises it.
pub(super) const VERSION: u32 = 1;

/// The most bytes a request's line may have.
pub(super) const REQUEST_LIMIT: u64 = 64 << 10;

/// The client's one message, before the bytes.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    /// [`VERSION`].
    pub version: u32,
    /// How many bytes follow the line.
    pub length: u64,
    /// What opens the document, if the agent gave it.
    pub password: Option<String>,
}

/// The child's messages.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Answer {
    /// The format is known; pages follow.
    Opened {
        /// What the document is.
        kind: Kind,
        /// The title it gives itself.
        title: Option<String>,
        /// How many pages follow, where that is known beforehand.
        pages: Option<u32>,
    },
    /// The next page.
    Page(WirePage),
    /// That was the last page.
    End,
    /// No page, or no further page, will come.
    Refused(Refusal),
}

/// Why the child does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Refusal {
    /// Nothing but blanks.
    Empty,
    /// No known format.
    UnknownFormat,
    /// A password is missing or wrong.
    Encrypted,
    /// Damaged.
    Broken,
    /// The client speaks another version.
    Version,
    /// The child could not confine itself.
    Unconfined,
}

/// A page on the wire; its number is its place in the sequence.
#[derive(Serialize, Deserialize)]
pub(super) struct WirePage {
    size: [f32; 2],
    fault: Option<PageFault>,
    blocks: Vec<WireBlock>,
}

#[derive(Serialize, Deserialize)]
struct WireBlock(BlockKind, Vec<WireLine>);

/// Text, then left, top, right, bottom.
#[derive(Serialize, Deserialize)]
struct WireLine(String, [f32; 4]);

impl From<Page> for WirePage {
    fn from(page: Page) -> Self {
        let blocks = page.blocks.into_iter().map(|block| {
            let lines = block.lines.into_iter().map(|line| {
                let Rect {
                    left,
                    top,
                    right,
                    bottom,
                } = line.bounds;
                WireLine(
                    line.text.into_inner(),
                    [left, top, right, bottom].map(hundredths),
                )
            });
            WireBlock(block.kind, lines.collect())
        });
        Self {
            size: [page.width, page.height].map(hundredths),
            fault: page.fault,
            blocks: blocks.collect(),
        }
    }
}

impl WirePage {
    /// The page that this is, as the `number`th to arrive.
    pub(super) fn into_page(self, number: PageNumber) -> Page {
        let blocks = self.blocks.into_iter().filter(|block| !block.1.is_empty());
        let blocks = blocks.map(|WireBlock(kind, lines)| Block {
            kind,
            lines: lines.into_iter().map(WireLine::into_line).collect(),
        });
        let [width, height] = self.size;
        Page {
            number,
            width,
            height,
            blocks: blocks.collect(),
            fault: self.fault,
        }
    }
}

impl WireLine {
    fn into_line(self) -> Line {
        let Self(text, [left, top, right, bottom]) = self;
        Line {
            text: Private::new(text),
            bounds: Rect {
                left,
                top,
                right,
                bottom,
            },
        }
    }
}

/// A hundredth of a point is finer than any printer, and shorter on the wire. JSON has no
/// infinity: what is not finite becomes zero.
fn hundredths(points: f32) -> f32 {
    if points.is_finite() {
        (points * 100.0).round() / 100.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_crosses_the_wire() {
        let number = PageNumber::new(4).unwrap();
        let bounds = Rect {
            left: 70.875,
            top: 1.0 / 3.0,
            right: f32::INFINITY,
            bottom: 80.5,
        };
        let line = Line {
            text: Private::new("Le \"maire\",\n 3,85 €".to_owned()),
            bounds,
        };
        let page = Page {
            number,
            width: 595.3,
            height: 841.9,
            blocks: vec![Block {
                kind: BlockKind::Heading,
                lines: vec![line],
            }],
            fault: Some(PageFault::Unreadable),
        };
        let json = serde_json::to_string(&Answer::Page(page.clone().into())).unwrap();
        assert!(!json.contains('\n'), "one message, one line: {json}");
        let Answer::Page(wire) = serde_json::from_str(&json).unwrap() else {
            panic!("{json}")
        };
        let mut expected = page;
        expected.blocks[0].lines[0].bounds = Rect {
            left: 70.88,
            top: 0.33,
            right: 0.0,
            bottom: 80.5,
        };
        assert_eq!(wire.into_page(number), expected);
    }

    #[test]
    fn a_block_without_lines_does_not_arrive() {
        let json = r#"{"size":[1.0,1.0],"fault":null,"blocks":[["heading",[]]]}"#;
        let wire: WirePage = serde_json::from_str(json).unwrap();
        assert!(
            wire.into_page(PageNumber::new(1).unwrap())
                .blocks
                .is_empty()
        );
    }
}
