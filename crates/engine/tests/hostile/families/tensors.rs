//! Rows 6 to 10 and 15: dimensions, sizes, offsets and types of tensors.

use crate::bases::{Base, Bases, KINDS};
use crate::case::{Case, Expect, Family, Reason, malformed};
use crate::draft::{Draft, Field, Spot};

use super::{extremes, number, overwritten, redrawn, sweep};

/// Types of the format that the engine does not compute (`ggml.h`; those that were removed too).
const UNSUPPORTED: [(u32, &str); 29] = [
    (4, "Q4_2"),
    (5, "Q4_3"),
    (9, "Q8_1"),
    (15, "Q8_K"),
    (16, "IQ2_XXS"),
    (17, "IQ2_XS"),
    (18, "IQ3_XXS"),
    (19, "IQ1_S"),
    (20, "IQ4_NL"),
    (21, "IQ3_S"),
    (22, "IQ2_S"),
    (23, "IQ4_XS"),
    (24, "I8"),
    (25, "I16"),
    (26, "I32"),
    (27, "I64"),
    (28, "F64"),
    (29, "IQ1_M"),
    (31, "Q4_0_4_4"),
    (32, "Q4_0_4_8"),
    (33, "Q4_0_8_8"),
    (34, "TQ1_0"),
    (35, "TQ2_0"),
    (36, "IQ4_NL_4_4"),
    (37, "IQ4_NL_4_8"),
    (38, "IQ4_NL_8_8"),
    (39, "MXFP4"),
    (40, "NVFP4"),
    (41, "Q1_0"),
];

pub fn families(bases: &Bases) -> Vec<Family> {
    vec![
        Family::new(
            "6",
            "number of dimensions",
            sweep(bases, &[Spot::DimCount], dim_count),
        ),
        Family::new("7, 8", "dimensions", sweep(bases, &[Spot::Dim], dim)),
        Family::new("8", "sizes that wrap to the right one", wrapped(bases)),
        Family::new("9", "sums of sizes that wrap", sums(bases)),
        Family::new("10, 15", "offsets", sweep(bases, &[Spot::Offset], offset)),
        Family::new(
            "10",
            "the last tensor ends past the end of the file",
            past_end(bases),
        ),
        Family::new(
            "15",
            "types: a type we lack is named at import",
            types(bases),
        ),
    ]
}

fn of(what: &str, field: &Field) -> Expect {
    malformed(&format!("{what} of tensor `{}`", field.of)).into()
}

fn dim_count(base: &Base, field: &Field, value: u64) -> Expect {
    match value {
        _ if value == number(base, field) => Expect::Speaks,
        // A dimension is then read as a type, which may be one that we lack.
        1..=4 => Reason::Any.into(),
        _ => of("number of dimensions", field),
    }
}

fn dim(base: &Base, field: &Field, value: u64) -> Expect {
    match value {
        _ if value == number(base, field) => Expect::Speaks,
        0 => of("empty dimension", field),
        _ => Reason::Shifted.into(),
    }
}

fn offset(base: &Base, field: &Field, value: u64) -> Expect {
    if value == number(base, field) {
        Expect::Speaks
    } else if !value.is_multiple_of(32) {
        of("alignment", field)
    } else {
        Reason::Shifted.into()
    }
}

fn wrapped(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    let recipes: [(&[u64], u32); 6] = [
        (&[1152, (1 << 42) + 1], 8),
        (&[1 << 40, 1 << 40], 0),
        (&[1 << 62], 0),
        (&[u64::MAX], 0),
        (&[u64::MAX, u64::MAX, u64::MAX, u64::MAX], 1),
        (&[1 << 16, 1 << 16, 1 << 16, 1 << 16], 30),
    ];
    for base in &bases.forms {
        for (at, tensor) in base.draft.tensors.iter().enumerate() {
            for (dims, kind) in recipes {
                let change = move |draft: &mut Draft| {
                    draft.tensors[at].dims = dims.to_vec();
                    draft.tensors[at].kind = kind;
                };
                let name = format!("{} of {dims:?}, type {kind}", tensor.name);
                cases.push(redrawn(base, &name, Reason::Shifted, change));
            }
            // The product comes back to its own value modulo 2^64.
            for (axis, dim) in tensor.dims.iter().enumerate() {
                let rest: u64 = tensor.dims.iter().product::<u64>() / dim;
                let turn = 64 - rest.trailing_zeros().max(1);
                for turns in [1u64, 3] {
                    let dim = dim.wrapping_add(turns << turn);
                    let change = move |draft: &mut Draft| draft.tensors[at].dims[axis] = dim;
                    let name = format!("{} dimension {axis} = {dim:#x}", tensor.name);
                    cases.push(redrawn(base, &name, Reason::Shifted, change));
                }
            }
        }
    }
    cases
}

fn sums(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        let count = base.draft.tensors.len();
        for (first, second) in (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b))) {
            // Each is right alone; together they make 2^64, or a little more.
            for half in [1u64 << 61, (1 << 61) - 8, (1 << 60) + 8] {
                let change = move |draft: &mut Draft| {
                    for at in [first, second] {
                        draft.tensors[at].dims = vec![half];
                        draft.tensors[at].kind = 0;
                    }
                    draft.tensors[second].offset = draft.tensors[first]
                        .offset
                        .wrapping_add(half.wrapping_mul(4));
                };
                let name = format!("tensors {first} and {second} of {half:#x} floats");
                cases.push(redrawn(base, &name, Reason::Shifted, change));
            }
        }
    }
    cases
}

fn past_end(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for (kind, base) in &bases.kinds {
        let last = base.draft.tensors.last().unwrap();
        let rows = last.dims.iter().product::<u64>() / last.dims[0];
        let size = kind
            .tensor_bytes(&last.dims)
            .filter(|_| last.kind == kind.id());
        let size = size.unwrap_or(4 * last.dims[0] * rows);
        let end = base.image.data + (last.offset + size) as usize;
        for lack in [1, 2, 31, 32, 33, size as usize, size as usize + 1] {
            let image = base.image.clone();
            let name = format!("{} lacks its last {lack} bytes", base.name);
            cases.push(Case::new(name, Reason::Truncated, move || {
                image.bytes[..end - lack].to_vec()
            }));
        }
    }
    cases
}

fn types(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        for field in base
            .image
            .fields
            .iter()
            .filter(|f| f.spot == Spot::TensorType)
        {
            let own = number(base, field);
            let mut values: Vec<u64> = (0..64).chain(extremes(own, 4)).collect();
            values.extend([127, 128, 254, 0x8000_0008, 0xFFFF_FF08]);
            values.sort_unstable();
            values.dedup();
            for value in values {
                let unsupported = UNSUPPORTED.iter().find(|(id, _)| u64::from(*id) == value);
                let expect = match unsupported {
                    _ if value == own => Expect::Speaks,
                    Some((_, kind)) => Reason::Type {
                        tensor: field.of.clone(),
                        kind,
                    }
                    .into(),
                    None if KINDS.iter().any(|(kind, _)| u64::from(kind.id()) == value) => {
                        Reason::Any.into()
                    }
                    None => of("type", field),
                };
                cases.push(overwritten(base, field, value, expect));
            }
        }
    }
    cases
}
