//! What client and child say to each other: one line of JSON a message, and after some of them
//! the bytes that they announce: the document's, from the client; a picture's, from the child.
//!
//! `Private` values are unwrapped here and nowhere else in the crate, and none of these types can
//! be printed.

use privacy::Private;
use serde::{Deserialize, Serialize};

use crate::document::{
    Block, BlockKind, Kind, Line, Page, PageFault, PageNumber, Picture, Pixels, Rect,
};

/// The version both sides must speak. Any change to this file raises it.
pub(super) const VERSION: u32 = 2;

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
    /// What is asked for.
    pub wanted: Wanted,
}

/// What the client asks of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Wanted {
    /// The pages of a document.
    Pages,
    /// The dots of a picture that a page came with.
    Pixels,
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
    /// The next page, followed by its picture's bytes.
    Page(WirePage),
    /// The picture's size, followed by its dots.
    Pixels([u32; 2]),
    /// That was the last page.
    End,
    /// No page, or no further page, will come.
    Refused(Refusal),
}

impl Answer {
    /// How many bytes follow the line.
    pub(super) fn payload(&self) -> u64 {
        match self {
            Self::Page(page) => page.picture.map_or(0, |picture| picture.length.into()),
            Self::Pixels([width, height]) => 3 * u64::from(*width) * u64::from(*height),
            Self::Opened { .. } | Self::End | Self::Refused(_) => 0,
        }
    }

    /// A page, and the bytes that follow it.
    pub(super) fn of_page(page: Page) -> (Self, Vec<u8>) {
        let (page, jpeg) = WirePage::of(page);
        (Self::Page(page), jpeg)
    }

    /// Dots, and the bytes that follow their size.
    pub(super) fn of_pixels(pixels: Pixels) -> (Self, Vec<u8>) {
        (Self::Pixels([pixels.width, pixels.height]), pixels.rgb)
    }
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
    /// A picture of more dots than are read.
    TooManyPixels,
    /// A picture that is a line.
    TooThin,
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
    picture: Option<WirePicture>,
}

/// A picture on the wire; its bytes follow the line.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct WirePicture {
    size: [u32; 2],
    length: u32,
}

#[derive(Serialize, Deserialize)]
struct WireBlock(BlockKind, Vec<WireLine>);

/// Text, then left, top, right, bottom.
#[derive(Serialize, Deserialize)]
struct WireLine(String, [f32; 4]);

impl WirePage {
    /// A page, and its picture's bytes.
    fn of(page: Page) -> (Self, Vec<u8>) {
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
        let mut jpeg = Vec::new();
        let picture = page.picture.map(|picture| {
            jpeg = picture.jpeg.into_inner();
            WirePicture {
                size: [picture.width, picture.height],
                length: jpeg.len() as u32,
            }
        });
        let page = Self {
            size: [page.width, page.height].map(hundredths),
            fault: page.fault,
            blocks: blocks.collect(),
            picture,
        };
        (page, jpeg)
    }

    /// The page that this is, as the `number`th to arrive, with the bytes that followed it.
    /// `None` when its picture is none that the child makes.
    pub(super) fn into_page(self, number: PageNumber, jpeg: Vec<u8>) -> Option<Page> {
        let blocks = self.blocks.into_iter().filter(|block| !block.1.is_empty());
        let blocks = blocks.map(|WireBlock(kind, lines)| Block {
            kind,
            lines: lines.into_iter().map(WireLine::into_line).collect(),
        });
        let picture = match self.picture {
            Some(WirePicture { size, .. }) if is_picture(size) && jpeg.starts_with(b"\xff\xd8") => {
                Some(Picture {
                    width: size[0],
                    height: size[1],
                    jpeg: Private::new(jpeg),
                })
            }
            Some(_) => return None,
            None => None,
        };
        let [width, height] = self.size;
        Some(Page {
            number,
            width,
            height,
            blocks: blocks.collect(),
            fault: self.fault,
            picture,
        })
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

/// The dots that followed their size; `None` when it is none of a picture's.
pub(super) fn into_pixels(size: [u32; 2], rgb: Vec<u8>) -> Option<Pixels> {
    let [width, height] = size;
    is_picture(size).then_some(Pixels { width, height, rgb })
}

/// Whether a picture of the child may have that size.
fn is_picture(size: [u32; 2]) -> bool {
    size.iter()
        .all(|side| (1..=Picture::LONGEST).contains(side))
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
            picture: Some(Picture {
                width: 1540,
                height: 1,
                jpeg: Private::new(b"\xff\xd8dots".to_vec()),
            }),
        };
        let (answer, bytes) = Answer::of_page(page.clone());
        assert_eq!(answer.payload(), bytes.len() as u64);
        let json = serde_json::to_string(&answer).unwrap();
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
        assert_eq!(wire.into_page(number, bytes), Some(expected));
    }

    #[test]
    fn a_block_without_lines_does_not_arrive() {
        let json = r#"{"size":[1.0,1.0],"fault":null,"blocks":[["heading",[]]]}"#;
        let wire: WirePage = serde_json::from_str(json).unwrap();
        assert!(
            wire.into_page(PageNumber::new(1).unwrap(), Vec::new())
                .unwrap()
                .blocks
                .is_empty()
        );
    }

    #[test]
    fn a_picture_that_the_child_does_not_make_is_no_page() {
        for (size, bytes) in [
            ([1541, 2], &b"\xff\xd8"[..]),
            ([2, 0], b"\xff\xd8"),
            ([2, 2], b"\x89PNG"),
            ([2, 2], b""),
        ] {
            let json = format!(
                r#"{{"size":[1.0,1.0],"fault":null,"blocks":[],"picture":{{"size":{size:?},"length":9}}}}"#
            );
            let wire: WirePage = serde_json::from_str(&json).unwrap();
            let page = wire.into_page(PageNumber::new(1).unwrap(), bytes.to_vec());
            assert_eq!(page, None, "{size:?}");
        }
        assert!(into_pixels([0, 1], Vec::new()).is_none());
    }
}
