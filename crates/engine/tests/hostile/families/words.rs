//! Row 22: words of the metadata that name another model, and keys that other models have.

use crate::bases::Bases;
use crate::case::{Case, Expect, Family, Reason, malformed};
use crate::draft::{ARRAY, Draft, STRING, array, text, width};

use super::metadata::set;
use super::{extremes, redrawn};

pub fn families(bases: &Bases) -> Vec<Family> {
    vec![
        Family::new(
            "22",
            "names of the architecture, the tokenizer and the scaling",
            words(bases),
        ),
        Family::new(
            "22",
            "keys of other models: experts, windows, scales",
            added(bases),
        ),
    ]
}

fn words(bases: &Bases) -> Vec<Case> {
    const NAMES: [&str; 14] = [
        "",
        "Llama",
        "LLAMA",
        "llama ",
        "llama\0",
        "qwen9",
        "clip",
        "adapter",
        "controlvector",
        "é",
        "../../etc/passwd",
        "%s%s%n",
        "{{ 7 * 7 }}",
        "\u{202E}llama",
    ];
    let mut cases = Vec::new();
    for base in &bases.forms {
        for name in NAMES
            .iter()
            .map(|name| (*name).to_owned())
            .chain(["x".repeat(100_000)])
        {
            let shown: String = name.chars().take(64).collect();
            if name == base.architecture {
                continue;
            }
            for (key, reason) in [
                ("general.architecture", Reason::Architecture(shown.clone())),
                ("tokenizer.ggml.model", Reason::Tokenizer(shown.clone())),
                ("tokenizer.ggml.pre", Reason::Tokenizer(shown.clone())),
                (
                    "rope.scaling.type",
                    malformed("type of the rotary's scaling"),
                ),
            ] {
                let Some(entry) = base.draft.entries.iter().find(|e| e.key.ends_with(key)) else {
                    continue;
                };
                cases.push(set(base, entry, STRING, text(&name), reason.into()));
            }
            let key = "general.name";
            let Some(entry) = base.draft.entries.iter().find(|e| e.key == key) else {
                continue;
            };
            let holds = |info: &engine::ModelInfo| {
                info.name.chars().count() <= 128 && !info.name.contains(char::is_control)
            };
            let expect = Expect::SpeaksAs(std::rc::Rc::new(holds));
            cases.push(set(base, entry, STRING, text(&name), expect));
        }
    }
    cases
}

fn added(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        let own = base.architecture;
        let mut add = |key: &str, kind: u32, value: Vec<u8>, expect: Expect| {
            let key = format!("{own}.{key}");
            let name = format!("{key} = {value:x?} of type {kind}");
            cases.push(redrawn(base, &name, expect, move |draft: &mut Draft| {
                draft.set(&key, kind, value.clone());
            }));
        };
        for value in extremes(8, 4) {
            let bytes = (value as u32).to_le_bytes().to_vec();
            let experts = match value {
                0 => Expect::Speaks,
                _ => Reason::Architecture("with experts".into()).into(),
            };
            add("expert_count", 4, bytes.clone(), experts);
            // A window narrows the context: any number is one.
            add("attention.sliding_window", 4, bytes.clone(), Expect::Speaks);
            let scale = match value {
                1..=0x10_0000 => Expect::Speaks,
                _ => malformed(&format!("`{own}.attention.temperature_length`")).into(),
            };
            add("attention.temperature_length", 4, bytes.clone(), scale);
            // Read by other loaders, not by this one.
            add("expert_used_count", 4, bytes.clone(), Expect::Speaks);
            add("attention.max_alibi_bias", 6, bytes, Expect::Speaks);
        }
        for key in [
            "expert_count",
            "attention.sliding_window",
            "attention.temperature_length",
        ] {
            for kind in [0, 1, 2, 3, 5, 6, 7, 10, 11, 12] {
                let value = [vec![1], vec![0; width(kind).unwrap() - 1]].concat();
                add(
                    key,
                    kind,
                    value,
                    malformed(&format!("`{own}.{key}`")).into(),
                );
            }
            add(
                key,
                STRING,
                text("1"),
                malformed(&format!("`{own}.{key}`")).into(),
            );
            add(
                key,
                ARRAY,
                array(4, 1, &[1, 0, 0, 0]),
                malformed(&format!("`{own}.{key}`")).into(),
            );
        }
        if own == "llama" {
            for beta in [f32::NAN, -1.0, f32::INFINITY, 10.1] {
                let bad = malformed("`llama.attention.temperature_scale`").into();
                add(
                    "attention.temperature_scale",
                    6,
                    beta.to_le_bytes().into(),
                    bad,
                );
            }
            let alone = malformed("a query scale without its length").into();
            add(
                "attention.temperature_scale",
                6,
                0.1f32.to_le_bytes().into(),
                alone,
            );
            for factor in [0.0, 0.99, f32::NAN, f32::INFINITY, 10_001.0] {
                let change = move |draft: &mut Draft| {
                    draft.set("llama.rope.scaling.type", STRING, text("linear"));
                    draft.set(
                        "llama.rope.scaling.factor",
                        6,
                        f32::to_le_bytes(factor).into(),
                    );
                };
                let bad = malformed("`llama.rope.scaling.factor`");
                cases.push(redrawn(
                    base,
                    &format!("linear scaling by {factor}"),
                    bad,
                    change,
                ));
            }
        }
    }
    cases
}
