//! From a question to the passages that may answer it.

use store::{DocumentId, PassageRow, Store, StoreError};

use crate::words::{Word, words};

/// Content words under which a question is taken as the continuation of the one before.
const FOLLOW_UP: usize = 3;

/// The passages of `documents` that share most with the question, best first. A question too
/// short to search by ("et pour les agents ?") is completed by the one before. When nothing is
/// shared, the openings of the documents: they say what the documents are about.
///
/// # Errors
/// When the database cannot be read.
pub fn best(
    store: &Store,
    question: &str,
    earlier: &str,
    documents: &[DocumentId],
    limit: usize,
) -> Result<Vec<PassageRow>, StoreError> {
    let mut terms = terms(question);
    if terms.len() < FOLLOW_UP {
        terms.extend(self::terms(earlier));
    }
    terms.sort();
    terms.dedup();
    let found = store
        .passages()
        .search(&terms.join(" "), documents, limit)?;
    if !found.is_empty() {
        return Ok(found);
    }
    let mut openings = Vec::new();
    for document in documents {
        openings.extend(
            store
                .passages()
                .of(*document)?
                .into_iter()
                .take(limit / documents.len().max(1)),
        );
    }
    Ok(openings)
}

/// The words to search by: content words, as stems when long enough to be told apart.
fn terms(question: &str) -> Vec<String> {
    words(question)
        .iter()
        .filter(|word| word.is_content())
        .map(term)
        .collect()
}

/// A long word by its stem and whatever follows it; a short one or a number as it is.
fn term(word: &Word) -> String {
    match word.stem() {
        stem if stem.len() > 3 && !word.is_number() => format!("{stem}*"),
        _ => word.folded.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_become_stems() {
        assert_eq!(
            terms("Quels sont les tarifs de la cantine pour les agents ?"),
            ["tarif*", "cantin*", "agent*"]
        );
        assert!(terms("et pour elles ?").is_empty());
    }
}
