//! The title of a PDF's metadata: a PDF text string (ISO 32000-2, 7.9.2.2).

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// UTF-16 or UTF-8 with a mark, else PDFDocEncoding. `None` when nothing readable is left.
pub(super) fn decode(bytes: &[u8]) -> Option<String> {
    let text = match bytes {
        [0xfe, 0xff, rest @ ..] => UTF_16BE.decode_without_bom_handling(rest).0.into_owned(),
        [0xff, 0xfe, rest @ ..] => UTF_16LE.decode_without_bom_handling(rest).0.into_owned(),
        [0xef, 0xbb, 0xbf, rest @ ..] => UTF_8.decode_without_bom_handling(rest).0.into_owned(),
        _ => bytes.iter().map(|&byte| pdf_doc_char(byte)).collect(),
    };
    let text = text
        .split(char::is_control)
        .collect::<String>()
        .trim()
        .to_owned();
    (!text.is_empty()).then_some(text)
}

/// PDFDocEncoding is Latin-1 but for a few rows (ISO 32000-2, annex D.2).
fn pdf_doc_char(byte: u8) -> char {
    const ROW_18: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const ROW_80: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚',
        '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{fffd}', '€',
    ];
    match byte {
        0x18..=0x1f => ROW_18[usize::from(byte - 0x18)],
        0x80..=0xa0 => ROW_80[usize::from(byte - 0x80)],
        _ => WINDOWS_1252
            .decode_without_bom_handling(&[byte])
            .0
            .chars()
            .next()
            .unwrap_or(' '),
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn each_form_of_title_is_read() {
        let utf16: Vec<u8> = [0xfe, 0xff]
            .into_iter()
            .chain(
                "Délibération n° 3 – œuvre"
                    .encode_utf16()
                    .flat_map(u16::to_be_bytes),
            )
            .collect();
        assert_eq!(decode(&utf16).unwrap(), "Délibération n° 3 – œuvre");
        assert_eq!(
            decode(b"D\xe9lib\xe9ration n\xb0 3 \x85 \x9cuvre").unwrap(),
            "Délibération n° 3 – œuvre"
        );
        assert_eq!(decode("\u{feff}Été".as_bytes()).unwrap(), "Été");
        assert_eq!(decode(b" \x00\n"), None);
    }
}
