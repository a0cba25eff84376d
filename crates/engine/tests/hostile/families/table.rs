//! Rows 13, 15, 22, 24 and 25: the table of tensors as a whole: names, places, gaps, and the tensors
//! that a model has, no fewer and no more.

use crate::bases::Bases;
use crate::case::{Case, Expect, Family, Reason, malformed};
use crate::draft::{Draft, Tensor};

use super::redrawn;

/// Tensors, each with its bytes.
type Parts = Vec<(Tensor, Vec<u8>)>;

pub fn families(bases: &Bases) -> Vec<Family> {
    vec![
        Family::new("15", "names empty, twice, too long", names(bases)),
        Family::new("15", "tensors that share bytes", overlaps(bases)),
        Family::new(
            "15",
            "gaps between tensors and bytes after the last",
            gaps(bases),
        ),
        Family::new(
            "13, 22, 24, 25",
            "tensors missing, added, or of another shape",
            shapes(bases),
        ),
    ]
}

fn names(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        let tensors = &base.draft.tensors;
        for at in 0..tensors.len() {
            let twice = "a tensor's name is empty or used twice";
            let mut bad = vec![(String::new(), twice.to_owned())];
            bad.extend(
                tensors
                    .iter()
                    .filter(|t| t.name != tensors[at].name)
                    .map(|t| (t.name.clone(), twice.into())),
            );
            bad.push(("n".repeat(64), "too long".into()));
            let own = format!("`{}`", tensors[at].name);
            // A stranger of the right length: the tensor it was is then missing, or it is unknown.
            for name in [
                "x".into(),
                "n".repeat(63),
                format!("{}\0", tensors[at].name),
                format!("{} ", tensors[at].name),
            ] {
                bad.push((
                    name.clone(),
                    if name.is_empty() {
                        own.clone()
                    } else {
                        "tensor `".into()
                    },
                ));
            }
            for (name, reason) in bad {
                let label = format!("tensor {at} named {name:?}");
                let optional = tensors[at].name == "output.weight";
                let reason = if optional && reason == "tensor `" {
                    malformed("unknown tensor")
                } else {
                    malformed(&reason)
                };
                cases.push(redrawn(base, &label, reason, move |draft: &mut Draft| {
                    draft.tensors[at].name = name.clone();
                }));
            }
        }
    }
    cases
}

fn overlaps(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        let count = base.draft.tensors.len();
        for (a, b) in (0..count)
            .flat_map(|a| (0..count).map(move |b| (a, b)))
            .filter(|(a, b)| a != b)
        {
            // The same place, or the last aligned place inside.
            for inside in [0, 32] {
                let change = move |draft: &mut Draft| {
                    draft.tensors[a].offset = draft.tensors[b].offset + inside
                };
                let name = format!("tensor {a} at {inside} bytes inside tensor {b}");
                cases.push(redrawn(
                    base,
                    &name,
                    malformed("overlap or leave a gap"),
                    change,
                ));
            }
        }
    }
    cases
}

fn gaps(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        for at in 0..base.draft.tensors.len() {
            for gap in [64, 96, 4096, 65_536] {
                let change = move |draft: &mut Draft| {
                    let start = draft.tensors[at].offset as usize;
                    draft.data.splice(start..start, vec![0xAA; gap]);
                    draft.tensors[at..]
                        .iter_mut()
                        .for_each(|tensor| tensor.offset += gap as u64);
                };
                let name = format!("{gap} bytes before tensor {at}");
                cases.push(redrawn(
                    base,
                    &name,
                    malformed("overlap or leave a gap"),
                    change,
                ));
            }
        }
        for more in [1, 31, 32, 33, 4064, 4096 + 32, 65_536, 1 << 20] {
            let expect = match more {
                0..=4064 => Expect::Speaks,
                _ => malformed("bytes after the last tensor").into(),
            };
            let change = move |draft: &mut Draft| draft.data.extend(vec![0xAA; more]);
            cases.push(redrawn(
                base,
                &format!("{more} bytes after the last tensor"),
                expect,
                change,
            ));
        }
    }
    cases
}

fn shapes(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        let mut add = |name: String, reason: Reason, change: Box<dyn Fn(&mut Parts)>| {
            let change = move |draft: &mut Draft| {
                let mut parts = draft.parts();
                change(&mut parts);
                draft.lay(parts);
            };
            cases.push(redrawn(base, &name, reason, change));
        };
        for (at, tensor) in base.draft.tensors.iter().enumerate() {
            let own = tensor.name.clone();
            let missing = match own.as_str() {
                // Without it the embedding serves: the file is then another, but whole.
                "output.weight" => None,
                "v.token_embd.img_break" => None,
                // Which of the projector's tensors lacks is a matter of words.
                _ if base.architecture == "clip" => Some(malformed("")),
                _ => Some(malformed(&format!("tensor `{own}` is missing"))),
            };
            if let Some(missing) = missing {
                add(
                    format!("without {own}"),
                    missing,
                    Box::new(move |parts| drop(parts.remove(at))),
                );
            }
            let shape = match tensor.dims.len() {
                4 => malformed(&format!("of tensor `{own}`")),
                _ => malformed(&format!("shape of tensor `{own}`")),
            };
            add(
                format!("{own} with one more dimension"),
                shape.clone(),
                Box::new(move |parts| parts[at].0.dims.push(1)),
            );
            if tensor.dims.len() == 2 {
                add(
                    format!("{own} turned over"),
                    Reason::Shifted,
                    Box::new(move |parts| {
                        let dims = &mut parts[at].0.dims;
                        dims.swap(0, 1);
                        dims[1] += 32;
                        parts[at].1.resize(1 << 18, 0);
                    }),
                );
                for more in [1, 2, 100] {
                    let size = base.draft.parts()[at].1.len() as u64 / tensor.dims[1];
                    add(
                        format!("{own} with {more} more rows"),
                        shape.clone(),
                        Box::new(move |parts| {
                            parts[at].0.dims[1] += more;
                            let rows = parts[at].0.dims[1];
                            parts[at].1.resize((size * rows) as usize, 0);
                        }),
                    );
                }
            }
        }
        for stranger in [
            "blk.0.attn_q.bias",
            "blk.1.attn_q.weight",
            "blk.-1.attn_q.weight",
            "blk.99999999999999999999.attn_q.weight",
            "blk.0.ffn_gate_exps.weight",
            "blk.0.attn_q.weight.lora_a",
            "direction.1",
            "direction.-1",
            "direction.999999",
            "v.patch_embd.weight",
            "é",
        ]
        .into_iter()
        .filter(|name| base.draft.tensors.iter().all(|tensor| tensor.name != *name))
        {
            let unknown = malformed(&format!("unknown tensor `{stranger}`"));
            add(
                format!("with {stranger}"),
                unknown,
                Box::new(move |parts| {
                    let name = stranger.to_owned();
                    parts.push((
                        Tensor {
                            name,
                            dims: vec![8],
                            kind: 0,
                            offset: 0,
                        },
                        vec![0; 32],
                    ));
                }),
            );
        }
    }
    cases
}
