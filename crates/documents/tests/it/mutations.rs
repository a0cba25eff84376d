//! Damaged PDFs and pictures: whatever a byte becomes, the caller gets pages or a typed error, and soon.

use std::time::{Duration, Instant};

use documents::DocumentError;

use crate::{corpus, open};

/// How many damaged files, spread over the sources.
const FILES: u64 = 600;

#[test]
fn damaged_files_never_harm_the_caller() {
    let sources = [
        "deliberation.pdf",
        "columns.pdf",
        "encrypted.pdf",
        "scan.pdf",
        "photo-turned.jpg",
        "photo-16-bit.png",
        "photo.webp",
        "fax.tiff",
        "scan.tiff",
    ]
    .map(corpus);
    let (mut read, mut refused, mut died) = (0, 0, 0);
    for seed in 1..=FILES {
        let source = &sources[seed as usize % sources.len()];
        let bytes = damage(source.clone(), &mut Chance(seed));
        let begun = Instant::now();
        match open(&bytes) {
            Ok(document) => {
                assert!(!document.pages.is_empty());
                read += 1;
            }
            Err(
                DocumentError::Broken
                | DocumentError::Encrypted
                | DocumentError::UnknownFormat
                | DocumentError::Empty
                | DocumentError::TooManyPixels { .. }
                | DocumentError::TooThin { .. },
            ) => refused += 1,
            Err(
                DocumentError::ReaderDied
                | DocumentError::TooMuchMemory
                | DocumentError::TooLong { .. },
            ) => died += 1,
            Err(other) => panic!("seed {seed}: {other:?}"),
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "seed {seed}: {:?}",
            begun.elapsed()
        );
    }
    println!("{FILES} damaged files: {read} read, {refused} refused, {died} children lost");
    assert!(
        read > FILES / 4,
        "the damage is too great to prove anything: {read} read"
    );
}

/// One to twenty wounds: a byte flipped, a piece cut out, doubled or zeroed.
fn damage(mut bytes: Vec<u8>, chance: &mut Chance) -> Vec<u8> {
    for _ in 0..=chance.below(20) {
        let at = chance.below(bytes.len());
        let end = (at + 1 + chance.below(200)).min(bytes.len());
        match chance.below(8) {
            0..5 => bytes[at] ^= 1 << chance.below(8),
            5 => drop(bytes.drain(at..end)),
            6 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => bytes[at..end].fill(0),
        }
    }
    bytes
}

/// Marsaglia's xorshift64: the same damage in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        for _ in 0..3 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
        }
        (self.0 % bound as u64) as usize
    }
}
