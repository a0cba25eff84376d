//! Row 17: ids of tokens outside the vocabulary, named by the file or customary.

use crate::bases::Bases;
use crate::case::{Case, Expect, Family, Reason, malformed};
use crate::draft::{Draft, texts};

use super::redrawn;

pub fn families(bases: &Bases) -> Vec<Family> {
    vec![Family::new(
        "17",
        "a vocabulary without an end, or too small for its ids",
        ids(bases),
    )]
}

/// Keeps the first tokens only.
fn shorten(draft: &mut Draft, count: usize) {
    let tokens = draft.strings("ggml.tokens");
    draft.entry("ggml.tokens").value = texts(&tokens[..count.min(tokens.len())]);
    for key in ["ggml.token_type", "ggml.scores"] {
        if let Some(entry) = draft.entries.iter_mut().find(|e| e.key.ends_with(key)) {
            entry.value.truncate(12 + 4 * count);
            entry.value[4..12].copy_from_slice(&(count as u64).to_le_bytes());
        }
    }
}

fn ids(bases: &Bases) -> Vec<Case> {
    let mut cases = Vec::new();
    for base in &bases.forms {
        for count in [1, 2, 3, 4, 100, 259, 351] {
            for keys in [true, false] {
                let name = format!("{count} tokens, ids named: {keys}");
                cases.push(redrawn(
                    base,
                    &name,
                    Reason::Any,
                    move |draft: &mut Draft| {
                        shorten(draft, count);
                        if !keys {
                            draft
                                .entries
                                .retain(|entry| !entry.key.ends_with("_token_id"));
                        }
                    },
                ));
            }
        }
        let expect = match base.name {
            // Byte-level BPE has no customary ids.
            "sentence-piece" => Expect::Speaks,
            _ => Expect::Either(Reason::Any),
        };
        cases.push(redrawn(
            base,
            "no id is named",
            expect,
            |draft: &mut Draft| {
                draft
                    .entries
                    .retain(|entry| !entry.key.ends_with("_token_id"));
            },
        ));
    }
    let base = bases.form("byte-level");
    let alone = malformed("no token ends a text");
    cases.push(redrawn(
        base,
        "no id and no template",
        alone,
        |draft: &mut Draft| {
            draft.entries.retain(|entry| {
                !entry.key.ends_with("_token_id") && !entry.key.ends_with("template")
            });
        },
    ));
    cases
}
