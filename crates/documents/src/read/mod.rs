//! From bytes to pages. Runs in the child; one file a format.
//!
//! What a document is, is read from its content: a name's extension proves nothing.

mod decode;
mod markdown;
mod paginate;
mod pdf;
mod picture;
mod text;

use std::io;

pub(crate) use picture::{MOST_PIXELS, MOST_RATIO};

use crate::document::{Kind, Page, Pixels};
use crate::worker::Refusal;

/// Where pages go as they are read.
pub(crate) trait Pages {
    /// Called once, before the first page. `pages` is how many will come, where known.
    fn opened(&mut self, kind: Kind, title: Option<String>, pages: Option<u32>) -> io::Result<()>;
    /// Called for each page in order.
    fn page(&mut self, page: Page) -> io::Result<()>;
}

/// Why reading ended before the last page.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The document cannot be read.
    Refused(Refusal),
    /// The pages cannot be delivered.
    Output(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Reads a document of any known format.
pub(crate) fn read(
    bytes: Vec<u8>,
    password: Option<&str>,
    pages: &mut dyn Pages,
) -> Result<(), Stop> {
    if pdf::is_pdf(&bytes) {
        return pdf::read(bytes, password, pages);
    }
    if let Some(format) = picture::format_of(&bytes) {
        return picture::read(format, &bytes, pages);
    }
    let text = decode::text(&bytes).ok_or(Stop::Refused(Refusal::UnknownFormat))?;
    drop(bytes);
    if text.trim().is_empty() {
        Err(Stop::Refused(Refusal::Empty))
    } else if markdown::is_markdown(&text) {
        markdown::read(&text, pages)
    } else {
        text::read(&text, pages)
    }
}

/// The dots of a picture that a page came with.
pub(crate) fn pixels(bytes: &[u8]) -> Result<Pixels, Refusal> {
    let format = picture::format_of(bytes).ok_or(Refusal::UnknownFormat)?;
    picture::pixels(format, bytes)
}

/// The pages of a document read in this process, for tests.
#[cfg(test)]
pub(crate) fn read_here(bytes: &[u8]) -> Result<crate::Document, Refusal> {
    struct Collected(Option<crate::Document>);
    impl Pages for Collected {
        fn opened(&mut self, kind: Kind, title: Option<String>, _: Option<u32>) -> io::Result<()> {
            let title = title.map(privacy::Private::new);
            self.0 = Some(crate::Document {
                kind,
                title,
                pages: Vec::new(),
            });
            Ok(())
        }
        fn page(&mut self, page: Page) -> io::Result<()> {
            self.0.as_mut().unwrap().pages.push(page);
            Ok(())
        }
    }
    let mut collected = Collected(None);
    match read(bytes.to_vec(), None, &mut collected) {
        Ok(()) => Ok(collected.0.unwrap()),
        Err(Stop::Refused(refusal)) => Err(refusal),
        Err(Stop::Output(error)) => panic!("{error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_the_format() {
        let kind = |bytes: &[u8]| read_here(bytes).map(|document| document.kind);
        assert_eq!(kind(b"Bonjour,\n\nLe maire"), Ok(Kind::Text));
        assert_eq!(kind(b"# Conseil\n\nLe maire"), Ok(Kind::Markdown));
        assert_eq!(kind(b" \n\t\n"), Err(Refusal::Empty));
        assert_eq!(
            kind(b"PK\x03\x04\x14\x00\x00\x00\x08\x00"),
            Err(Refusal::UnknownFormat)
        );
        assert_eq!(
            kind(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
            Err(Refusal::Broken)
        );
        assert_eq!(kind(b"GIF89a\x01\x00\x01\x00"), Err(Refusal::UnknownFormat));
        assert_eq!(
            kind(b"\x7fELF\x02\x01\x01\x00\x00"),
            Err(Refusal::UnknownFormat)
        );
        assert_eq!(kind(b"%PDF-1.7\nnothing more"), Err(Refusal::Broken));
    }
}
