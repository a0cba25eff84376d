//! What the model sees with: the companion file beside it, and the pictures already looked at.

use std::path::Path;
use std::sync::Arc;

use engine::{Grid, Model, Picture, Vision};

use super::files;
use crate::trouble::Trouble;

/// Pictures kept once looked at: some megabytes each, and a minute of work.
const KEPT: usize = 24;

/// The sight of the model at hand, and its memory of this session.
#[derive(Default)]
pub struct Sight {
    /// Absent when the model is blind.
    pub vision: Option<Arc<Vision>>,
    /// Why a companion that is there does not serve.
    pub trouble: Option<Trouble>,
    /// What was looked at, the latest last.
    seen: Vec<(Key, Arc<Picture>)>,
}

/// A picture by the SHA-256 of its encoded bytes, at a fineness.
type Key = ([u8; 32], Grid);

impl Sight {
    /// Opens the companion of a model: the first of those beside it that was made for it.
    pub fn beside(file: &Path, model: &Arc<Model>) -> Self {
        let mut sight = Self::default();
        for companion in files::companions(file) {
            match Vision::open(&companion, model) {
                Ok(vision) => {
                    return Self {
                        vision: Some(Arc::new(vision)),
                        ..Self::default()
                    };
                }
                Err(error) => {
                    let trouble = || Trouble::of_model(&companion, &error);
                    sight.trouble.get_or_insert_with(trouble);
                }
            }
        }
        sight
    }

    /// A picture looked at before.
    pub fn recall(&self, key: &Key) -> Option<Arc<Picture>> {
        let found = self.seen.iter().find(|(known, _)| known == key);
        found.map(|(_, picture)| Arc::clone(picture))
    }

    /// Keeps a picture for the next question about it.
    pub fn remember(&mut self, key: Key, picture: &Arc<Picture>) {
        if self.seen.len() == KEPT {
            self.seen.remove(0);
        }
        self.seen.push((key, Arc::clone(picture)));
    }
}
