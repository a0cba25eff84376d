//! Terms of use, shown and accepted before a model that has any is loaded.
//!
//! What was accepted is kept in the agent's own folder, in clear: it is neither secret nor content,
//! and must be known before the history is open, or without one (docs/decisions/007).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use store::Timestamp;

use super::catalogue::{self, Entry, Terms};
use super::files::{self, file_name};
use crate::trouble::{Result, Trouble, trouble};
use crate::view::ModelTerms;
use crate::{Clocher, Paths};

/// Where acceptances are kept, in the agent's folder.
const FILE: &str = "accepted-terms.json";

/// One acceptance: of which text, for which model, when.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Acceptance {
    /// SHA-256 of the model.
    model: String,
    /// SHA-256 of the text that was shown.
    terms: String,
    accepted_at: i64,
}

/// The terms that a file waits for, if any.
///
/// # Errors
/// When their text is not beside the file, or is not the one that the catalogue knows.
pub fn pending(paths: &Paths, file: &Path) -> Result<Option<ModelTerms>> {
    unaccepted(paths, file)
        .map(|(entry, terms)| shown(file, entry, terms))
        .transpose()
}

/// Records that the agent accepts the terms of a file, which were shown.
///
/// # Errors
/// When the text that should have been shown is not there, or the folder cannot be written.
pub fn accept(paths: &Paths, file: &Path) -> Result<()> {
    let Some((entry, terms)) = unaccepted(paths, file) else {
        return Ok(());
    };
    shown(file, entry, terms)?;
    let mut kept = accepted(paths);
    kept.push(Acceptance {
        model: entry.sha256.clone().unwrap_or_default(),
        terms: terms.sha256.clone(),
        accepted_at: Timestamp::now().0,
    });
    let path = paths.home.join(FILE);
    let written = serde_json::to_vec(&kept)
        .map_err(io::Error::from)
        .and_then(|json| {
            let partial = path.with_extension("partial");
            fs::create_dir_all(&paths.home)?;
            fs::write(&partial, json)?;
            fs::rename(&partial, &path)
        });
    written.map_err(|error| Trouble::of_file(&path, &error))
}

/// Refuses a file whose terms were not accepted.
pub fn check(paths: &Paths, file: PathBuf) -> Result<PathBuf> {
    match unaccepted(paths, &file) {
        None => Ok(file),
        Some((entry, terms)) => Err(trouble!(
            ModelTerms,
            model_terms(&entry.name, &terms.name)(file_name(&file))
        )),
    }
}

/// The entry and the terms of a file that waits for them.
pub fn unaccepted(paths: &Paths, file: &Path) -> Option<(&'static Entry, &'static Terms)> {
    let (entry, terms) = catalogue::bound(file)?;
    let same = |kept: &Acceptance| {
        Some(&kept.model) == entry.sha256.as_ref() && kept.terms == terms.sha256
    };
    (!accepted(paths).iter().any(same)).then_some((entry, terms))
}

/// What was accepted; a file that cannot be read is none, and is asked again.
fn accepted(paths: &Paths) -> Vec<Acceptance> {
    let json = fs::read(paths.home.join(FILE)).unwrap_or_default();
    serde_json::from_slice(&json).unwrap_or_default()
}

fn shown(file: &Path, entry: &Entry, terms: &Terms) -> Result<ModelTerms> {
    let path = file.with_file_name(&terms.file);
    let text = fs::read_to_string(&path).map_err(|error| Trouble::of_file(&path, &error))?;
    if files::digest(text.as_bytes()) != terms.sha256 {
        return Err(trouble!(ModelDigest, model_digest(&terms.file)()));
    }
    Ok(ModelTerms {
        file: file_name(file),
        model: entry.name.clone(),
        name: terms.name.clone(),
        address: terms.address.clone(),
        text,
    })
}

impl Clocher {
    /// A model of the folder that would answer better than the demonstration model, once its terms
    /// are accepted.
    #[must_use]
    pub fn model_offer(&self) -> Option<ModelTerms> {
        let files = files::found(&self.paths);
        let waits = |file: &PathBuf| unaccepted(&self.paths, file).is_some();
        let better = |file: &PathBuf| !waits(file) && !catalogue::demonstrates(file);
        if files.iter().any(better) {
            return None;
        }
        let file = files.iter().find(|file| waits(file))?;
        pending(&self.paths, file).ok().flatten()
    }

    /// Records that the agent accepts the terms of the model offered, and loads it.
    ///
    /// # Errors
    /// When the file is gone, or its acceptance cannot be kept.
    pub fn accept_model(&self, file: &str) -> Result<()> {
        let files = files::found(&self.paths);
        let found = files.iter().find(|path| file_name(path) == file);
        let path = found.ok_or_else(|| trouble!(ModelNotFound, model_not_found(file)()))?;
        accept(&self.paths, path)?;
        self.load_model(Some(path));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use testkit::{SealedHome, demonstration_model, yardstick};

    use super::*;
    use crate::trouble::Code;

    /// A home with the demonstration model and the yardstick, under another name.
    fn home() -> (SealedHome, Paths) {
        let home = SealedHome::new();
        let models = home.path().join("models");
        fs::create_dir(&models).unwrap();
        let link = |from: PathBuf, name: &str| {
            let (from, to) = (from.canonicalize().unwrap(), models.join(name));
            fs::hard_link(&from, &to)
                .or_else(|_| fs::copy(&from, &to).map(drop))
                .unwrap();
        };
        let model = demonstration_model();
        link(model.clone(), &file_name(&model));
        let model = yardstick();
        let terms = model.with_file_name("gemma-3-270m-q4_k_m.terms.txt");
        link(terms, "gemma-3-270m-q4_k_m.terms.txt");
        link(model, "renamed.gguf");
        let paths = Paths::of_user(Some(home.path().join("data")), Some(models));
        (home, paths)
    }

    #[test]
    fn what_has_terms_is_offered_refused_until_accepted_then_preferred() {
        let (_home, paths) = home();
        let file = paths.models[0].join("renamed.gguf");
        let refused = files::choose(&paths, Some(&file)).unwrap_err();
        assert_eq!(refused.code, Code::ModelTerms);
        let chosen = files::choose(&paths, None).unwrap();
        assert!(catalogue::demonstrates(&chosen));
        let clocher = Clocher::without_history(paths.clone()).unwrap();
        let offer = clocher.model_offer().unwrap();
        assert_eq!(
            (offer.file.as_str(), offer.model.as_str()),
            ("renamed.gguf", "Gemma 3 270M")
        );
        assert!(offer.text.contains("Gemma Terms of Use"), "{}", offer.text);

        clocher.accept_model("renamed.gguf").unwrap();
        assert!(clocher.model_offer().is_none());
        assert!(pending(&paths, &file).unwrap().is_none());
        assert_eq!(files::choose(&paths, Some(&file)).unwrap(), file);
        let kept = accepted(&paths);
        assert!(kept.len() == 1 && kept[0].accepted_at > 1_700_000_000_000);
    }

    #[test]
    fn terms_that_are_not_there_or_not_those_cannot_be_accepted() {
        let (_home, paths) = home();
        let file = paths.models[0].join("renamed.gguf");
        let text = paths.models[0].join("gemma-3-270m-q4_k_m.terms.txt");
        fs::remove_file(&text).unwrap();
        assert_eq!(
            accept(&paths, &file).unwrap_err().code,
            Code::FileUnreadable
        );
        fs::write(&text, "You owe us everything.").unwrap();
        assert_eq!(accept(&paths, &file).unwrap_err().code, Code::ModelDigest);
        assert!(unaccepted(&paths, &file).is_some());
    }
}
