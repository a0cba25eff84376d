//! TIFF: what scanners write, a page an image. Pages that are only smaller copies are passed over.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::RgbImage;
use image::metadata::Orientation;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use super::raster::{Colour, Raster, Samples};
use super::{Allowance, check_size, encode, page, reduce, upright};
use crate::document::{Kind, PageNumber};
use crate::read::{Pages, Stop};
use crate::worker::Refusal;

type Bytes<'a> = Cursor<&'a [u8]>;

/// More images than a register has pages.
const MOST_IMAGES: usize = 10_000;

/// Reads a TIFF page by page. One that cannot be decoded costs that page, unless it is the only.
pub(super) fn read(bytes: &[u8], pages: &mut dyn Pages) -> Result<(), Stop> {
    let places = guarded(|| places(bytes)).map_err(Stop::Refused)?;
    let mut allowance = Allowance::new();
    let mut first = match places[..] {
        // What is wrong with its only image is what is wrong with the file.
        [only] => Some(guarded(|| small(bytes, only)).map_err(Stop::Refused)?),
        _ => None,
    };
    pages.opened(Kind::Picture, None, u32::try_from(places.len()).ok())?;
    for (place, number) in places.into_iter().zip((1..).map_while(PageNumber::new)) {
        let mut image = || {
            first
                .take()
                .or_else(|| guarded(|| small(bytes, place)).ok())
        };
        let picture = allowance.take(|| encode(&image()?));
        pages.page(page(number, picture))?;
    }
    Ok(())
}

fn guarded<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Refusal::Broken))
}

fn open(bytes: &[u8]) -> Result<Decoder<Bytes<'_>>, Refusal> {
    let mut limits = Limits::default();
    // The child's own bound is what holds; sizes are checked before any is decoded.
    limits.decoding_buffer_size = usize::MAX;
    limits.intermediate_buffer_size = usize::MAX;
    let decoder = Decoder::new(Cursor::new(bytes)).map_err(refusal)?;
    Ok(decoder.with_limits(limits))
}

/// Which of its images are pages.
fn places(bytes: &[u8]) -> Result<Vec<usize>, Refusal> {
    const SMALLER_COPY: u32 = 1;
    let mut decoder = open(bytes)?;
    let mut places = Vec::new();
    for place in 0..MOST_IMAGES {
        let role = decoder.find_tag_unsigned::<u32>(Tag::NewSubfileType);
        if role.ok().flatten().unwrap_or(0) & SMALLER_COPY == 0 {
            places.push(place);
        }
        // What follows a directory that cannot be read is lost with it.
        if !decoder.more_images() || decoder.next_image().is_err() {
            break;
        }
    }
    if places.is_empty() {
        places.push(0);
    }
    Ok(places)
}

/// An image, upright and reduced.
fn small(bytes: &[u8], place: usize) -> Result<RgbImage, Refusal> {
    let mut decoder = open(bytes)?;
    decoder.seek_to_image(place).map_err(refusal)?;
    let size = decoder.dimensions().map_err(refusal)?;
    check_size(size.0, size.1)?;
    let (colour, alpha, bits) = match decoder.colortype().map_err(refusal)? {
        ColorType::Gray(bits) => (Colour::Grey, false, bits),
        ColorType::GrayA(bits) => (Colour::Grey, true, bits),
        ColorType::RGB(bits) => (Colour::Rgb, false, bits),
        ColorType::RGBA(bits) => (Colour::Rgb, true, bits),
        ColorType::CMYK(bits) => (Colour::Cmyk, false, bits),
        ColorType::YCbCr(bits) => (Colour::YCbCr, false, bits),
        _ => return Err(Refusal::UnknownFormat),
    };
    if decoder.image_buffer_layout().map_err(refusal)?.planes > 1 {
        return Err(Refusal::UnknownFormat);
    }
    let held = decoder.find_tag_unsigned::<u8>(Tag::Orientation);
    let held = held.ok().flatten().and_then(Orientation::from_exif);
    let samples = match decoder.read_image().map_err(refusal)? {
        DecodingResult::U8(of) if bits == 8 => Samples::Bytes(of),
        DecodingResult::U8(of) if matches!(bits, 1 | 2 | 4) => Samples::Bits(bits, of),
        DecodingResult::U16(of) => Samples::Words(of),
        DecodingResult::F32(of) => Samples::Floats(of),
        _ => return Err(Refusal::UnknownFormat),
    };
    drop(decoder);
    let raster = Raster::new(size, colour, alpha, samples)?;
    let image = reduce::reduce(&raster);
    Ok(upright(image, held.unwrap_or(Orientation::NoTransforms)))
}

#[allow(clippy::needless_pass_by_value, reason = "given to `map_err`")]
fn refusal(error: TiffError) -> Refusal {
    match error {
        TiffError::UnsupportedError(_) => Refusal::UnknownFormat,
        _ => Refusal::Broken,
    }
}
