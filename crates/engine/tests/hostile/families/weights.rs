//! Damaged weights, of every type: a file that opens, and computes no number.

use crate::bases::Bases;
use crate::case::{Case, Expect, Family, Reason, malformed};
use crate::draft::{Draft, Tensor};

use super::redrawn;

pub fn families(bases: &Bases) -> Vec<Family> {
    vec![
        Family::new(
            "8, 10",
            "weights that are not numbers, of every type",
            filled(bases),
        ),
        Family::new(
            "8",
            "hidden sizes from one up, and products larger than the file",
            widths(bases),
        ),
    ]
}

/// Bytes that make numbers infinite, huge, none, or anything.
fn fillings() -> Vec<(&'static str, Vec<u8>)> {
    let mut lots = super::mutations::Lots(11);
    let noise =
        |lots: &mut super::mutations::Lots| (0..4096).map(|_| lots.below(256) as u8).collect();
    vec![
        ("ones", vec![0xFF]),
        ("zeros", vec![0]),
        ("infinite halves", vec![0x00, 0x7C]),
        ("not-a-number halves", vec![0x00, 0x7E]),
        ("largest halves", vec![0xFF, 0x7B]),
        ("infinite floats", vec![0, 0, 0x80, 0x7F]),
        ("largest floats", vec![0xFF, 0xFF, 0x7F, 0x7F]),
        ("smallest", vec![1, 0, 0, 0]),
        ("noise", noise(&mut lots)),
        ("other noise", noise(&mut lots)),
    ]
}

fn filled(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for (_, base) in &bases.kinds {
        for (at, tensor) in base.draft.tensors.iter().enumerate() {
            for (what, pattern) in fillings() {
                let norm = tensor.dims.len() == 1;
                let infinite = matches!(what, "ones" | "infinite floats");
                let expect: Expect = match what {
                    "ones" | "infinite floats" if norm => {
                        malformed(&format!("values of tensor `{}`", tensor.name)).into()
                    }
                    // All ones are no number in every type: each scale is one.
                    "ones" => Reason::NotFinite.into(),
                    "zeros" => Expect::Speaks,
                    _ if norm => Expect::Either(Reason::Any),
                    _ => Expect::Either(Reason::NotFinite),
                };
                debug_assert!(!infinite || !matches!(expect, Expect::Speaks));
                let label = format!("{} of {what}", tensor.name);
                cases.push(redrawn(base, &label, expect, move |draft: &mut Draft| {
                    let mut parts = draft.parts();
                    let bytes = &mut parts[at].1;
                    *bytes = pattern.iter().copied().cycle().take(bytes.len()).collect();
                    draft.lay(parts);
                }));
            }
            // One bad block in the midst: a row of the vocabulary that no prompt may hold, or a
            // number that every answer needs.
            let label = format!("{} with one bad block", tensor.name);
            cases.push(redrawn(
                base,
                &label,
                Expect::Either(Reason::Any),
                move |draft: &mut Draft| {
                    let mut parts = draft.parts();
                    let bytes = &mut parts[at].1;
                    let middle = bytes.len() / 2 / 256 * 256;
                    bytes[middle..]
                        .iter_mut()
                        .take(256)
                        .for_each(|byte| *byte = 0xFF);
                    draft.lay(parts);
                },
            ));
        }
    }
    cases
}

/// Matrices of floats of any width, all of one value.
fn widths(bases: &Bases) -> Vec<Case> {
    let base = bases.form("byte-level");
    let mut cases = Vec::new();
    let mut add = |hidden: u32, forward: u32, heads: u32, head: u32, expect: Expect| {
        let label = format!("{hidden} wide, {forward} inside, {heads} heads of {head}");
        let mut case = redrawn(base, &label, expect, move |draft: &mut Draft| {
            for (key, value) in [
                ("embedding_length", hidden),
                ("feed_forward_length", forward),
                ("head_count", heads),
                ("head_count_kv", 1),
                ("key_length", head),
                ("value_length", head),
            ] {
                draft.entry(key).value = value.to_le_bytes().into();
            }
            draft
                .entries
                .retain(|entry| !entry.key.ends_with("dimension_count"));
            let wide = |name: &str, dims: &mut Vec<u64>| {
                let [hidden, forward] = [hidden, forward].map(u64::from);
                let (queries, keys) = (u64::from(heads * head), u64::from(head));
                *dims = match name.split('.').nth_back(1).unwrap_or_default() {
                    "attn_q" => vec![hidden, queries],
                    "attn_k" | "attn_v" => vec![hidden, keys],
                    "attn_output" => vec![queries, hidden],
                    "ffn_gate" | "ffn_up" => vec![hidden, forward],
                    "ffn_down" => vec![forward, hidden],
                    "token_embd" | "output" => vec![hidden, dims[1]],
                    _ => vec![hidden],
                };
            };
            let parts = draft
                .parts()
                .into_iter()
                .map(|(mut tensor, _): (Tensor, _)| {
                    wide(&tensor.name, &mut tensor.dims);
                    tensor.kind = 0;
                    let count = tensor.dims.iter().product::<u64>() as usize;
                    (tensor, 0.5f32.to_le_bytes().repeat(count))
                });
            let parts = parts.collect();
            draft.lay(parts);
        });
        case.heavy = hidden.max(forward) > 4096;
        cases.push(case);
    };
    for hidden in [1, 2, 3, 5, 7, 8, 9, 15, 17, 31, 33, 63, 65, 100] {
        for forward in [1, 3, 8, 31, 64] {
            let expect = match forward <= 32 * hidden {
                true => Expect::Speaks,
                false => malformed("out of proportion").into(),
            };
            add(hidden, forward, 1, 16, expect.clone());
            if forward <= 3 {
                add(hidden, forward, 2, 8, expect);
            }
        }
    }
    // Wide rows of a small file: what a session needs would be more than the file.
    let odd = || malformed("out of proportion");
    add(1, 1 << 18, 1, 16, odd().into());
    add(2, 1 << 18, 1, 16, odd().into());
    add(8, 1 << 18, 1, 16, odd().into());
    add(1, 1, 256, 512, odd().into());
    add(8, 32, 256, 512, odd().into());
    add(64, 2048, 1, 16, Expect::Speaks);
    add(64, 2049, 1, 16, odd().into());
    add(128, 4096, 8, 512, Expect::Speaks);
    add(512, 16_384, 32, 512, Expect::Speaks);
    add(1 << 14, 8, 1, 16, Expect::Speaks);
    cases
}
