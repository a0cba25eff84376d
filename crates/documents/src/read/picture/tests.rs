//! What is decided of a picture before and around its decoder.

use super::*;

#[test]
fn sizes_are_bounded_before_any_dot_is_decoded() {
    for (width, height, found) in [
        (1, 1, Ok(())),
        (10_000, 10_000, Ok(())),
        (10_001, 10_000, Err(Refusal::TooManyPixels)),
        (u32::MAX, u32::MAX, Err(Refusal::TooManyPixels)),
        (200, 1, Ok(())),
        (1, 201, Err(Refusal::TooThin)),
        (0, 7, Err(Refusal::Broken)),
    ] {
        assert_eq!(check_size(width, height), found, "{width} × {height}");
    }
}

#[test]
fn a_jpeg_without_its_end_is_not_whole() {
    let start = b"\xff\xd8\xff\xe1\x00\x04\xff\xd9\xff\xda\x00\x02\x12\xff\x00\x34";
    assert!(
        !is_whole_jpeg(start),
        "an end inside a note is not the picture's"
    );
    assert!(is_whole_jpeg(&[&start[..], b"\xff\xd9"].concat()));
    assert!(is_whole_jpeg(
        &[&start[..], b"\xff\xd9what follows"].concat()
    ));
    assert!(!is_whole_jpeg(b"\xff\xd8\xff\xff\xff\xe0\xff"));
    assert!(!is_whole_jpeg(b""));
}

#[test]
fn a_picture_that_was_encoded_comes_back() {
    let image = RgbImage::from_fn(300, 200, |x, y| image::Rgb([x as u8, y as u8, 90]));
    let picture = encode(&image).unwrap();
    assert_eq!((picture.width, picture.height), (300, 200));
    let back = pixels(Format::Jpeg, picture.jpeg.expose()).unwrap();
    let far = back
        .rgb
        .iter()
        .zip(image.as_raw())
        .map(|(a, b)| a.abs_diff(*b));
    assert!(far.max() < Some(40));
}
