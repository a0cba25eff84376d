//! Text shown in whole words while it is being written.

/// Holds back the word that is not finished yet.
#[derive(Default)]
pub struct WholeWords {
    held: String,
}

impl WholeWords {
    /// Adds text; returns what ends on a blank or a line end, and may be shown.
    pub fn push(&mut self, text: &str) -> String {
        self.held.push_str(text);
        let shown = self.held.rfind(char::is_whitespace).map_or(0, |at| {
            at + self.held[at..].chars().next().map_or(0, char::len_utf8)
        });
        self.held.drain(..shown).collect()
    }

    /// The rest, at the end.
    pub fn finish(self) -> String {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_whole() {
        let mut words = WholeWords::default();
        let shown: Vec<String> = ["Bon", "jour, ma", "dame\u{a0}", "! Fin"]
            .iter()
            .map(|t| words.push(t))
            .collect();
        assert_eq!(shown, ["", "Bonjour, ", "madame\u{a0}", "! "]);
        assert_eq!(words.finish(), "Fin");
    }
}
