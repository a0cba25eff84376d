//! Rows 1 to 5 and 13: counts, lengths, types of values, arrays, and files cut short.

use crate::bases::{Base, Bases};
use crate::case::{Case, Expect, Family, Reason, malformed};
use crate::draft::{ARRAY, Field, STRING, Spot, array, text};

use super::{extremes, number, overwritten, redrawn, sweep};

const MAX_STRING: u64 = 16 << 20;
const MAX_ELEMENTS: u64 = 4 << 20;

pub fn families(bases: &Bases) -> Vec<Family> {
    vec![
        Family::new(
            "1",
            "number of keys",
            sweep(bases, &[Spot::EntryCount], counted),
        ),
        Family::new(
            "2",
            "number of tensors",
            sweep(bases, &[Spot::TensorCount], counted),
        ),
        Family::new(
            "3",
            "lengths of keys, names and strings",
            sweep(bases, &LENGTHS, length),
        ),
        Family::new("3", "lengths past a hole of many gibibytes", holes(bases)),
        Family::new("3", "strings that are too long or no UTF-8", strings(bases)),
        Family::new(
            "4",
            "number of elements of an array",
            sweep(bases, &[Spot::ArrayCount], elements),
        ),
        Family::new("4, 12, 22", "types of values and of elements", types(bases)),
        Family::new("5", "arrays of arrays", nested(bases)),
        Family::new(
            "10, 13",
            "files cut at every byte of the header, and inside the data",
            cuts(bases),
        ),
        Family::new("13", "magic and version", magic(bases)),
    ]
}

const LENGTHS: [Spot; 3] = [Spot::KeyLength, Spot::NameLength, Spot::TextLength];

fn left(base: &Base, field: &Field) -> u64 {
    (base.image.bytes.len() - field.at.end) as u64
}

fn counted(base: &Base, field: &Field, value: u64) -> Expect {
    let own = number(base, field);
    let spot = |spot| {
        base.image
            .fields
            .iter()
            .find(|field| field.spot == spot)
            .unwrap()
    };
    let other = |wanted| match field.spot == wanted {
        true => value,
        false => number(base, spot(wanted)),
    };
    if value == own {
        return Expect::Speaks;
    }
    if value > 65_536 {
        return malformed("too many entries or tensors").into();
    }
    let least = other(Spot::EntryCount) * 14 + other(Spot::TensorCount) * 33;
    if least > left(base, spot(Spot::EntryCount)) {
        return Reason::Truncated.into();
    }
    // Fewer tensors: the data are then read from another place, and may still be a model's.
    Reason::Any.into()
}

fn length(base: &Base, field: &Field, value: u64) -> Expect {
    let limit = match field.spot {
        Spot::KeyLength => 256,
        Spot::NameLength => 63,
        _ => MAX_STRING,
    };
    if value == number(base, field) {
        Expect::Speaks
    } else if value > left(base, field) {
        Reason::Truncated.into()
    } else if value > limit {
        malformed("too long").into()
    } else {
        Reason::Shifted.into()
    }
}

/// The bytes asked for are there, as a hole of the file: it is the limit that must refuse.
fn holes(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        for spot in [
            Spot::KeyLength,
            Spot::TextLength,
            Spot::ArrayCount,
            Spot::NameLength,
        ] {
            let fields: Vec<_> = base
                .image
                .fields
                .iter()
                .filter(|f| f.spot == spot)
                .collect();
            for field in [
                fields[0],
                fields[fields.len() / 2],
                fields[fields.len() - 1],
            ] {
                for value in [MAX_STRING + 1, 1 << 31, (1 << 31) + 8, 1 << 32] {
                    let expect = match spot {
                        Spot::ArrayCount => malformed("too many elements"),
                        _ => malformed("too long"),
                    };
                    let mut case = overwritten(base, field, value, expect.into());
                    let make = case.make.clone();
                    case.make = std::rc::Rc::new(move || {
                        let mut content = make();
                        content.length = Some(1 << 36);
                        content
                    });
                    cases.push(case);
                }
            }
        }
    }
    cases
}

