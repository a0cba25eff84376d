//! Photographs and scans through the real child: what each format gives, and what none can do.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use documents::worker::Limits;
use documents::{Document, DocumentError, Kind, PageFault, Picture, Pixels, pixels};
use flate2::{Compression, write::ZlibEncoder};

use crate::pdf_writer::{one_page, stream};
use crate::{corpus, open, open_within_limits};

fn picture(document: &Document, page: usize) -> &Picture {
    document.pages[page].picture.as_ref().unwrap()
}

fn dots(document: &Document, page: usize) -> Pixels {
    pixels(picture(document, page), &AtomicBool::new(false)).unwrap()
}

/// The colour at a place, in hundredths of the sides.
fn at(dots: &Pixels, x: u32, y: u32) -> [i32; 3] {
    let place = dots.height * y / 100 * dots.width + dots.width * x / 100;
    let place = place as usize * 3;
    [0, 1, 2].map(|channel| i32::from(dots.rgb[place + channel]))
}

fn near(found: [i32; 3], wanted: [i32; 3], by: i32) -> bool {
    found.iter().zip(wanted).all(|(a, b)| (a - b).abs() <= by)
}

#[test]
fn every_format_shows_the_town_hall_upright() {
    for name in [
        "photo.jpg",
        "photo.png",
        "photo.webp",
        "photo-turned.jpg",
        "photo-cmyk.jpg",
        "photo-16-bit.png",
    ] {
        let document = open(&corpus(name)).unwrap();
        assert_eq!(document.kind, Kind::Picture);
        assert_eq!(document.pages.len(), 1);
        let page = &document.pages[0];
        assert_eq!(page.fault, Some(PageFault::NoText));
        assert!(page.blocks.is_empty());
        let dots = dots(&document, 0);
        assert_eq!(dots.width * 3, dots.height * 4, "{name}");
        assert_eq!((dots.width, dots.height), {
            let picture = picture(&document, 0);
            (picture.width, picture.height)
        });
        for (x, y, colour) in [
            (10, 30, [97, 151, 220]),
            (84, 15, [255, 225, 90]),
            (30, 58, [60, 80, 110]),
            (50, 70, [90, 55, 35]),
        ] {
            let found = at(&dots, x, y);
            assert!(near(found, colour, 24), "{name} at {x}, {y}: {found:?}");
        }
        let [red, green, blue] = at(&dots, 10, 90);
        assert!(green > red + 20 && green > blue + 20, "{name}: no grass");
    }
}

#[test]
fn grey_stays_grey_and_what_is_not_opaque_is_white() {
    let grey = dots(&open(&corpus("photo-grey.png")).unwrap(), 0);
    assert!(grey.rgb.chunks(3).all(|dot| near(
        [dot[0], dot[1], dot[2]].map(i32::from),
        [dot[1]; 3].map(i32::from),
        3
    )));
    let clear = dots(&open(&corpus("photo-16-bit.png")).unwrap(), 0);
    assert!(near(at(&clear, 50, 3), [255; 3], 4));
}

#[test]
fn each_page_of_a_scan_is_a_page() {
    for name in ["fax.tiff", "scan.tiff"] {
        let document = open(&corpus(name)).unwrap();
        assert_eq!(document.kind, Kind::Picture);
        assert_eq!(document.pages.len(), 2, "{name}");
        let shown = [0, 1].map(|page| dots(&document, page));
        assert!(shown[0].rgb != shown[1].rgb, "{name}");
        for dots in shown {
            // A sheet: taller than wide, mostly white, with ink.
            assert!(dots.height > dots.width);
            let ink = dots.rgb.iter().filter(|&&value| value < 100).count();
            let paper = dots.rgb.iter().filter(|&&value| value > 240).count();
            assert!(
                ink * 200 > dots.rgb.len(),
                "{name}: {ink} of {}",
                dots.rgb.len()
            );
            assert!(
                paper * 2 > dots.rgb.len(),
                "{name}: {paper} of {}",
                dots.rgb.len()
            );
        }
    }
}

#[test]
fn a_scan_in_a_pdf_is_drawn_and_a_page_with_text_is_not() {
    let scan = open(&corpus("scan.pdf")).unwrap();
    let drawn = dots(&scan, 0);
    assert_eq!((drawn.width, drawn.height), (1088, 1540));
    assert!(near(at(&drawn, 2, 2), [240; 3], 16));
    assert!(drawn.rgb.iter().any(|&value| value < 60));
    let text = open(&corpus("deliberation.pdf")).unwrap();
    assert!(text.pages.iter().all(|page| page.picture.is_none()));
}

