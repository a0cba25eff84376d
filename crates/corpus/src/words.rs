//! Words of a French text as a search and a citation compare them: lower case, accents folded,
//! elisions cut, numbers whole, with their place in the text.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A word and the bytes it occupies.
#[derive(Clone, PartialEq, Eq)]
pub struct Word {
    /// Folded form: lower case without accents; `3,85` and `12480` for numbers.
    pub folded: String,
    /// Bytes of the word in its text.
    pub span: Range<usize>,
}

impl Word {
    /// The form under which inflected words meet: the folded form without a plural mark.
    #[must_use]
    pub fn stem(&self) -> &str {
        let word = self.folded.as_str();
        if self.is_number() || word.len() < 4 {
            return word;
        }
        word.strip_suffix("aux")
            .filter(|rest| rest.len() > 3)
            .or_else(|| word.strip_suffix("es"))
            .or_else(|| word.strip_suffix(['s', 'x', 'e']))
            .unwrap_or(word)
    }

    /// Whether the word begins with a digit.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.folded.starts_with(|c: char| c.is_ascii_digit())
    }

    /// Whether the word carries meaning of its own.
    #[must_use]
    pub fn is_content(&self) -> bool {
        self.is_number()
            || (self.folded.chars().count() > 1
                && STOP_WORDS.binary_search(&self.folded.as_str()).is_err())
    }
}

/// The words of a text, in order.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        if !first.is_alphanumeric() {
            continue;
        }
        let mut end = start + first.len_utf8();
        while let Some(&(at, c)) = rest.peek() {
            let joins = c.is_alphanumeric() || is_combining_mark(c) || joins_number(text, at, c);
            if !joins {
                break;
            }
            end = at + c.len_utf8();
            rest.next();
        }
        words.push(Word {
            folded: fold(&text[start..end]),
            span: start..end,
        });
    }
    words
}

/// A comma or a point between two digits, or a space before exactly three: `3,85`, `12 480`.
fn joins_number(text: &str, at: usize, c: char) -> bool {
    if !text[..at].ends_with(|before: char| before.is_ascii_digit()) {
        return false;
    }
    let after = &text[at + c.len_utf8()..];
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    match c {
        ',' | '.' => digits > 0,
        ' ' | '\u{a0}' | '\u{202f}' => {
            digits == 3 && !text[..at].ends_with(char::is_alphabetic) && group_before(&text[..at])
        }
        _ => false,
    }
}

/// What stands before a thousands space is one to three digits, not a longer number (`2026 123`).
fn group_before(text: &str) -> bool {
    (1..=3).contains(&text.bytes().rev().take_while(u8::is_ascii_digit).count())
}

/// Lower case without accents; ligatures opened; inside numbers, spaces go and points become commas.
#[must_use]
pub fn fold(word: &str) -> String {
    let number = word.starts_with(|c: char| c.is_ascii_digit());
    let mut folded = String::with_capacity(word.len());
    for c in word
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
    {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            '.' if number => folded.push(','),
            c if number && c.is_whitespace() => {}
            c => folded.push(c),
        }
    }
    folded
}

/// Sentences of a text: spans ended by a full stop, question or exclamation mark, semicolon or
/// line end, without the surrounding blanks. A point inside a number or after a lone capital or
/// a usual abbreviation ends nothing.
#[must_use]
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let ends = match c {
            '\n' | '?' | '!' | ';' => true,
            '.' => {
                text[end..].starts_with(|next: char| next.is_whitespace())
                    && !abbreviates(&text[start..at])
                    || end == text.len()
            }
            _ => false,
        };
        if ends {
            push_trimmed(&mut spans, text, start..end);
            start = end;
        }
    }
    push_trimmed(&mut spans, text, start..text.len());
    spans
}

fn abbreviates(before: &str) -> bool {
    let last = before
        .rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or("");
    last.chars().count() == 1 && last.chars().all(char::is_uppercase)
        || [
            "art", "al", "no", "etc", "cf", "MM", "Mme", "Mlle", "av", "bd", "p",
        ]
        .contains(&last)
}

fn push_trimmed(spans: &mut Vec<Range<usize>>, text: &str, span: Range<usize>) {
    let piece = &text[span.clone()];
    let trimmed = piece.trim_start();
    let start = span.end - trimmed.len();
    let end = start + trimmed.trim_end().len();
    if start < end {
        spans.push(start..end);
    }
}

