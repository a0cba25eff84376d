//! Rows 16, 18 and 20: tokens, their types and scores, byte tokens.

use crate::bases::{Base, Bases};
use crate::case::{Case, Expect, Family, Reason, malformed};
use crate::draft::{ARRAY, Draft, STRING, array, texts, width};

use super::{overwritten, redrawn};

pub fn families(bases: &Bases) -> Vec<Family> {
    vec![
        Family::new(
            "16",
            "types and scores of tokens: element type, number, values",
            columns(bases),
        ),
        Family::new("18", "a token of any length", lengths(bases)),
        Family::new(
            "18, 21",
            "tokens empty, twice, strange, or without a byte",
            tokens(bases),
        ),
        Family::new(
            "20",
            "byte tokens that name no byte; blobs of a few bytes",
            bytes(bases),
        ),
    ]
}

fn columns(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        let count = base.draft.strings("ggml.tokens").len() as u64;
        for (name, own) in [("token_type", 5), ("scores", 6)] {
            let key = format!("tokenizer.ggml.{name}");
            let read = base.draft.entries.iter().any(|entry| entry.key == key);
            let bad = match name {
                "scores" if read => malformed("scores"),
                _ => malformed(&format!("`{key}`")),
            };
            for element in (0..=12).filter(|element| *element != ARRAY) {
                let sizes = [
                    0,
                    1,
                    2,
                    count / 4,
                    count / 2,
                    count - 1,
                    count,
                    count + 1,
                    2 * count,
                    4 * count,
                ];
                for size in sizes {
                    let filled = vec![1; size as usize * width(element).unwrap_or(1)];
                    let value = match element {
                        STRING => texts(&vec![b"a"; size as usize]),
                        7 => array(element, size, &vec![1; size as usize]),
                        5 => array(element, size, &1i32.to_le_bytes().repeat(size as usize)),
                        6 => array(element, size, &1f32.to_le_bytes().repeat(size as usize)),
                        _ => array(element, size, &filled),
                    };
                    let expect: Expect = match (element == own && size == count, read) {
                        // Every token is then text, or all scores are equal.
                        (true, _) => Expect::Either(Reason::Any),
                        (false, true) => bad.clone().into(),
                        (false, false) => Expect::Speaks,
                    };
                    let (own_key, label) =
                        (key.clone(), format!("{key}: {size} of type {element}"));
                    cases.push(redrawn(base, &label, expect, move |draft: &mut Draft| {
                        draft.set(&own_key, ARRAY, value.clone());
                    }));
                }
            }
        }
        let at = |key: &str| {
            let fields = base.image.fields.iter();
            fields
                .filter(|f| f.of.ends_with(key) && f.spot == crate::draft::Spot::Scalar)
                .cloned()
                .collect::<Vec<_>>()
        };
        for field in at("ggml.token_type").iter().step_by(31) {
            for value in [0, 7, 8, 255, 1 << 31, u32::MAX, 1 << 30] {
                cases.push(overwritten(
                    base,
                    field,
                    value.into(),
                    malformed("a token of unknown type").into(),
                ));
            }
        }
        for field in at("ggml.scores").iter().step_by(31) {
            for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let expect = malformed("scores of the tokens").into();
                cases.push(overwritten(base, field, value.to_bits().into(), expect));
            }
            for value in [f32::MAX, f32::MIN, 0.0, -0.0] {
                cases.push(overwritten(
                    base,
                    field,
                    value.to_bits().into(),
                    Expect::Speaks,
                ));
            }
        }
    }
    cases
}

/// The last token, replaced.
fn last(base: &Base, token: Vec<u8>, expect: impl Into<Expect>, label: &str) -> Case {
    token_at(base, usize::MAX, token, expect, label)
}

fn token_at(
    base: &Base,
    at: usize,
    token: Vec<u8>,
    expect: impl Into<Expect>,
    label: &str,
) -> Case {
    redrawn(
        base,
        &format!("token {label}"),
        expect,
        move |draft: &mut Draft| {
            let mut tokens: Vec<Vec<u8>> = draft
                .strings("ggml.tokens")
                .into_iter()
                .map(String::into_bytes)
                .collect();
            let at = at.min(tokens.len() - 1);
            // A merge must not make the token that goes.
            let old = String::from_utf8(std::mem::replace(&mut tokens[at], token.clone())).unwrap();
            draft.entry("ggml.tokens").value = texts(&tokens);
            if draft
                .entries
                .iter()
                .any(|entry| entry.key.ends_with("ggml.merges"))
            {
                let mut merges = draft.strings("ggml.merges");
                merges.retain(|merge| merge.replace(' ', "") != old);
                draft.entry("ggml.merges").value = texts(&merges);
            }
        },
    )
}

