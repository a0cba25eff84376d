//! GPT-2's alphabet: a visible character for each byte, so that a token of any bytes is a string.
//!
//! Printable bytes of Latin-1 are themselves; the 68 others follow from U+0100 in order
//! (`bytes_to_unicode` of OpenAI's GPT-2 encoder).

/// Whether a byte stands for itself.
const fn printable(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF)
}

/// The character of a byte.
pub(crate) fn char_of(byte: u8) -> char {
    if printable(byte) {
        return char::from(byte);
    }
    let rank = (0..byte).filter(|b| !printable(*b)).count() as u32;
    char::from_u32(0x100 + rank).unwrap_or_default()
}

/// The byte of a character, if it is one of the alphabet.
pub(crate) fn byte_of(character: char) -> Option<u8> {
    match u32::from(character) {
        code @ 0..=0xFF => Some(code as u8).filter(|byte| printable(*byte)),
        code @ 0x100..=0x143 => (0..=255u8)
            .filter(|byte| !printable(*byte))
            .nth((code - 0x100) as usize),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_is_a_bijection_and_is_gpt2s() {
        for byte in 0..=255 {
            assert_eq!(byte_of(char_of(byte)), Some(byte));
        }
        assert_eq!(char_of(b' '), 'Ġ');
        assert_eq!(char_of(b'\n'), 'Ċ');
        assert_eq!(char_of(0xC3), 'Ã');
        assert_eq!(char_of(0xAD), '\u{143}');
        assert_eq!(byte_of('▁'), None);
        assert_eq!(byte_of(' '), None);
    }
}
