//! What a model takes at work on this machine, or that it does not fit and which one would.

use std::path::Path;

use engine::plan::{Plan, Refusal, choose};
use engine::{EngineError, Model, ModelInfo, Vision, VisionInfo};

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
    // Where the system does not tell, loading does: it asks for what the usual context takes.
    let available = engine::memory::available().unwrap_or(u64::MAX / 4);
    within(file, info, available)
}

fn within(file: &Path, info: &ModelInfo, available: u64) -> Result<Plan> {
    choose(info, companion(file).as_ref(), available).map_err(|refusal| refused(file, refusal))
}

/// What the file beside a model that it would see with says of itself.
fn companion(file: &Path) -> Option<VisionInfo> {
    let companions = files::companions(file);
    companions.iter().find_map(|path| Vision::inspect(path).ok())
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