fn lengths(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        for length in [
            1usize,
            2,
            255,
            1024,
            65_535,
            65_536,
            65_537,
            1 << 20,
            16 << 20,
            (16 << 20) + 1,
        ] {
            for letter in ["9", "é"] {
                let token = letter.repeat(length.div_ceil(letter.len())).into_bytes();
                let expect = match token.len() {
                    // A letter that may have a token already.
                    0..=2 => Expect::Either(malformed("")),
                    3..=65_536 => Expect::Speaks,
                    65_537..=0x100_0000 => malformed("size of the vocabulary").into(),
                    _ => malformed("too long").into(),
                };
                cases.push(last(
                    base,
                    token,
                    expect,
                    &format!("of {length} bytes of {letter}"),
                ));
            }
        }
    }
    cases
}

fn tokens(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        let all = base.draft.strings("ggml.tokens");
        let text_from = all.len() - 30;
        // Each twice; a text that a control token has too is not twice.
        for at in (0..all.len() - 1).step_by(3) {
            let expect = match at < text_from && base.name != "byte-level" && base.name != "mistral"
            {
                true => Expect::Either(malformed("")),
                false => Expect::Either(malformed("a token twice")),
            };
            cases.push(last(
                base,
                all[at].clone().into_bytes(),
                expect,
                &format!("{at} twice"),
            ));
        }
        cases.push(last(
            base,
            b"ab".to_vec(),
            Expect::Either(malformed("a token twice")),
            "of two letters",
        ));
        for strange in [
            "",
            " ",
            "\0",
            "\u{FEFF}",
            "\u{202E}",
            "\u{10FFFF}",
            "a b",
            "\n",
            "<|im_start|>",
            "[INST]",
            "</s>",
        ] {
            let label = format!("{strange:?}");
            cases.push(last(
                base,
                strange.into(),
                Expect::Either(malformed("")),
                &label,
            ));
        }
        for bad in [&[0xFFu8][..], &[0xC3], &[0xE2, 0x82]] {
            let reason = malformed("`tokenizer.ggml.tokens`");
            cases.push(last(
                base,
                bad.to_vec(),
                reason,
                &format!("of bytes {bad:x?}"),
            ));
        }
        // Every byte loses its token in turn.
        for byte in (b'!'..=b'~').step_by(3) {
            let (at, reason) = match base.name {
                "sentence-piece" => (
                    3 + usize::from(byte),
                    malformed("a byte token that names no byte"),
                ),
                _ => (
                    64 + usize::from(byte),
                    malformed(&format!("no token for byte {byte:#04x}")),
                ),
            };
            cases.push(token_at(
                base,
                at,
                b"zzzzz".to_vec(),
                reason,
                &format!("of byte {byte} gone"),
            ));
        }
    }
    cases
}

fn bytes(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    let base = bases.form("sentence-piece");
    for bad in [
        "<0x-1>",
        "<0xZZ>",
        "<0x+1>",
        "<0xA>",
        "<0x0AB>",
        "0x0A",
        "<0x>",
        "<0xé>",
        "<0x 1>",
        "<0x1 >",
        "<0X41>",
        "<0x-F>",
        "<0x100>",
        "<0xFFFFFFFF>",
        "<0x\0\0>",
        "",
        "<",
        "<0x41",
        "0x41>",
        "<<0x41>>",
        "<0x٠٠>",
    ] {
        for at in [3, 3 + 65, 258] {
            let reason = malformed("a byte token that names no byte");
            cases.push(token_at(
                base,
                at,
                bad.into(),
                reason,
                &format!("{bad:?} at {at}"),
            ));
        }
    }
    for (at, byte) in [(3, "<0x01>"), (258, "<0x00>"), (100, "<0xfe>")] {
        cases.push(token_at(
            base,
            at,
            byte.into(),
            malformed("a token twice"),
            &format!("{byte} twice"),
        ));
    }
    // Another tokenizer's blob, which is not read.
    for base in &bases.forms {
        for size in 0..=8u64 {
            let change = move |draft: &mut Draft| {
                let blob = array(0, size, &vec![0xFF; size as usize]);
                draft.set("tokenizer.ggml.precompiled_charsmap", ARRAY, blob);
            };
            cases.push(redrawn(
                base,
                &format!("charsmap of {size} bytes"),
                Expect::Speaks,
                change,
            ));
        }
        for element in [0, 5, 8] {
            let change = move |draft: &mut Draft| {
                let ids = array(element, 2, &[0xFF; 64][..2 * width(element).unwrap_or(0)]);
                let ids = if element == 8 {
                    texts(&["a", "b"])
                } else {
                    ids
                };
                draft.set("tokenizer.ggml.suppress_tokens", ARRAY, ids);
            };
            cases.push(redrawn(
                base,
                &format!("suppress_tokens of type {element}"),
                Expect::Speaks,
                change,
            ));
        }
    }
    cases
}
