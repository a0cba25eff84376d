//! A model copied into the agent's folder, with the file that it sees with and the text of its terms.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use engine::Model;

use super::files::{self, ModelFile, file_name};
use super::{catalogue, digests, memory};
use crate::Paths;
use crate::trouble::{Result, Trouble, trouble};

/// Left free on the disk.
const MARGIN: u64 = 64 << 20;

/// Copies a model, and the companion lying beside it that was made for it: checked before, hashed
/// during, renamed at the end, so that an interrupted copy leaves nothing that could be taken for a
/// model. What they were is recorded, for [`digests::verify`].
///
/// # Errors
/// When the file is no usable model, differs from the catalogue, has no room, or cannot be copied.
pub fn import(paths: &Paths, source: &Path, progress: &mut dyn FnMut(f32)) -> Result<ModelFile> {
    let info = Model::inspect(source).map_err(|error| Trouble::of_model(source, &error))?;
    let companion = memory::companion(source, &info).map(|(path, _)| path);
    let folder = paths.import_folder();
    let copies: Vec<Copy> = [Some(source.to_owned()), companion]
        .into_iter()
        .flatten()
        .map(|source| Copy::new(source, folder))
        .collect();
    let outcome = room(&copies, folder).and_then(|total| {
        let mut done = 0;
        let mut progress = |bytes| {
            done += bytes;
            progress(done as f32 / total.max(1) as f32);
        };
        let digests: Vec<String> = copies
            .iter()
            .map(|copy| copy.run(&mut progress))
            .collect::<Result<_>>()?;
        copies
            .iter()
            .zip(digests)
            .try_for_each(|(copy, digest)| copy.keep(digest))
    });
    if let Err(trouble) = outcome {
        // What is left of a failed copy is ours and worthless; failing to remove it changes nothing.
        copies
            .iter()
            .for_each(|copy| _ = fs::remove_file(&copy.partial));
        return Err(trouble);
    }
    let target = folder.join(file_name(source));
    if let Some((_, terms)) = catalogue::bound(&target) {
        // Beside the model or nowhere: without its text the terms cannot be accepted, and that says why.
        let _ = fs::copy(source.with_file_name(&terms.file), folder.join(&terms.file));
    }
    Ok(files::describe(&target))
}

/// A file on its way.
struct Copy {
    source: PathBuf,
    partial: PathBuf,
    target: PathBuf,
}

impl Copy {
    fn new(source: PathBuf, folder: &Path) -> Self {
        let name = file_name(&source);
        Self {
            partial: folder.join(format!("{name}.partial")),
            target: folder.join(name),
            source,
        }
    }

    /// Copies, and returns the digest of what was copied, which the catalogue does not contradict.
    fn run(&self, progress: &mut dyn FnMut(u64)) -> Result<String> {
        let copied = File::open(&self.source).and_then(|input| {
            let mut output = File::create(&self.partial)?;
            let digest = digests::transfer(input, &mut output, progress)?;
            output.sync_all().map(|()| digest)
        });
        let digest = copied.map_err(|error| Trouble::of_file(&self.source, &error))?;
        match catalogue::digest(&self.target).is_some_and(|known| known != digest) {
            true => Err(trouble!(
                ModelDigest,
                model_digest(file_name(&self.source))()
            )),
            false => Ok(digest),
        }
    }

    /// Gives the copy its name, and records what it is.
    fn keep(&self, digest: String) -> Result<()> {
        fs::rename(&self.partial, &self.target)
            .and_then(|()| digests::record(&self.target, digest))
            .map_err(|error| Trouble::of_file(&self.source, &error))
    }
}

/// The bytes to copy, for which the folder's disk has room.
fn room(copies: &[Copy], folder: &Path) -> Result<u64> {
    let size = |copy: &Copy| fs::metadata(&copy.source).map(|data| data.len());
    let total = fs::create_dir_all(folder)
        .and_then(|()| copies.iter().map(size).sum::<io::Result<u64>>())
        .map_err(|error| Trouble::of_folder(folder, &error))?;
    match free(folder).is_some_and(|free| free < total + MARGIN) {
        true => Err(trouble!(DiskFull, disk_full()())),
        false => Ok(total),
    }
}

/// Bytes free on a folder's disk, where the system is asked; elsewhere the copy itself finds out.
#[cfg(unix)]
fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trouble::Code;

    #[cfg(target_os = "linux")]
    #[test]
    fn what_the_disk_has_no_room_for_is_refused_before_the_copy() {
        let folder = std::env::temp_dir().join(format!("clocher-room-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let hole = folder.join("hole.gguf");
        let file = File::create(&hole).unwrap();
        let copies = [Copy::new(hole, &folder)];
        file.set_len(1 << 20).unwrap();
        assert_eq!(room(&copies, &folder).unwrap(), 1 << 20);
        file.set_len(free(&folder).unwrap()).unwrap();
        assert_eq!(room(&copies, &folder).unwrap_err().code, Code::DiskFull);
        fs::remove_dir_all(folder).unwrap();
    }
}
