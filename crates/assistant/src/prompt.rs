//! What the model is told, from `assets/prompts`, and how pages are laid out for it.

/// The system prompt.
pub const SYSTEM: &str = include_str!("../../../assets/prompts/system.md");
/// Before documents that fit whole.
pub const DOCUMENTS: &str = include_str!("../../../assets/prompts/documents.md");
/// Before the best passages of documents that do not.
pub const PASSAGES: &str = include_str!("../../../assets/prompts/passages.md");

/// Before pictures.
pub const PICTURES: &str = include_str!("../../../assets/prompts/pictures.md");

/// A text under its place: `[Délibération, page 2]` and the text.
pub fn placed(label: &str, page: u32, text: &str) -> String {
    format!("[{label}, page {page}]\n{}\n\n", text.trim())
}

/// A document's name for a button or a prompt: without extension, cut at a word.
pub fn label(name: &str) -> String {
    const LONGEST: usize = 32;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).trim();
    if stem.chars().count() <= LONGEST {
        return stem.to_owned();
    }
    let cut: String = stem.chars().take(LONGEST).collect();
    let word = cut
        .rfind([' ', '-', '_'])
        .filter(|at| *at > LONGEST / 2)
        .unwrap_or(cut.len());
    format!("{}…", &cut[..word])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_short_and_whole_words() {
        assert_eq!(label("Délibération 2026-47.pdf"), "Délibération 2026-47");
        let long = label("Procès-verbal de la séance du conseil municipal du 12 décembre.pdf");
        assert_eq!(long, "Procès-verbal de la séance du…");
        assert_eq!(label(".pdf"), "");
        assert_eq!(label("sans extension"), "sans extension");
    }
}