#[test]
fn the_strips_of_a_turned_sheet_are_put_together() {
    // Red above, blue below, as two images; the page is shown turned to the right.
    let strip = |colour: [u8; 3]| {
        let entries =
            "/Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceRGB/BitsPerComponent 8";
        stream(entries, &colour.repeat(4))
    };
    let content = b"q 595 0 0 421 0 421 cm /A Do Q q 595 0 0 421 0 0 cm /B Do Q";
    let bytes = one_page(
        stream("", content),
        "/XObject<</A 5 0 R/B 6 0 R>>",
        "/Rotate 90",
        vec![strip([250, 0, 0]), strip([0, 0, 250])],
    );
    let document = open(&bytes).unwrap();
    assert_eq!(document.pages[0].fault, Some(PageFault::NoText));
    let drawn = dots(&document, 0);
    assert!(drawn.width > drawn.height);
    assert!(near(at(&drawn, 75, 50), [250, 0, 0], 12));
    assert!(near(at(&drawn, 25, 50), [0, 0, 250], 12));
}

#[test]
fn content_decides_and_the_name_says_nothing() {
    let bytes = corpus("photo.png");
    let source = documents::Source {
        name: "photo.pdf",
        bytes: &bytes,
        password: None,
    };
    let document = documents::open(&source, &mut |_| {}, &AtomicBool::new(false)).unwrap();
    assert_eq!(document.kind, Kind::Picture);
}

#[test]
fn hostile_pictures_are_refused_each_for_its_reason() {
    let refused = |name: &str| open(&corpus(name)).unwrap_err();
    for name in ["truncated.jpg", "truncated.png"] {
        let error = refused(name);
        assert!(matches!(error, DocumentError::Broken), "{name}: {error:?}");
    }
    let error = refused("too-many-pixels.png");
    let DocumentError::TooManyPixels { limit } = error else {
        panic!("{error:?}")
    };
    assert_eq!(limit, 100_000_000);
    let error = refused("too-thin.png");
    assert!(
        matches!(error, DocumentError::TooThin { limit: 200 }),
        "{error:?}"
    );
    let half = &corpus("fax.tiff")[..9000];
    assert!(matches!(open(half), Err(DocumentError::Broken)));
}

#[test]
fn the_most_that_is_read_fits_and_more_is_told() {
    let begun = Instant::now();
    let document = open(&corpus("bomb.png")).unwrap();
    println!("100 megapixels of 1 bit in {:?}", begun.elapsed());
    assert_eq!(picture(&document, 0).width, 1540);
    // As many dots of eight bytes each, in a fifth of the memory that a document has.
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    let row = vec![0; 1 + 10_000 * 8];
    (0..10_000).for_each(|_| std::io::Write::write_all(&mut packer, &row).unwrap());
    let bytes = png(10_000, 10_000, 16, 6, &packer.finish().unwrap());
    let limits = Limits {
        memory: 256 << 20,
        ..Limits::DOCUMENT
    };
    let read = open_within_limits(&bytes, &limits);
    assert!(
        matches!(read, Err(DocumentError::TooMuchMemory)),
        "{read:?}"
    );
}

#[test]
fn a_photograph_of_twelve_megapixels_is_read_within_its_bounds() {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    for row in 0..3000u32 {
        let mut line = vec![0u8];
        line.extend((0..4000u32).flat_map(|x| [(x / 16) as u8, (row / 12) as u8, 120]));
        std::io::Write::write_all(&mut packer, &line).unwrap();
    }
    let bytes = png(4000, 3000, 8, 2, &packer.finish().unwrap());
    let limits = Limits {
        memory: 256 << 20,
        ..Limits::DOCUMENT
    };
    let begun = Instant::now();
    let document = open_within_limits(&bytes, &limits).unwrap();
    println!("12 megapixels in {:?}", begun.elapsed());
    let dots = dots(&document, 0);
    assert_eq!((dots.width, dots.height), (1540, 1155));
    assert!(near(at(&dots, 50, 50), [125, 125, 120], 6));
}

/// A PNG of these fields around rows already packed.
fn png(width: u32, height: u32, depth: u8, colour: u8, packed: &[u8]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([depth, colour, 0, 0, 0]);
    for (kind, content) in [(b"IHDR", &header[..]), (b"IDAT", packed), (b"IEND", b"")] {
        file.extend((content.len() as u32).to_be_bytes());
        let mut sum = flate2::Crc::new();
        sum.update(kind);
        sum.update(content);
        file.extend(kind);
        file.extend(content);
        file.extend(sum.sum().to_be_bytes());
    }
    file
}
