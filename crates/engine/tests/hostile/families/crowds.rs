//! Row 21, and vocabularies that would cost more memory or time than their file: merges that are no
//! merges, too many of anything.

use crate::bases::Bases;
use crate::case::{Case, Content, Expect, Family, Reason, malformed};
use crate::draft::{Draft, STRING, array, text, texts};

use super::redrawn;

pub fn families(bases: &Bases) -> Vec<Family> {
    vec![
        Family::new("21", "merges", merges(bases)),
        Family::new(
            "4, 18, 21",
            "vocabularies larger than their file allows",
            crowds(bases),
        ),
    ]
}

fn merges(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in bases
        .forms
        .iter()
        .filter(|base| base.name != "sentence-piece")
    {
        let own = base.draft.strings("ggml.merges");
        let separator = malformed("a merge without one separator");
        let absent = malformed("a merge of absent tokens, or twice");
        let mut bad: Vec<(String, Reason)> =
            ["", "a", "ab", "a b c", "a  b", " a b", "a b ", "\0", "é"]
                .map(|merge| (merge.to_owned(), separator.clone()))
                .into();
        bad.push((" ".repeat(65_536), separator.clone()));
        for merge in [
            "x yy",
            "zz zz",
            "z z",
            "a ",
            " a",
            " ",
            "é è",
            "<|im_end|> a",
            "</s> a",
            "\0 \0",
        ] {
            bad.push((merge.to_owned(), absent.clone()));
        }
        bad.push((format!("a {}", "b".repeat(1 << 20)), absent.clone()));
        bad.extend(
            own.iter()
                .step_by(7)
                .map(|merge| (merge.clone(), absent.clone())),
        );
        for (merge, reason) in bad {
            for place in [0, own.len() / 2, own.len()] {
                let merge = merge.clone();
                let shown: String = merge.chars().take(24).collect();
                let label = format!("merge {shown:?} at {place}");
                cases.push(redrawn(
                    base,
                    &label,
                    reason.clone(),
                    move |draft: &mut Draft| {
                        let mut merges = draft.strings("ggml.merges");
                        merges.insert(place, merge.clone());
                        draft.entry("ggml.merges").value = texts(&merges);
                    },
                ));
            }
        }
        // Fewer, none, or in another order: another tokenizer, but one.
        for kept in [0, 1, own.len() / 2, own.len() - 1] {
            cases.push(redrawn(
                base,
                &format!("{kept} merges"),
                Expect::Speaks,
                move |draft: &mut Draft| {
                    let merges = draft.strings("ggml.merges");
                    draft.entry("ggml.merges").value = texts(&merges[..kept]);
                },
            ));
        }
        cases.push(redrawn(
            base,
            "merges backwards",
            Expect::Speaks,
            |draft: &mut Draft| {
                let mut merges = draft.strings("ggml.merges");
                merges.reverse();
                draft.entry("ggml.merges").value = texts(&merges);
            },
        ));
        // As many as an array may have, all empty, in a hole of the file; and one more.
        for (count, reason) in [
            (4u64 << 20, malformed("a vocabulary larger than its model")),
            ((4 << 20) + 1, malformed("too many elements")),
            (10_000_000, malformed("too many elements")),
        ] {
            let draft = base.draft.clone();
            cases.push(Case::new(
                format!("{} {count} empty merges", base.name),
                reason,
                move || {
                    let image = draft.with(|draft| {
                        let merges = draft.entry("ggml.merges");
                        let value = array(STRING, count, &vec![0; 8 * count as usize]);
                        merges.value = value;
                    });
                    plain(&image)
                },
            ));
        }
    }
    cases
}

/// The bytes of a file whose arrays are too long to be worth a list of fields.
fn plain(draft: &Draft) -> Content {
    let mut out = [b"GGUF".as_slice(), &3u32.to_le_bytes()].concat();
    out.extend((draft.tensors.len() as u64).to_le_bytes());
    out.extend((draft.entries.len() as u64).to_le_bytes());
    for entry in &draft.entries {
        out.extend(text(&entry.key));
        out.extend(entry.kind.to_le_bytes());
        out.extend(&entry.value);
    }
    for tensor in &draft.tensors {
        out.extend(text(&tensor.name));
        out.extend((tensor.dims.len() as u32).to_le_bytes());
        tensor
            .dims
            .iter()
            .for_each(|dim| out.extend(dim.to_le_bytes()));
        out.extend(tensor.kind.to_le_bytes());
        out.extend(tensor.offset.to_le_bytes());
    }
    out.resize(out.len().next_multiple_of(draft.alignment), 0);
    out.extend(&draft.data);
    out.into()
}

