//! From an answer back to the pages it comes from, by comparing texts and never by asking the
//! model: a sentence is cited where a page says the same with the same figures, or not at all.

use std::collections::HashMap;
use std::ops::Range;

use crate::words::{Word, sentences, words};

/// Share of a sentence's weight that a page must hold for the page to be cited.
const SUPPORT: f32 = 0.6;
/// Content words that must be common, or the figure and one word.
const COMMON: usize = 3;

/// A page the answer may come from.
#[derive(Clone, Copy)]
pub struct Evidence<'a, K> {
    /// What identifies the page to the caller.
    pub key: K,
    /// The page's text, or the passage of it that the model was given.
    pub text: &'a str,
}

/// A sentence of the answer found again.
#[derive(Clone, PartialEq, Eq)]
pub struct Support<K> {
    /// Byte offset in the answer after which the citation stands (before the closing full stop).
    pub after: usize,
    /// The page.
    pub key: K,
    /// The sentence of the page that supports it, as the page has it.
    pub quote: String,
    /// The answer repeats the page letter for letter, case, accents and punctuation aside.
    pub verbatim: bool,
}

/// A sentence of a page, prepared for comparison.
struct Candidate<'a, K> {
    key: K,
    text: &'a str,
    words: Vec<Word>,
}

/// What an answer's sentences come from. A sentence that states a figure which the page does not
/// have is not supported by it.
#[must_use]
pub fn support<K: Copy + PartialEq>(answer: &str, evidence: &[Evidence<'_, K>]) -> Vec<Support<K>> {
    let candidates: Vec<Candidate<'_, K>> = evidence
        .iter()
        .flat_map(|page| {
            windows(page.text)
                .into_iter()
                .map(|span| (page.key, &page.text[span]))
        })
        .map(|(key, text)| Candidate {
            key,
            text,
            words: words(text),
        })
        .collect();
    let rarity = rarity(&candidates);
    let mut found: Vec<Support<K>> = Vec::new();
    for span in sentences(answer) {
        let sentence = &answer[span.clone()];
        let Some(support) = best(sentence, &candidates, &rarity) else {
            continue;
        };
        let after = span.start + sentence.trim_end_matches(['.', ';', ' ']).len();
        let support = Support { after, ..support };
        // The same sentence of the same page, said twice in a row, is cited once, at the end.
        match found.last_mut() {
            Some(last) if last.key == support.key && last.quote == support.quote => *last = support,
            _ => found.push(support),
        }
    }
    found
}

/// Each sentence of a page, and each pair of neighbours: an answer often joins two.
fn windows(text: &str) -> Vec<Range<usize>> {
    let single = sentences(text);
    let pairs = single.windows(2).map(|pair| pair[0].start..pair[1].end);
    let pairs: Vec<_> = pairs.filter(|pair| pair.len() < 600).collect();
    single.into_iter().chain(pairs).collect()
}

/// Weight of each stem: rare words tell pages apart.
fn rarity<K>(candidates: &[Candidate<'_, K>]) -> HashMap<String, f32> {
    let mut counts: HashMap<String, f32> = HashMap::new();
    for candidate in candidates {
        let mut stems: Vec<&str> = candidate
            .words
            .iter()
            .filter(|w| w.is_content())
            .map(Word::stem)
            .collect();
        stems.sort_unstable();
        stems.dedup();
        for stem in stems {
            *counts.entry(stem.to_owned()).or_default() += 1.0;
        }
    }
    let total = candidates.len() as f32;
    counts
        .values_mut()
        .for_each(|count| *count = (1.0 + total / *count).ln());
    counts
}

fn best<K: Copy + PartialEq>(
    sentence: &str,
    candidates: &[Candidate<'_, K>],
    rarity: &HashMap<String, f32>,
) -> Option<Support<K>> {
    let all = words(sentence);
    let mut content: Vec<&Word> = all.iter().filter(|w| w.is_content()).collect();
    content.sort_by(|a, b| a.stem().cmp(b.stem()));
    content.dedup_by(|a, b| a.stem() == b.stem());
    let unseen = (1.0 + candidates.len() as f32).ln();
    let weight = |word: &Word| {
        rarity.get(word.stem()).copied().unwrap_or(unseen)
            * if word.is_number() { 2.0 } else { 1.0 }
    };
    let whole: f32 = content.iter().map(|w| weight(w)).sum();
    let figures = content.iter().filter(|w| w.is_number()).count();
    let mut best: Option<(f32, &Candidate<'_, K>)> = None;
    for candidate in candidates {
        let held = |word: &Word| candidate.words.iter().any(|w| w.stem() == word.stem());
        let common: Vec<&&Word> = content.iter().filter(|w| held(w)).collect();
        let common_figures = common.iter().filter(|w| w.is_number()).count();
        let enough = common.len() >= COMMON || (common_figures > 0 && common.len() >= 2);
        if !enough || common_figures < figures {
            continue;
        }
        let share = common.iter().map(|w| weight(w)).sum::<f32>() / whole;
        // Among equals the shorter passage says it most precisely.
        let precision = share - candidate.text.len() as f32 * 5e-4;
        if share >= SUPPORT && best.is_none_or(|(score, _)| precision > score) {
            best = Some((precision, candidate));
        }
    }
    let (_, candidate) = best?;
    let verbatim = contains(&candidate.words, &all);
    Some(Support {
        after: 0,
        key: candidate.key,
        quote: candidate.text.to_owned(),
        verbatim,
    })
}

/// Whether `part` stands in `whole` word for word.
fn contains(whole: &[Word], part: &[Word]) -> bool {
    !part.is_empty()
        && whole
            .windows(part.len())
            .any(|window| window.iter().zip(part).all(|(a, b)| a.folded == b.folded))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: [Evidence<'static, u32>; 3] = [
        Evidence {
            key: 1,
            text: "Le conseil municipal, régulièrement convoqué, s’est réuni en séance ordinaire.",
        },
        Evidence {
            key: 2,
            text: "Article 1er. — Le prix du repas est fixé à 3,85 € pour un enfant domicilié dans la commune et à 5,10 € pour un enfant domicilié hors de la commune. Le tarif des agents est fixé à 6,20 €.",
        },
        Evidence {
            key: 3,
            text: "La présente délibération s’applique à compter du 1er janvier 2027.",
        },
    ];

    #[test]
    fn sentences_find_their_page() {
        let answer = "Le prix du repas est fixé à 3,85 € pour un enfant de la commune. Il s'applique à compter du 1er janvier 2027.";
        let found = support(answer, &PAGES);
        assert_eq!(found.iter().map(|s| s.key).collect::<Vec<_>>(), [2, 3]);
        assert!(answer[..found[0].after].ends_with("commune"));
        assert!(found[1].quote.starts_with("La présente"));
    }

    #[test]
    fn a_changed_figure_is_not_supported() {
        assert!(
            support(
                "Le prix du repas est fixé à 4,85 € pour un enfant domicilié dans la commune.",
                &PAGES
            )
            .is_empty()
        );
    }

    #[test]
    fn what_no_page_says_is_not_cited() {
        assert!(
            support(
                "La piscine ouvrira au printemps prochain avec deux bassins. Bonjour.",
                &PAGES
            )
            .is_empty()
        );
        assert!(support("", &PAGES).is_empty());
        assert!(support::<u32>("Le prix du repas est fixé.", &[]).is_empty());
    }

    #[test]
    fn a_repeated_sentence_is_verbatim_and_cited_once() {
        let found = support(
            "Le tarif des agents est fixé à 6,20 €. Le tarif des agents est fixé à 6,20 €.",
            &PAGES,
        );
        assert_eq!(found.len(), 1);
        assert!(found[0].verbatim);
        assert_eq!(found[0].quote, "Le tarif des agents est fixé à 6,20 €.");
    }
}
