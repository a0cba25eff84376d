//! Rows 11, 12 and 14: the alignment, and keys that are empty, strange or there twice.

use crate::bases::{Base, Bases};
use crate::case::{Case, Expect, Family, Reason, malformed};
use crate::draft::{ARRAY, Draft, Entry, STRING, array, text};

use super::{extremes, redrawn};

pub fn families(bases: &Bases) -> Vec<Family> {
    vec![
        Family::new("11, 12", "alignment: its value", alignments(bases)),
        Family::new(
            "12, 14",
            "every key twice, of the same type or of another",
            twice(bases),
        ),
        Family::new("14", "keys of forbidden characters", characters(bases)),
        Family::new("14, 22", "every key missing", missing(bases)),
        Family::new("1, 14", "more keys than any model has", crowds(bases)),
    ]
}

/// The file laid out again at an alignment.
fn aligned(base: &Base, alignment: u32) -> Case {
    let change = move |draft: &mut Draft| {
        let parts = draft.parts();
        draft.alignment = alignment as usize;
        draft.lay(parts);
        draft.set("general.alignment", 4, alignment.to_le_bytes().to_vec());
    };
    redrawn(
        base,
        &format!("laid out at {alignment}"),
        Expect::Speaks,
        change,
    )
}

fn alignments(bases: &Bases) -> Vec<Case> {
    let key = "general.alignment";
    let mut cases = Vec::new();
    for base in &bases.forms {
        for alignment in [8, 16, 32, 64, 128, 512, 4096] {
            cases.push(aligned(base, alignment));
        }
        let bad = malformed("`general.alignment`");
        let wrong = |value: u64| !(value.is_power_of_two() && (8..=4096).contains(&value));
        for value in extremes(32, 4)
            .into_iter()
            .chain([3, 4, 7, 24, 33, 48, 4095, 4097, 8192])
            .filter(|v| wrong(*v))
        {
            let change =
                move |draft: &mut Draft| draft.set(key, 4, (value as u32).to_le_bytes().to_vec());
            cases.push(redrawn(
                base,
                &format!("alignment {value:#x}"),
                bad.clone(),
                change,
            ));
        }
        // Thirty-two, or what its bytes make, in every other type.
        for kind in [0, 1, 2, 3, 5, 6, 7, 10, 11, 12] {
            for low in [32u8, 1, 0] {
                let width = crate::draft::width(kind).unwrap();
                let mut value = vec![0; width];
                value[0] = low;
                let reason = match (kind, low) {
                    (7, 32) => malformed("`general.alignment`: a boolean"),
                    _ => bad.clone(),
                };
                let change = move |draft: &mut Draft| draft.set(key, kind, value.clone());
                cases.push(redrawn(
                    base,
                    &format!("alignment {low} of type {kind}"),
                    reason,
                    change,
                ));
            }
        }
        for value in [text("32"), text("")] {
            let change = move |draft: &mut Draft| draft.set(key, STRING, value.clone());
            cases.push(redrawn(base, "alignment as text", bad.clone(), change));
        }
        let change =
            move |draft: &mut Draft| draft.set(key, ARRAY, array(4, 1, &32u32.to_le_bytes()));
        cases.push(redrawn(base, "alignment as an array", bad.clone(), change));
    }
    cases
}

fn twice(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        for (at, entry) in base.draft.entries.iter().enumerate() {
            let reason = malformed(&format!("`{}` twice", entry.key));
            let same = entry.clone();
            let others = [
                (4, vec![0; 4]),
                (5, vec![32, 0, 0, 0]),
                (6, vec![0; 4]),
                (STRING, text("x")),
            ];
            let others = others.map(|(kind, value)| Entry {
                key: same.key.clone(),
                kind,
                value,
            });
            for (how, other) in std::iter::once(same).chain(others).enumerate() {
                // Next to it, and at the end.
                for place in [at + 1, base.draft.entries.len()] {
                    let other = other.clone();
                    let name = format!("{} twice, way {how}, at {place}", entry.key);
                    cases.push(redrawn(
                        base,
                        &name,
                        reason.clone(),
                        move |draft: &mut Draft| {
                            draft.entries.insert(place, other.clone());
                        },
                    ));
                }
            }
        }
    }
    cases
}

