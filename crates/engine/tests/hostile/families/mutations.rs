//! Anything: seeded changes of a valid file, one or several at a time, that know its fields.

use std::rc::Rc;

use crate::bases::{Base, Bases};
use crate::case::{Case, Expect, Reason};
use crate::draft::{Draft, Entry, Image};

use super::extremes;

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
pub struct Lots(pub u64);

impl Lots {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `top`; zero if there is none.
    pub fn below(&mut self, top: usize) -> usize {
        (self.bits() % top.max(1) as u64) as usize
    }

    pub fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// A case of a seed; the same for the same seed.
pub fn case(bases: &Bases, companion: &Base, seed: u64) -> Case {
    let mut lots = Lots(seed);
    let base = match lots.below(8) {
        0 => companion,
        1 | 2 => &lots.of(&bases.kinds).1,
        _ => lots.of(&bases.forms),
    };
    let (draft, image) = (base.draft.clone(), base.image.clone());
    let name = format!("{} changed by seed {seed}", base.name);
    let companion = base.architecture == companion.architecture;
    let case = Case::new(name, Expect::Either(Reason::Any), move || {
        changed(&draft, &image, Lots(seed + 1))
    });
    Case { companion, ..case }
}

fn changed(draft: &Rc<Draft>, image: &Rc<Image>, mut lots: Lots) -> Vec<u8> {
    let mut image = if lots.below(3) == 0 {
        let mut draft = (**draft).clone();
        for _ in 0..=lots.below(3) {
            shuffle(&mut draft, &mut lots);
        }
        draft.image()
    } else {
        (**image).clone()
    };
    for _ in 0..=lots.below(4) {
        spoil(&mut image, &mut lots);
    }
    image.bytes
}

/// Changes pieces, and leaves the file well formed or nearly so.
fn shuffle(draft: &mut Draft, lots: &mut Lots) {
    let (entries, tensors) = (draft.entries.len(), draft.tensors.len());
    if entries < 2 || tensors < 2 {
        return;
    }
    let (a, b) = (lots.below(entries), lots.below(entries));
    let (c, d) = (lots.below(tensors), lots.below(tensors));
    match lots.below(10) {
        0 => draft.entries.swap(a, b),
        1 => drop(draft.entries.remove(a)),
        2 => {
            let Entry { kind, value, .. } = draft.entries[a].clone();
            draft.entries[b].kind = kind;
            draft.entries[b].value = value;
        }
        3 => {
            let key = draft.entries[a].key.clone();
            draft.entries[b].key = key;
        }
        4 => draft.tensors.swap(c, d),
        5 => drop(draft.tensors.remove(c)),
        6 => {
            let dims = draft.tensors[c].dims.clone();
            draft.tensors[d].dims = dims;
        }
        7 => draft.tensors[c].kind = lots.below(42) as u32,
        8 => {
            // What an earlier change put out of order has no parts.
            if draft.tensors.is_sorted_by_key(|tensor| tensor.offset) {
                let mut parts = draft.parts();
                parts[d].1 = parts[c].1.clone();
                draft.lay(parts);
            }
        }
        _ => draft.alignment = 8 << lots.below(10),
    }
}

/// Overwrites, moves, cuts or adds bytes.
fn spoil(image: &mut Image, lots: &mut Lots) {
    if image.bytes.len() < 32 {
        return;
    }
    let header = image.data.clamp(24, image.bytes.len());
    let inside = if lots.below(4) == 0 {
        image.bytes.len()
    } else {
        header
    };
    let at = 4 + lots.below(inside - 4);
    match lots.below(8) {
        0 => image.bytes[at] = lots.below(256) as u8,
        1 => image.bytes[at] ^= 1 << lots.below(8),
        2 | 3 => {
            let field = lots.of(&image.fields).clone();
            let Some(bytes) = image.bytes.get_mut(field.at) else {
                return;
            };
            let width = bytes.len().min(8);
            if width > 0 {
                let values = extremes(lots.bits() % 1000, if width < 8 { 4 } else { 8 });
                let value = lots.of(&values).to_le_bytes();
                bytes[..width].copy_from_slice(&value[..width]);
            }
        }
        4 => {
            let from = lots.below(inside);
            let count = lots.below(64).min(inside - at).min(inside - from);
            image.bytes.copy_within(from..from + count, at);
        }
        5 => {
            let end = (at + 1 + lots.below(32)).min(image.bytes.len());
            image.bytes.drain(at..end);
        }
        6 => {
            let noise: Vec<u8> = (0..=lots.below(32))
                .map(|_| lots.below(256) as u8)
                .collect();
            image.bytes.splice(at..at, noise);
        }
        _ => {
            if lots.below(8) == 0 {
                image.bytes.truncate(at);
            } else {
                let end = (at + 8).min(image.bytes.len());
                image.bytes[at..end].fill(if lots.below(2) == 0 { 0xFF } else { 0 });
            }
        }
    }
}
