//! Photographs and scans: decoded, set upright, reduced to what a model looks at, encoded again.
//!
//! `raster` holds what a decoder gave, `reduce` makes it small, `tiff` reads the one format with
//! pages, and `allowance` bounds what pictures take of a document.

mod allowance;
mod raster;
mod reduce;
mod tiff;

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, RgbImage};
use privacy::Private;

pub(super) use allowance::Allowance;
use raster::Raster;

use super::{Pages, Stop};
use crate::document::{Kind, Page, PageFault, PageNumber, Picture, Pixels};
use crate::worker::Refusal;

/// The most dots of a picture: beyond it the best camera of a telephone, and at four bytes each
/// within what the child may take.
pub(crate) const MOST_PIXELS: u64 = 100_000_000;
/// How many times the shorter side the longer one may be.
pub(crate) const MOST_RATIO: u32 = 200;
/// Of JPEG: where letters of a scan show no halo.
const QUALITY: u8 = 90;

/// A format that is read here.
#[derive(Clone, Copy)]
pub(super) enum Format {
    Jpeg,
    Png,
    Tiff,
    WebP,
}

/// The format that the first bytes tell, if it is read here.
pub(super) fn format_of(bytes: &[u8]) -> Option<Format> {
    match image::guess_format(bytes).ok()? {
        ImageFormat::Jpeg => Some(Format::Jpeg),
        ImageFormat::Png => Some(Format::Png),
        ImageFormat::Tiff => Some(Format::Tiff),
        ImageFormat::WebP => Some(Format::WebP),
        _ => None,
    }
}

/// Reads a picture: one page, or as many as a TIFF has.
pub(super) fn read(format: Format, bytes: &[u8], pages: &mut dyn Pages) -> Result<(), Stop> {
    if matches!(format, Format::Tiff) {
        return tiff::read(bytes, pages);
    }
    let image = small(format, bytes).map_err(Stop::Refused)?;
    let picture = encode(&image).ok_or(Stop::Refused(Refusal::Broken))?;
    pages.opened(Kind::Picture, None, Some(1))?;
    let number = PageNumber::new(1).ok_or(Stop::Refused(Refusal::Broken))?;
    pages.page(page(number, Some(picture)))?;
    Ok(())
}

/// The dots of a picture of one page.
pub(super) fn pixels(format: Format, bytes: &[u8]) -> Result<Pixels, Refusal> {
    let image = small(format, bytes)?;
    Ok(Pixels {
        width: image.width(),
        height: image.height(),
        rgb: image.into_raw(),
    })
}

/// A page that is a picture and nothing else; without one it could not be decoded.
fn page(number: PageNumber, picture: Option<Picture>) -> Page {
    Page {
        number,
        width: 0.0,
        height: 0.0,
        blocks: Vec::new(),
        fault: Some(match picture {
            Some(_) => PageFault::NoText,
            None => PageFault::Unreadable,
        }),
        picture,
    }
}

/// A picture for the wire. `None` only for one without dots.
pub(super) fn encode(image: &RgbImage) -> Option<Picture> {
    let mut jpeg = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    encoder.encode_image(image).ok()?;
    Some(Picture {
        width: image.width(),
        height: image.height(),
        jpeg: Private::new(jpeg),
    })
}

/// Refuses a picture by its size, before any room is made for it.
fn check_size(width: u32, height: u32) -> Result<(), Refusal> {
    let (short, long) = (width.min(height), width.max(height));
    if short == 0 {
        Err(Refusal::Broken)
    } else if u64::from(width) * u64::from(height) > MOST_PIXELS {
        Err(Refusal::TooManyPixels)
    } else if long > short.saturating_mul(MOST_RATIO) {
        Err(Refusal::TooThin)
    } else {
        Ok(())
    }
}

/// Whether a picture of that size is worth showing.
pub(super) fn is_shown(width: u32, height: u32) -> bool {
    check_size(width, height).is_ok() && width.max(height) <= Picture::LONGEST
}

/// A picture of one page, upright and reduced. A decoder that panics gave nothing.
fn small(format: Format, bytes: &[u8]) -> Result<RgbImage, Refusal> {
    let work = || match format {
        Format::Jpeg if !is_whole_jpeg(bytes) => Err(Refusal::Broken),
        Format::Jpeg => decode(JpegDecoder::new(Cursor::new(bytes))),
        Format::Png => decode(PngDecoder::new(Cursor::new(bytes))),
        Format::WebP => decode(WebPDecoder::new(Cursor::new(bytes))),
        Format::Tiff => Err(Refusal::UnknownFormat),
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Refusal::Broken))
}

fn decode<D: ImageDecoder>(decoder: Result<D, ImageError>) -> Result<RgbImage, Refusal> {
    let mut decoder = decoder.map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    // A camera's note that cannot be read says nothing of the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    let raster = Raster::try_from(decoded)?;
    Ok(upright(reduce::reduce(&raster), orientation))
}

/// Turned as the camera was held: after the reduction, which is the same and takes less.
fn upright(image: RgbImage, orientation: Orientation) -> RgbImage {
    let mut image = DynamicImage::ImageRgb8(image);
    image.apply_orientation(orientation);
    image.into_rgb8()
}

#[allow(clippy::needless_pass_by_value, reason = "given to `map_err`")]
fn refusal(error: ImageError) -> Refusal {
    match error {
        ImageError::Unsupported(_) => Refusal::UnknownFormat,
        ImageError::Limits(_) => Refusal::TooManyPixels,
        _ => Refusal::Broken,
    }
}

/// Whether a JPEG has its end: its decoder fills what is missing with grey and says nothing.
///
/// Segments are passed over by their length up to the first scan (ITU-T T.81, annex B); in what
/// follows, the two bytes of the end mark stand for nothing else.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    const SCAN: u8 = 0xda;
    const END: [u8; 2] = [0xff, 0xd9];
    let mut at = 2;
    while let Some(&[mark, kind, high, low]) = bytes.get(at..at + 4) {
        match (mark, kind) {
            (0xff, SCAN) => return bytes[at..].windows(2).any(|pair| pair == END),
            (0xff, 0xff | 0x01 | 0xd0..=0xd8) => at += if kind == 0xff { 1 } else { 2 },
            (0xff, _) => at += 2 + usize::from(u16::from_be_bytes([high, low])),
            // Between segments some programs leave zeros.
            _ => at += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests;
