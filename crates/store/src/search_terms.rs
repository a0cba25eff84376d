//! What people type, as FTS5 expressions that cannot fail.
//!
//! Every word is quoted, so that no operator, quote or column name of FTS5's query language
//! (<https://sqlite.org/fts5.html#full_text_query_syntax>) can come from a user's text.

/// More words than this add cost and no precision; the first ones are kept.
const MOST_WORDS: usize = 64;
/// Longer words are no words.
const LONGEST_WORD: usize = 100;

/// Texts that hold every word, each of which may be the beginning of a longer one: what a search
/// box wants while one types. `None` if there is no word.
pub(crate) fn every_prefix(text: &str) -> Option<String> {
    join(text, " ", |word, _| format!("\"{word}\"*"))
}

/// Texts that hold any of the words, best first by BM25: what a question wants. A word written
/// with a final `*` stands for all that begin with it. `None` if there is no word.
pub(crate) fn any_word(text: &str) -> Option<String> {
    join(text, " OR ", |word, starred| {
        format!("\"{word}\"{}", if starred { "*" } else { "" })
    })
}

fn join(text: &str, between: &str, term: impl Fn(&str, bool) -> String) -> Option<String> {
    let mut terms: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(in_word) {
        rest = &rest[start..];
        let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        if word.len() > LONGEST_WORD || !word.contains(char::is_alphanumeric) {
            continue;
        }
        let term = term(word, rest.starts_with('*'));
        if !terms.contains(&term) {
            terms.push(term);
        }
        if terms.len() == MOST_WORDS {
            break;
        }
    }
    (!terms.is_empty()).then(|| terms.join(between))
}

/// Letters, digits, and the combining marks of decomposed accents, as `unicode61` has them.
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted() {
        assert_eq!(
            every_prefix("l'état-civil").as_deref(),
            Some("\"l\"* \"état\"* \"civil\"*")
        );
        assert_eq!(
            any_word("cimetière OR \"NEAR(x)\" tarif*").as_deref(),
            Some("\"cimetière\" OR \"OR\" OR \"NEAR\" OR \"x\" OR \"tarif\"*")
        );
    }

    #[test]
    fn no_word_is_no_expression() {
        for text in ["", " ", "\"\"", "*", "-- ;'", "\u{301}"] {
            assert_eq!(every_prefix(text), None, "{text:?}");
            assert_eq!(any_word(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_pasted_megabyte_is_bounded() {
        let pasted = "un deux trois ".repeat(70_000);
        assert_eq!(
            any_word(&pasted).unwrap(),
            "\"un\" OR \"deux\" OR \"trois\""
        );
        let distinct: String = (0..10_000).map(|i| format!("mot{i} ")).collect();
        assert_eq!(any_word(&distinct).unwrap().matches(" OR ").count(), 63);
    }
}