fn characters(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        let mut add = |key: String, expect: Expect| {
            let name = format!("key {key:?}");
            cases.push(redrawn(base, &name, expect, move |draft: &mut Draft| {
                draft.entries.insert(
                    0,
                    Entry {
                        key: key.clone(),
                        kind: 7,
                        value: vec![1],
                    },
                );
            }));
        };
        add(String::new(), malformed("forbidden characters").into());
        for character in (0..=0x17F).filter_map(char::from_u32) {
            let allowed = character.is_ascii_lowercase()
                || character.is_ascii_digit()
                || "._-".contains(character);
            let expect = match allowed {
                true => Expect::Speaks,
                false => malformed("forbidden characters").into(),
            };
            add(format!("x{character}y"), expect);
        }
    }
    cases
}

/// Keys without which the model is another, but whole.
const OPTIONAL: [&str; 23] = [
    "ggml.token_type",
    "sliding_window",
    "projector_type",
    "has_vision_encoder",
    "use_silu",
    "spatial_merge_size",
    "general.type",
    "general.name",
    "attention.head_count_kv",
    "attention.key_length",
    "attention.value_length",
    "vocab_size",
    "rope.dimension_count",
    "rope.freq_base",
    "rope.scaling.type",
    "rope.scaling.yarn_beta_fast",
    "rope.scaling.yarn_beta_slow",
    "rope.scaling.yarn_log_multiplier",
    "attention.temperature_scale",
    "tokenizer.ggml.pre",
    "token_id",
    "tokenizer.ggml.add_",
    "tokenizer.chat_template",
];

fn missing(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        for (at, entry) in base.draft.entries.iter().enumerate() {
            let expect = match OPTIONAL.iter().any(|key| entry.key.contains(key)) {
                true => Expect::Either(Reason::Any),
                false => malformed(entry.key.rsplit("ggml.").next().unwrap_or_default()).into(),
            };
            let name = format!("without {}", entry.key);
            cases.push(redrawn(base, &name, expect, move |draft: &mut Draft| {
                draft.entries.remove(at);
            }));
        }
    }
    cases
}

fn crowds(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        for count in [1_000, 65_536 - 64, 65_536 + 1, 200_000] {
            let expect = match count {
                0..65_536 => Expect::Speaks,
                _ => malformed("too many entries or tensors").into(),
            };
            let change = move |draft: &mut Draft| {
                let entry = |i| Entry {
                    key: format!("x.{i}"),
                    kind: 7,
                    value: vec![1],
                };
                draft.entries.extend((0..count).map(entry));
            };
            cases.push(redrawn(base, &format!("{count} more keys"), expect, change));
        }
        for count in [1_000, 65_000, 65_536 + 1] {
            let reason = match count {
                0..65_536 => malformed("unknown tensor"),
                _ => malformed("too many entries or tensors"),
            };
            let change = move |draft: &mut Draft| {
                let mut parts = draft.parts();
                let tensor = parts[0].0.clone();
                parts.extend((0..count).map(|i| {
                    let name = format!("blk.{i}.x.weight");
                    (
                        crate::draft::Tensor {
                            name,
                            dims: vec![8],
                            kind: 0,
                            ..tensor.clone()
                        },
                        vec![0; 32],
                    )
                }));
                draft.lay(parts);
            };
            cases.push(redrawn(
                base,
                &format!("{count} more tensors"),
                reason,
                change,
            ));
        }
    }
    let image = bases.forms[0].image.clone();
    cases.push(Case::new("no key and no tensor", Reason::Any, move || {
        [&image.bytes[..8], &[0; 16], &[0; 64]].concat()
    }));
    cases
}
