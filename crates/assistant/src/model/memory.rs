//! What a model takes at work on this machine, or that it does not fit and which one would.

use std::path::{Path, PathBuf};

use engine::plan::{Plan, Refusal, USUAL_CONTEXT, choose};
use engine::{CacheKind, EngineError, Model, ModelInfo, Vision, VisionInfo};

use super::{catalogue, files};
use crate::trouble::detail::size;
use crate::trouble::{Result, Trouble, trouble};

/// The plan of a model file with the memory that is free now, its companion file counted.
///
/// # Errors
/// When the file is no usable model, or memory does not suffice.
pub fn plan(file: &Path) -> Result<Plan> {
    let info = Model::inspect(file).map_err(|error| Trouble::of_model(file, &error))?;
    of(file, &info)
}

/// [`plan`] of a file that was inspected.
pub fn of(file: &Path, info: &ModelInfo) -> Result<Plan> {
    let sight = companion(file, info).map(|(_, sight)| sight);
    match engine::memory::available() {
        Some(available) => {
            choose(info, sight.as_ref(), available).map_err(|refusal| refused(file, refusal))
        }
        // Where the system does not tell, the usual.
        None => Ok(Plan::of(
            info,
            sight.as_ref(),
            USUAL_CONTEXT,
            CacheKind::F16,
        )),
    }
}

/// The file beside a model that was made for it to see with, and what it says of itself.
pub fn companion(file: &Path, info: &ModelInfo) -> Option<(PathBuf, VisionInfo)> {
    let companions = files::companions(file).into_iter();
    let mut inspected = companions.filter_map(|path| Some((Vision::inspect(&path).ok()?, path)));
    let (sight, path) = inspected.find(|(sight, _)| sight.model_hidden == info.hidden)?;
    Some((path, sight))
}

fn refused(file: &Path, Refusal { needed, available }: Refusal) -> Trouble {
    let smaller = catalogue::fitting(available);
    match smaller.filter(|entry| file.file_name() != Some(entry.file.as_ref())) {
        Some(entry) => trouble!(
            ModelTooLarge,
            model_too_large(size(available), files::display_name(file), size(needed))(
                &entry.name,
                size(entry.memory)
            )
        ),
        None => Trouble::of_model(file, &EngineError::OutOfMemory { needed, available }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trouble::Code;

    #[test]
    fn a_refusal_says_what_is_needed_what_there_is_and_what_would_fit() {
        let large = Path::new("Ministral-3-14B-Instruct-2512-Q4_K_M.gguf");
        let refusal = |available| Refusal {
            needed: 9 << 30,
            available,
        };
        let told = refused(large, refusal(5 << 30));
        assert_eq!(told.code, Code::ModelTooLarge);
        for part in ["Ministral 3 14B Instruct", "9\u{a0}Gio", "5\u{a0}Gio"] {
            assert!(told.cause.contains(part), "{}", told.cause);
        }
        assert!(
            told.remedy.contains("Ministral 3 3B Instruct"),
            "{}",
            told.remedy
        );
        // Nothing of the catalogue fits: no name is given.
        assert_eq!(refused(large, refusal(1 << 30)).code, Code::ModelMemory);
    }
}