/// French function words, folded, sorted; from the usual closed classes.
const STOP_WORDS: &[&str] = &[
    "afin",
    "ai",
    "ainsi",
    "alors",
    "apres",
    "as",
    "au",
    "aucun",
    "aucune",
    "auquel",
    "aussi",
    "autre",
    "autres",
    "aux",
    "avait",
    "avant",
    "avec",
    "avez",
    "avoir",
    "avons",
    "car",
    "ce",
    "ceci",
    "cela",
    "celle",
    "celles",
    "celui",
    "ces",
    "cet",
    "cette",
    "ceux",
    "chaque",
    "chez",
    "comme",
    "comment",
    "dans",
    "de",
    "depuis",
    "des",
    "dit",
    "donc",
    "dont",
    "du",
    "elle",
    "elles",
    "en",
    "encore",
    "entre",
    "es",
    "est",
    "et",
    "etaient",
    "etait",
    "etant",
    "ete",
    "etes",
    "etre",
    "eu",
    "eux",
    "fait",
    "faut",
    "ici",
    "il",
    "ils",
    "je",
    "la",
    "laquelle",
    "le",
    "lequel",
    "les",
    "lesquelles",
    "lesquels",
    "leur",
    "leurs",
    "lors",
    "lui",
    "ma",
    "mais",
    "me",
    "meme",
    "mes",
    "moi",
    "mon",
    "ne",
    "ni",
    "non",
    "nos",
    "notre",
    "nous",
    "on",
    "ont",
    "ou",
    "par",
    "parce",
    "pas",
    "peut",
    "peuvent",
    "plus",
    "pour",
    "pourquoi",
    "puis",
    "qu",
    "quand",
    "que",
    "quel",
    "quelle",
    "quelles",
    "quels",
    "qui",
    "quoi",
    "sa",
    "sans",
    "se",
    "selon",
    "sera",
    "seront",
    "ses",
    "si",
    "soit",
    "son",
    "sont",
    "sous",
    "sur",
    "ta",
    "te",
    "tel",
    "telle",
    "tes",
    "toi",
    "ton",
    "tous",
    "tout",
    "toute",
    "toutes",
    "tres",
    "tu",
    "un",
    "une",
    "vers",
    "voici",
    "voila",
    "vos",
    "votre",
    "vous",
    "y",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().map(|w| w.folded).collect()
    }

    #[test]
    fn french_words_fold() {
        assert_eq!(
            folded("L’élève, à l'École : cœur"),
            ["l", "eleve", "a", "l", "ecole", "coeur"]
        );
        assert_eq!(
            folded("3,85 € ou 12 480 € le 1er janvier 2027."),
            ["3,85", "ou", "12480", "le", "1er", "janvier", "2027"]
        );
        assert_eq!(
            folded("article 6. 120 agents"),
            ["article", "6", "120", "agents"]
        );
    }

    #[test]
    fn stop_words_are_sorted_and_known() {
        assert!(STOP_WORDS.is_sorted());
        let content: Vec<_> = words("Quel est le prix du repas pour un enfant ?")
            .into_iter()
            .filter(Word::is_content)
            .map(|w| w.folded)
            .collect();
        assert_eq!(content, ["prix", "repas", "enfant"]);
    }

    #[test]
    fn inflections_meet() {
        for (one, other) in [
            ("tarif", "tarifs"),
            ("communale", "communal"),
            ("travaux", "travaux"),
            ("agents", "agent"),
        ] {
            assert_eq!(words(one)[0].stem(), words(other)[0].stem());
        }
    }

    #[test]
    fn sentences_keep_abbreviations_and_numbers() {
        let text = "M. Lefèvre paie 3.85 euros. Qui d’autre ?\nL’art. 6 le dit";
        let found: Vec<&str> = sentences(text).into_iter().map(|s| &text[s]).collect();
        assert_eq!(
            found,
            [
                "M. Lefèvre paie 3.85 euros.",
                "Qui d’autre ?",
                "L’art. 6 le dit"
            ]
        );
    }

    proptest! {
        #[test]
        fn spans_are_exact_whatever_the_text(text in "\\PC*") {
            for word in words(&text) {
                prop_assert_eq!(fold(&text[word.span.clone()]), word.folded);
            }
            let mut end = 0;
            for span in sentences(&text) {
                prop_assert!(span.start >= end && text.get(span.clone()).is_some_and(|s| !s.trim().is_empty()));
                end = span.end;
            }
        }
    }
}
