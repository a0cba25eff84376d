//! PDF: glyphs in their places (`glyphs`), then segments, regions, lines and blocks (`layout/`);
//! a page without text, drawn (`scan`).
//!
//! A page that makes the interpreter panic costs that page: it is reported unreadable, and the
//! next one is read.

mod glyphs;
mod layout;
mod scan;
mod title;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_interpret::{InterpreterCache, InterpreterSettings};
use hayro_syntax::page;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use super::picture::Allowance;
use super::{Pages, Stop};
use crate::document::{Kind, Page, PageFault, PageNumber};
use crate::worker::Refusal;

/// Readers accept a header anywhere in the first kilobyte (ISO 32000-2, annex on reading).
pub(super) fn is_pdf(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024)];
    head.windows(5).any(|window| window == b"%PDF-")
}

/// Reads a PDF page by page.
pub(super) fn read(
    bytes: Vec<u8>,
    password: Option<&str>,
    pages: &mut dyn Pages,
) -> Result<(), Stop> {
    let load = || Pdf::new_with_password(bytes, password.unwrap_or_default());
    let pdf = match catch_unwind(AssertUnwindSafe(load)) {
        Ok(Ok(pdf)) => pdf,
        Ok(Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected))) => {
            return Err(Stop::Refused(Refusal::Encrypted));
        }
        Ok(Err(_)) | Err(_) => return Err(Stop::Refused(Refusal::Broken)),
    };
    let total = pdf.pages().len();
    if total == 0 {
        return Err(Stop::Refused(Refusal::Broken));
    }
    let title = pdf.metadata().title.as_deref().and_then(title::decode);
    pages.opened(Kind::Pdf, title, u32::try_from(total).ok())?;

    let settings = InterpreterSettings::default();
    let mut cache = InterpreterCache::new();
    let mut allowance = Allowance::new();
    for (page, number) in pdf.pages().iter().zip((1..).map_while(PageNumber::new)) {
        let read = || read_page(&pdf, page, number, &cache, &settings);
        let mut read = catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
            cache = InterpreterCache::new(); // The panic may have left it half written.
            let (width, height) = (0.0, 0.0);
            let fault = Some(PageFault::Unreadable);
            Page {
                number,
                width,
                height,
                blocks: Vec::new(),
                fault,
                picture: None,
            }
        });
        if read.fault.is_some() {
            let draw = || catch_unwind(AssertUnwindSafe(|| scan::draw(page, &settings)));
            read.picture = allowance.take(|| draw().ok()?);
        }
        pages.page(read)?;
    }
    Ok(())
}

fn read_page<'a>(
    pdf: &'a Pdf,
    page: &page::Page<'a>,
    number: PageNumber,
    cache: &InterpreterCache<'a>,
    settings: &InterpreterSettings,
) -> Page {
    let (width, height) = page.render_dimensions();
    let drawn = glyphs::draw(pdf, page, cache, settings);
    let mut blocks = Vec::new();
    let fault = if drawn.is_unreadable() {
        Some(PageFault::Unreadable)
    } else {
        blocks = layout::blocks(drawn.glyphs);
        (blocks.is_empty() && drawn.shows_something).then_some(PageFault::NoText)
    };
    Page {
        number,
        width,
        height,
        blocks,
        fault,
        picture: None,
    }
}