fn strings(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        for (size, reason) in [(256, None), (257, Some(malformed("too long")))] {
            let key = "k".repeat(size);
            let expect = reason.map_or(Expect::Speaks, Expect::Refused);
            let change = move |draft: &mut crate::draft::Draft| draft.set(&key, 7, vec![1]);
            cases.push(redrawn(
                base,
                &format!("a key of {size} letters"),
                expect,
                change,
            ));
        }
        for bad in [
            &[0xFF, 0xFE][..],
            &[0xC0, 0x80],
            &[0xED, 0xA0, 0x80],
            &[0xF0, 0x9F],
            b"a\x80",
        ] {
            let change =
                move |draft: &mut crate::draft::Draft| draft.set("general.name", STRING, text(bad));
            cases.push(redrawn(
                base,
                &format!("a name of bytes {bad:x?}"),
                malformed("general.name"),
                change,
            ));
        }
        for size in [MAX_STRING, MAX_STRING + 1] {
            let expect = match size > MAX_STRING {
                true => malformed("too long").into(),
                false => Expect::Speaks,
            };
            let change = move |draft: &mut crate::draft::Draft| {
                draft.set(
                    "general.description",
                    STRING,
                    text(vec![b'a'; size as usize]),
                );
            };
            cases.push(redrawn(
                base,
                &format!("a string of {size} bytes"),
                expect,
                change,
            ));
        }
    }
    cases
}

fn elements(base: &Base, field: &Field, value: u64) -> Expect {
    let element = u32::from_le_bytes(
        base.image.bytes[field.at.start - 4..field.at.start]
            .try_into()
            .unwrap(),
    );
    let least = crate::draft::width(element).unwrap_or(8) as u64;
    if value == number(base, field) {
        Expect::Speaks
    } else if value > MAX_ELEMENTS {
        malformed(&format!("`{}`: an array of too many elements", field.of)).into()
    } else if value * least > left(base, field) {
        Reason::Truncated.into()
    } else {
        Reason::Shifted.into()
    }
}

/// Each type in the place of each other, the bytes unchanged.
fn types(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        let spots = [Spot::Type, Spot::ElementType];
        for field in base.image.fields.iter().filter(|f| spots.contains(&f.spot)) {
            let own = number(base, field);
            for value in (0..16).chain(extremes(own, 4)) {
                let read = !["general.type", "general.file_type"].contains(&field.of.as_str());
                let expect = match value {
                    _ if value == own => Expect::Speaks,
                    13.. if field.spot == Spot::Type => {
                        malformed(&format!("`{}`: a value of unknown type", field.of)).into()
                    }
                    13.. => malformed(&format!("`{}`: an array of unknown type", field.of)).into(),
                    _ if read => Reason::Shifted.into(),
                    _ => Expect::Either(Reason::Shifted),
                };
                cases.push(overwritten(base, field, value, expect));
            }
        }
    }
    cases
}

fn nested(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        let arrays = base
            .draft
            .entries
            .iter()
            .filter(|entry| entry.kind == ARRAY);
        for key in arrays.map(|entry| entry.key.clone()).chain(["x.y".into()]) {
            for depth in [1, 2, 100, 10_000, 1_000_000] {
                let (own, named) = (key.clone(), format!("`{key}`: an array of arrays"));
                let change = move |draft: &mut crate::draft::Draft| {
                    draft.set(
                        &own,
                        ARRAY,
                        array(ARRAY, 1, &array(ARRAY, 1, &[]).repeat(depth)),
                    );
                };
                cases.push(redrawn(
                    base,
                    &format!("{key}, {depth} deep"),
                    malformed(&named),
                    change,
                ));
            }
        }
    }
    cases
}

fn cuts(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        let image = &base.image;
        let end = base.draft.tensors.last().unwrap();
        // The padding after the last tensor may lack.
        let kind = bases
            .kinds
            .iter()
            .find(|(kind, _)| kind.id() == end.kind)
            .unwrap()
            .0;
        let end = image.data + (end.offset + kind.tensor_bytes(&end.dims).unwrap()) as usize;
        let inside = (image.data..end).step_by(97);
        for length in (0..image.data).chain(inside).chain([end - 1, end]) {
            let expect = match length {
                0..24 => Reason::NotGguf.into(),
                _ if length >= end => Expect::Speaks,
                _ => Reason::Truncated.into(),
            };
            let image = image.clone();
            let name = format!("{} cut at {length}", base.name);
            cases.push(Case::new(name, expect, move || {
                image.bytes[..length].to_vec()
            }));
        }
    }
    cases
}

fn magic(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        let version = &base.image.fields[1];
        for value in extremes(3, 4)
            .into_iter()
            .chain([u64::from(3u32.swap_bytes())])
        {
            let expect = match value {
                2 | 3 => Expect::Speaks,
                _ => malformed("unknown format version").into(),
            };
            cases.push(overwritten(base, version, value, expect));
        }
        for magic in [
            "GGML",
            "ggjt",
            "FUGG",
            "gguf",
            "GGUE",
            "PK\x03\x04",
            "%PDF",
            "\0\0\0\0",
        ] {
            let image = base.image.clone();
            cases.push(Case::new(
                format!("{} magic {magic:?}", base.name),
                Reason::NotGguf,
                move || [magic.as_bytes(), &image.bytes[4..]].concat(),
            ));
        }
    }
    cases
}
