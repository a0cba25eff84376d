//! Headers that break the format's rules: one family a flaw of another loader (`trust.md` §1).

use engine::EngineError;
use engine::gguf::{Header, Kind};
use proptest::prelude::*;

/// What a hand-made file holds, each number free.
#[derive(Clone)]
struct Hostile {
    version: u32,
    tensor_count: u64,
    entry_count: u64,
    entries: Vec<u8>,
    tensors: Vec<u8>,
    data: usize,
}

/// The numbers at which arithmetic breaks.
const EXTREMES: [u64; 12] = [
    0,
    1,
    5,
    13,
    65_537,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    (1 << 60) + 1,
    1 << 61,
    1 << 63,
    u64::MAX,
];

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

fn entry(key: &str, kind: u32, value: &[u8]) -> Vec<u8> {
    [string(key).as_slice(), &kind.to_le_bytes(), value].concat()
}

fn tensor(name: &str, dims: &[u64], kind: u32, offset: u64) -> Vec<u8> {
    let mut out = string(name);
    out.extend((dims.len() as u32).to_le_bytes());
    dims.iter().for_each(|dim| out.extend(dim.to_le_bytes()));
    out.extend(kind.to_le_bytes());
    out.extend(offset.to_le_bytes());
    out
}

impl Hostile {
    /// A small file that is accepted: two entries, two tensors.
    fn sane() -> Self {
        let words = [string("a"), string("bc")].concat();
        let array = [&8u32.to_le_bytes()[..], &2u64.to_le_bytes(), &words].concat();
        Self {
            version: 3,
            tensor_count: 2,
            entry_count: 2,
            entries: [
                entry("a.b", 4, &7u32.to_le_bytes()),
                entry("words", 9, &array),
            ]
            .concat(),
            tensors: [tensor("x", &[32, 2], 8, 0), tensor("y", &[8], 0, 96)].concat(),
            data: 128,
        }
    }

    fn entries(entries: &[Vec<u8>]) -> Self {
        Self {
            entry_count: entries.len() as u64,
            entries: entries.concat(),
            ..Self::sane()
        }
    }