/// A vocabulary of `count` short words, its matrices as small as the format allows.
fn crowded(draft: &mut Draft, count: usize, merged: bool) {
    let mut tokens = draft.strings("ggml.tokens");
    let kinds = draft
        .entries
        .iter()
        .find(|e| e.key.ends_with("token_type"))
        .unwrap();
    let mut kinds = kinds.value[12..].to_vec();
    let merges_in = merged.then(|| draft.strings("ggml.merges"));
    let mut merges = merges_in.unwrap_or_default();
    // Words that each extend a shorter one by a letter.
    let mut from = tokens.len() - 1;
    let mut seen: std::collections::HashSet<String> = tokens.iter().cloned().collect();
    while tokens.len() < count {
        let word = tokens[from].clone();
        for letter in 'A'..='Z' {
            let longer = format!("{word}{letter}");
            if tokens.len() < count && seen.insert(longer.clone()) {
                merges.push(format!("{word} {letter}"));
                tokens.push(longer);
            }
        }
        from += 1;
    }
    kinds.extend(1i32.to_le_bytes().repeat(count - kinds.len() / 4));
    draft.entry("token_type").value = array(5, count as u64, &kinds);
    draft.entry("ggml.tokens").value = texts(&tokens);
    if let Some(scores) = draft.entries.iter_mut().find(|e| e.key.ends_with("scores")) {
        scores.value = array(6, count as u64, &vec![0; 4 * count]);
    }
    if merged {
        draft.entry("ggml.merges").value = texts(&merges);
    }
    draft
        .entries
        .retain(|entry| !entry.key.ends_with("vocab_size"));
    let mut parts = draft.parts();
    for (tensor, bytes) in &mut parts {
        if ["token_embd.weight", "output.weight"].contains(&tensor.name.as_str()) {
            tensor.dims[1] = count as u64;
            *bytes = bytes.iter().copied().cycle().take(34 * count).collect();
        }
    }
    draft.lay(parts);
}

fn crowds(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        let merged = base.name != "sentence-piece";
        for count in [
            1 << 12,
            1 << 16,
            1 << 17,
            1 << 18,
            1 << 19,
            1 << 20,
            (1 << 20) + 1,
        ] {
            let draft = base.draft.clone();
            let expect = match count {
                0..=0x2_0000 => Expect::Speaks,
                0x2_0001..=0x10_0000 => {
                    Expect::Either(malformed("a vocabulary larger than its model"))
                }
                _ => malformed("size of the vocabulary").into(),
            };
            let name = format!("{} vocabulary of {count} tokens", base.name);
            let mut case = Case::new(name, expect, move || {
                plain(&draft.with(|draft| crowded(draft, count, merged)))
            });
            case.heavy = count > 1 << 17;
            cases.push(case);
        }
        // Long words cost a look at each of their splits.
        for (count, length) in [
            (100usize, 1024usize),
            (1_000, 1024),
            (20_000, 1024),
            (60_000, 512),
        ] {
            let draft = base.draft.clone();
            let name = format!("{} {count} words of {length} letters", base.name);
            let expect = Expect::Either(malformed("vocabulary"));
            let mut case = Case::new(name, expect, move || {
                plain(&draft.with(|draft| {
                    crowded(draft, 352 + count, merged);
                    let mut tokens = draft.strings("ggml.tokens");
                    for (i, token) in tokens.iter_mut().enumerate().skip(352) {
                        *token = format!("{i:0>length$}");
                    }
                    draft.entry("ggml.tokens").value = texts(&tokens);
                    if merged {
                        draft.entry("ggml.merges").value = texts::<String>(&[]);
                    }
                }))
            });
            case.heavy = count > 1_000;
            cases.push(case);
        }
        // A hole of empty strings: every token is the same.
        for count in [1u64 << 20, 4 << 20] {
            let draft = base.draft.clone();
            let name = format!("{} {count} empty tokens", base.name);
            cases.push(Case::new(name, Reason::Any, move || {
                plain(&draft.with(|draft| {
                    draft.entry("ggml.tokens").value =
                        array(STRING, count, &vec![0; 8 * count as usize]);
                    draft
                        .entries
                        .retain(|entry| !entry.key.ends_with("token_type"));
                }))
            }));
        }
    }
    cases
}
