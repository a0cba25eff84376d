//! Row 23: the companion file of a model that sees, spoiled in every way that a model is, and its own
//! numbers.

use crate::bases::Bases;
use crate::case::{Case, Expect, Family, Reason, malformed};
use crate::draft::{ARRAY, Draft, STRING, array, text};

use super::{counts, keys, metadata, redrawn, table, tensors, words};

/// Families that are not about this file.
const OTHERS: [&str; 3] = ["keys of other models", "the last tensor ends", "scaling"];

pub fn families(bases: &Bases) -> Vec<Family> {
    let bases = bases.companion();
    let mut header = counts::families(&bases);
    header.extend(keys::families(&bases));
    let joined = |families: Vec<Family>| {
        let kept = families.into_iter();
        let kept = kept.filter(|family| !OTHERS.iter().any(|other| family.what.contains(other)));
        kept.flat_map(|family| family.cases).collect()
    };
    let mut places = tensors::families(&bases);
    places.extend(table::families(&bases));
    let mut numbers: Vec<Case> = joined(metadata::families(&bases));
    numbers.extend::<Vec<Case>>(joined(words::families(&bases)));
    numbers.extend(colours(&bases));
    numbers.extend(projectors(&bases));
    let mut all = vec![
        Family::new(
            "23 (1-5, 10-14)",
            "mmproj: counts, lengths, arrays, cuts, keys",
            joined(header),
        ),
        Family::new("23 (6-10, 15)", "mmproj: tensors", joined(places)),
        Family::new("23 (22)", "mmproj: numbers, colours, projector", numbers),
    ];
    let cases = all.iter_mut().flat_map(|family| &mut family.cases);
    cases.for_each(|case| case.companion = true);
    all
}

fn colours(bases: &Bases) -> Vec<Case> {
    let base = &bases.forms[0];
    let mut cases = Vec::new();
    for (key, least) in [
        ("clip.vision.image_mean", -10.0f32),
        ("clip.vision.image_std", 1e-6),
    ] {
        let mut add = |name: String, value: Vec<u8>, expect: Expect| {
            cases.push(redrawn(
                base,
                &format!("{key} {name}"),
                expect,
                move |draft: &mut Draft| {
                    draft.set(key, ARRAY, value.clone());
                },
            ));
        };
        let bad = malformed(&format!("`{key}`"));
        for count in [0usize, 1, 2, 4, 5, 1000, 65_537] {
            let value = array(6, count as u64, &0.5f32.to_le_bytes().repeat(count));
            add(format!("of {count}"), value, bad.clone().into());
        }
        for place in 0..3 {
            let special = [
                f32::NAN,
                f32::INFINITY,
                f32::NEG_INFINITY,
                f32::MAX,
                f32::MIN,
                10.5,
            ];
            let edges = [
                least,
                least.next_down(),
                least.next_up(),
                0.0,
                -0.0,
                1e-30,
                -1.0,
                10.0,
            ];
            for number in special.into_iter().chain(edges) {
                let mut numbers = [0.5f32; 3];
                numbers[place] = number;
                let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
                let expect = match (least..=10.0).contains(&number) {
                    true => Expect::Speaks,
                    false => bad.clone().into(),
                };
                add(format!("{place} = {number}"), array(6, 3, &bytes), expect);
            }
        }
    }
    cases
}

fn projectors(bases: &Bases) -> Vec<Case> {
    let base = &bases.forms[0];
    let mut cases = Vec::new();
    for name in [
        "",
        "mlp",
        "ldp",
        "qwen2vl_merger",
        "Pixtral",
        "pixtral\0",
        "é",
        "../pixtral",
    ] {
        let change = move |draft: &mut Draft| draft.set("clip.projector_type", STRING, text(name));
        let reason = Reason::Architecture("clip with projector".into());
        cases.push(redrawn(
            base,
            &format!("projector {name:?}"),
            reason,
            change,
        ));
    }
    for (key, value) in [("clip.has_audio_encoder", 1), ("clip.use_gelu", 1)] {
        let change = move |draft: &mut Draft| draft.set(key, 7, vec![value]);
        cases.push(redrawn(base, key, Reason::Any, change));
    }
    for (key, own) in [
        ("clip.vision.attention.head_count_kv", 4u32),
        ("clip.vision.attention.head_dim", 8),
    ] {
        for value in super::extremes(own.into(), 4) {
            let expect = match value == u64::from(own) {
                true => Expect::Speaks,
                false => malformed(&format!("`{key}`")).into(),
            };
            let change =
                move |draft: &mut Draft| draft.set(key, 4, (value as u32).to_le_bytes().into());
            cases.push(redrawn(base, &format!("{key} = {value}"), expect, change));
        }
    }
    for base_value in [
        0.0f32,
        1.0,
        2.0,
        1e12,
        1.1e12,
        f32::NAN,
        f32::INFINITY,
        -1.0,
    ] {
        let expect = match (2.0..=1e12).contains(&base_value) {
            true => Expect::Speaks,
            false => malformed("`clip.rope.freq_base`").into(),
        };
        let change = move |draft: &mut Draft| {
            draft.set("clip.rope.freq_base", 6, base_value.to_le_bytes().into())
        };
        cases.push(redrawn(
            base,
            &format!("freq_base = {base_value}"),
            expect,
            change,
        ));
    }
    cases
}