    fn tensors(tensors: &[Vec<u8>]) -> Self {
        Self {
            tensor_count: tensors.len() as u64,
            tensors: tensors.concat(),
            ..Self::sane()
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(self.version.to_le_bytes());
        out.extend(self.tensor_count.to_le_bytes());
        out.extend(self.entry_count.to_le_bytes());
        out.extend(&self.entries);
        out.extend(&self.tensors);
        out.resize(out.len().next_multiple_of(32) + self.data, 0);
        out
    }

    fn refused(&self) -> EngineError {
        Header::parse(&self.bytes()).expect_err("must be refused")
    }

    fn malformed(&self) {
        let error = self.refused();
        assert!(matches!(error, EngineError::Malformed { .. }), "{error}");
    }

    fn truncated(&self) {
        let error = self.refused();
        assert!(matches!(error, EngineError::Truncated { .. }), "{error}");
    }
}

#[test]
fn a_sane_file_is_read() {
    let bytes = Hostile::sane().bytes();
    let header = Header::parse(&bytes).unwrap();
    assert_eq!(header.u32("a.b", 0..=9).unwrap(), Some(7));
    assert_eq!(header.strings("words").unwrap(), Some(vec!["a", "bc"]));
    let [x, y] = header.tensors() else { panic!() };
    assert_eq!(
        (x.kind, x.dims.as_slice(), x.bytes.len()),
        (Kind::Q8_0, &[32, 2][..], 68)
    );
    assert_eq!(y.bytes.start - x.bytes.start, 96);
    assert_eq!(y.bytes.end, bytes.len());
}

#[test]
fn another_magic_or_version_is_refused() {
    for bytes in [
        &b""[..],
        b"GGU",
        b"GGML",
        b"PK\x03\x04",
        b"%PDF-1.7",
        b"FUGG",
    ] {
        assert!(matches!(Header::parse(bytes), Err(EngineError::NotGguf)));
    }
    for version in [0, 1, 4, 3u32.swap_bytes(), u32::MAX] {
        Hostile {
            version,
            ..Hostile::sane()
        }
        .malformed();
    }
}

#[test]
fn every_truncation_is_refused() {
    let bytes = Hostile::sane().bytes();
    for length in 0..bytes.len() {
        assert!(Header::parse(&bytes[..length]).is_err(), "{length}");
    }
}

#[test]
fn counts_are_refused_before_anything_is_allocated() {
    for count in EXTREMES {
        if count != 2 {
            let hostile = Hostile {
                entry_count: count,
                ..Hostile::sane()
            };
            hostile.refused();
            let hostile = Hostile {
                tensor_count: count,
                ..Hostile::sane()
            };
            // Fewer tensors than written: what is left is data, and that is no flaw.
            if count > 2 {
                hostile.refused();
            }
        }
    }
}

#[test]
fn lengths_of_strings_are_refused() {
    for length in EXTREMES.into_iter().filter(|length| *length > 200) {
        let bad = [&length.to_le_bytes()[..], b"abc"].concat();
        let value = [&8u32.to_le_bytes()[..], &bad].concat();
        Hostile::entries(&[[bad.clone(), vec![0; 40]].concat()]).refused();
        Hostile::entries(&[[string("k"), value].concat()]).truncated();
        Hostile::tensors(&[bad]).refused();
    }
    Hostile::entries(&[entry(&"k".repeat(257), 7, &[1])]).malformed();
    Hostile::tensors(&[tensor(&"n".repeat(64), &[8], 0, 0)]).malformed();
    Hostile::entries(&[entry(
        "k",
        8,
        &[&2u64.to_le_bytes()[..], &[0xFF, 0xFE]].concat(),
    )])
    .malformed();
}

#[test]
fn keys_are_unique_and_of_known_characters() {
    for key in ["", "A", "a b", "é", "a\0"] {
        Hostile::entries(&[entry(key, 7, &[1])]).malformed();
    }
    Hostile::entries(&[entry("k", 7, &[1]), entry("k", 4, &[0; 4])]).malformed();
    Hostile::entries(&[entry("k", 7, &[2])]).malformed();
    for kind in [13, 255, u32::MAX] {
        Hostile::entries(&[entry("k", kind, &[0; 8])]).malformed();
    }
}

#[test]
fn arrays_are_bounded_and_flat() {
    let array = |element: u32, count: u64| {
        let value = [&element.to_le_bytes()[..], &count.to_le_bytes()].concat();
        Hostile::entries(&[entry("k", 9, &value)])
    };
    for count in EXTREMES.into_iter().filter(|count| *count > 1000) {
        for element in [0, 4, 6, 8, 10] {
            array(element, count).refused();
        }
    }
    array(9, 1).malformed();
    array(13, 1).malformed();
    // Ten thousand arrays in one another.
    let nested = [9u32.to_le_bytes().as_slice(), &1u64.to_le_bytes()]
        .concat()
        .repeat(10_000);
    Hostile::entries(&[entry("k", 9, &nested)]).malformed();
}

#[test]
fn alignment_is_a_small_power_of_two() {
    for alignment in [0u32, 1, 3, 4, 13, 8192, 1 << 31, u32::MAX] {
        Hostile::entries(&[entry("general.alignment", 4, &alignment.to_le_bytes())]).malformed();
    }
    Hostile::entries(&[entry("general.alignment", 5, &32u32.to_le_bytes())]).malformed();
}

#[test]
fn dimensions_are_one_to_four_and_never_zero() {
    for dims in [&[][..], &[32, 1, 1, 1, 1]] {
        Hostile::tensors(&[tensor("x", dims, 0, 0)]).malformed();
    }
    let mut endless = string("x");
    endless.extend(u32::MAX.to_le_bytes());
    Hostile::tensors(&[[endless, vec![0; 64]].concat()]).malformed();
    for dims in [[0, 1], [32, 0]] {
        Hostile::tensors(&[tensor("x", &dims, 0, 0)]).malformed();
    }
}

#[test]
fn sizes_do_not_wrap() {
    for (dims, kind) in [
        (&[1152, (1 << 42) + 1][..], 8),
        (&[1 << 40, 1 << 40], 0),
        (&[1 << 62], 0),
        (&[u64::MAX], 0),
        (&[u64::MAX, u64::MAX, u64::MAX, u64::MAX], 1),
        (&[33, 2], 8),
    ] {
        Hostile::tensors(&[tensor("x", dims, kind, 0)]).refused();
    }
    // Each size is right, their sum wraps.
    let half = 0x1FFF_FFFF_FFFF_FFF8;
    let far = tensor("y", &[half], 0, 0x7FFF_FFFF_FFFF_FFE0);
    Hostile::tensors(&[tensor("x", &[half], 0, 0), far]).refused();
}

#[test]
fn offsets_are_aligned_inside_the_file_and_apart() {
    for offset in EXTREMES.into_iter().filter(|offset| *offset > 0) {
        Hostile::tensors(&[tensor("x", &[8], 0, offset)]).refused();
    }
    let x = tensor("x", &[32, 2], 8, 0);
    Hostile::tensors(&[x.clone(), tensor("y", &[8], 0, 64)]).malformed();
    Hostile::tensors(&[x.clone(), tensor("y", &[8], 0, 0)]).malformed();
    Hostile::tensors(&[x.clone(), tensor("x", &[8], 0, 96)]).malformed();
    Hostile::tensors(&[tensor("", &[8], 0, 0)]).malformed();
    // One byte beyond the end.
    Hostile {
        data: 127,
        ..Hostile::sane()
    }
    .truncated();
}

#[test]
fn types_are_known_or_named() {
    for kind in [4, 5, 31, 255, u32::MAX] {
        Hostile::tensors(&[tensor("x", &[256], kind, 0)]).malformed();
    }
    let error = Hostile::tensors(&[tensor("x", &[256], 23, 0)]).refused();
    assert!(matches!(
        error,
        EngineError::UnsupportedType { ref tensor, kind: "IQ4_XS" } if tensor == "x"
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Any bytes of a sane file changed: read or refused, never a panic, and what is read is inside.
    #[test]
    fn a_changed_file_is_read_or_refused(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let mut bytes = Hostile::sane().bytes();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(header) = Header::parse(&bytes) {
            prop_assert!(header.tensors().iter().all(|t| t.bytes.end <= bytes.len()));
        }
    }

    #[test]
    fn any_bytes_after_the_magic_are_read_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..300)
    ) {
        let _ = Header::parse(&[b"GGUF\x03\0\0\0", bytes.as_slice()].concat());
    }
}
