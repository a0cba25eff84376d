//! Bytes to text: UTF-8, UTF-16 with a byte order mark, else the likeliest Western encoding.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

/// How much of a file the guess looks at.
const GUESS: usize = 1 << 20;

/// The text, or `None` when the bytes are no text at all. Line ends become `\n`.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or_else(|| (guess(bytes), 0));
    let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    (!is_binary(&text)).then_some(text)
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let sample = &bytes[..bytes.len().min(GUESS)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    // A file that is almost UTF-8 holds a stray byte; its text is still UTF-8.
    detector.guess(Some(b"fr"), Utf8Detection::Allow)
}

/// Text holds no control characters but blanks, and hardly a character that could not be decoded.
fn is_binary(text: &str) -> bool {
    let (mut all, mut strange) = (0usize, 0usize);
    for c in text.chars() {
        all += 1;
        match c {
            '\0' => return true,
            '\n' | '\t' | '\u{c}' => {}
            '\u{fffd}' | '\u{1}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => strange += 1,
            _ => {}
        }
    }
    strange * 100 > all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_survives_each_encoding() {
        let french = "L’œuvre coûte 3,85 € : « déjà », à Saint-Aubin-des-Prés.";
        let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(french);
        let utf16 = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            mark.into_iter()
                .chain(french.encode_utf16().flat_map(bytes))
                .collect()
        };
        for bytes in [
            french.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", french.as_bytes()].concat(),
            windows.into_owned(),
            utf16([0xff, 0xfe], u16::to_le_bytes),
            utf16([0xfe, 0xff], u16::to_be_bytes),
        ] {
            assert_eq!(text(&bytes).as_deref(), Some(french));
        }
    }

    #[test]
    fn line_ends_become_one() {
        assert_eq!(text(b"a\r\nb\rc\n").as_deref(), Some("a\nb\nc\n"));
    }

    #[test]
    fn binary_is_no_text() {
        assert_eq!(text(b"GIF89a\x01\x00\x01\x00"), None);
        assert_eq!(text(&[0x1f, 0x8b, 8, 1, 2, 3, 4, 5, 6, 7]), None);
    }
}
