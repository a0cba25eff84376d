//! Every family of spoiled files, in the order of the table of flaws.

pub mod counts;
pub mod crowds;
pub mod ids;
pub mod keys;
pub mod metadata;
pub mod mutations;
pub mod sight;
pub mod table;
pub mod template;
pub mod tensors;
pub mod vocabulary;
pub mod weights;
pub mod words;

use crate::bases::{Base, Bases};
use crate::case::{Case, Expect, Family};
use crate::draft::{Draft, Field, Spot};

/// All that is systematic.
pub fn all(bases: &Bases) -> Vec<Family> {
    let mut all = counts::families(bases);
    all.extend(tensors::families(bases));
    all.extend(table::families(bases));
    all.extend(keys::families(bases));
    all.extend(metadata::families(bases));
    all.extend(words::families(bases));
    all.extend(ids::families(bases));
    all.extend(vocabulary::families(bases));
    all.extend(crowds::families(bases));
    all.extend(template::families(bases));
    all.extend(weights::families(bases));
    all.extend(sight::families(bases));
    all
}

/// Rows that no file of this campaign shows, and why.
pub const ELSEWHERE: [(&str, &str); 8] = [
    (
        "10",
        "a file that shrinks while it is mapped: the handle is locked; where locks are not respected the process ends, and no mapping can exclude it",
    ),
    (
        "19",
        "a prompt, not a file: refused beyond the context, and text is encoded 64 KiB at a time (tests of the session and of the tokenizer)",
    ),
    (
        "23",
        "pictures of 20 000 by 1 and more pixels than are read: no model's file (tests of the grid)",
    ),
    (
        "24, 25",
        "adapters and control vectors: not read; a file of either has no known architecture, and is refused by that name",
    ),
    (
        "26",
        "prefix states on disk: a later issue; today the engine writes and reads none",
    ),
    ("28", "no template is executed, so none can loop"),
    (
        "30",
        "grammars come from our own schemas: with constrained output",
    ),
    (
        "31, 32",
        "no loopback interface and no model package yet: later issues",
    ),
];

/// Numbers at which arithmetic breaks, those around `own`, and those that a cast would take for it.
pub fn extremes(own: u64, width: usize) -> Vec<u64> {
    let mut all = vec![0, 1, 2, 13, 255, 256, 257, 65_535, 65_536, 65_537];
    all.extend([
        own.wrapping_sub(1),
        own,
        own.wrapping_add(1),
        own.wrapping_mul(2),
    ]);
    all.extend([(1 << 31) - 1, 1 << 31, (1 << 32) - 1]);
    if width == 8 {
        all.extend([
            1 << 32,
            (1 << 32) + own,
            (1 << 60) + 1,
            1 << 61,
            (1 << 62) - 1,
        ]);
        all.extend([
            (1 << 63) - 1,
            1 << 63,
            u64::MAX - 1,
            u64::MAX,
            own.wrapping_neg(),
        ]);
        all.extend([
            (1 << 61) + own,
            (1 << 63) + own,
            u64::MAX / 33 + 1,
            u64::MAX / 14 + 1,
        ]);
    }
    let mask = u64::MAX >> (64 - 8 * width);
    all.iter_mut().for_each(|value| *value &= mask);
    all.sort_unstable();
    all.dedup();
    all
}

/// The number that a field holds.
pub fn number(base: &Base, field: &Field) -> u64 {
    let mut bytes = [0; 8];
    let at = &base.image.bytes[field.at.clone()];
    bytes[..at.len()].copy_from_slice(at);
    u64::from_le_bytes(bytes)
}

/// A file for every extreme of every field of some spots.
pub fn sweep(
    bases: &Bases,
    spots: &[Spot],
    expect: impl Fn(&Base, &Field, u64) -> Expect,
) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        for field in base.image.fields.iter().filter(|f| spots.contains(&f.spot)) {
            for value in extremes(number(base, field), field.at.len()) {
                cases.push(overwritten(base, field, value, expect(base, field, value)));
            }
        }
    }
    cases
}

/// A file with one number replaced.
pub fn overwritten(base: &Base, field: &Field, value: u64, expect: Expect) -> Case {
    let name = format!(
        "{} {:?} of {} at {} = {value:#x}",
        base.name, field.spot, field.of, field.at.start
    );
    let (image, field) = (base.image.clone(), field.clone());
    Case::new(name, expect, move || image.with(&field, value))
}

/// A file with its pieces changed.
pub fn redrawn(
    base: &Base,
    name: &str,
    expect: impl Into<Expect>,
    change: impl Fn(&mut Draft) + 'static,
) -> Case {
    let draft = base.draft.clone();
    Case::new(format!("{} {name}", base.name), expect, move || {
        draft.with(&change).image().bytes
    })
}
