//! The models we know, from `models/catalog.toml`.

use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;

/// An entry of the catalogue.
#[derive(Deserialize)]
pub struct Entry {
    /// File name.
    pub file: String,
    /// Name for agents.
    pub name: String,
    /// The file that it sees with.
    pub companion: Option<String>,
    /// SHA-256 in lower-case hexadecimal; where it is not known, the first import tells.
    pub sha256: Option<String>,
    /// Size of the file.
    pub bytes: u64,
    /// Memory that it takes at work, as `engine::plan` has it.
    pub memory: u64,
    /// What it is for.
    pub role: Option<String>,
    /// What must be accepted before it is used.
    pub terms: Option<Terms>,
}

/// Conditions of use.
#[derive(Deserialize)]
pub struct Terms {
    /// Their name.
    pub name: String,
    /// Where their author publishes them: told, never opened.
    pub address: String,
    /// The file of their text, beside the model.
    pub file: String,
    /// SHA-256 of that text.
    pub sha256: String,
}

#[derive(Deserialize)]
struct Catalogue {
    model: Vec<Entry>,
}

/// Parsed once; that the text is well formed is asserted by a test, so nothing is lost here.
static CATALOGUE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    toml::from_str::<Catalogue>(include_str!("../../../../models/catalog.toml"))
        .map(|catalogue| catalogue.model)
        .unwrap_or_default()
});

/// The entry for a file of this name.
pub fn find(file: &Path) -> Option<&'static Entry> {
    let name = file.file_name()?;
    CATALOGUE.iter().find(|entry| name == entry.file.as_str())
}

/// The entry whose terms bind a file, under any name: it is recognised by its size.
pub fn bound(file: &Path) -> Option<(&'static Entry, &'static Terms)> {
    let size = std::fs::metadata(file).map_or(0, |data| data.len());
    let named = |entry: &&Entry| {
        file.file_name()
            .is_some_and(|name| name == entry.file.as_str())
    };
    let mut entries = CATALOGUE.iter().filter(|entry| entry.terms.is_some());
    let entry = entries.find(|entry| named(entry) || entry.bytes == size)?;
    Some((entry, entry.terms.as_ref()?))
}

/// The SHA-256 of a file of this name, where the catalogue knows it.
pub fn digest(file: &Path) -> Option<&'static str> {
    find(file)?.sha256.as_deref()
}

/// The best model for an agent's work that so much memory suffices for.
pub fn fitting(available: u64) -> Option<&'static Entry> {
    let mut entries = CATALOGUE.iter().filter(|entry| entry.role.is_none());
    entries.find(|entry| entry.memory <= available)
}

/// Whether the file only shows that everything runs.
pub fn demonstrates(file: &Path) -> bool {
    find(file).is_some_and(|entry| entry.role.as_deref() == Some("demonstration"))
}

/// Order of preference: files unknown to the catalogue are the town hall's own choice and come
/// first, then the catalogue's order.
pub fn rank(file: &Path) -> usize {
    let name = file.file_name().unwrap_or_default();
    CATALOGUE
        .iter()
        .position(|entry| name == entry.file.as_str())
        .map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_well_formed() {
        assert!(!CATALOGUE.is_empty());
        for entry in CATALOGUE.iter() {
            let hexadecimal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            if let Some(sha256) = &entry.sha256 {
                assert!(
                    sha256.len() == 64 && sha256.bytes().all(hexadecimal),
                    "{}",
                    entry.file
                );
            }
            // What is accepted is a digest's, and what runs unasked is known to the byte.
            let known = entry.terms.is_none() && entry.role.is_none();
            assert!(entry.sha256.is_some() || known, "{}", entry.file);
            assert!(find(Path::new(&entry.file)).is_some());
        }
    }

    #[test]
    fn the_memory_of_the_catalogue_is_the_plans() {
        use engine::plan::{Plan, USUAL_CONTEXT};
        use engine::synth::{Shape, write_header};
        use engine::{CacheKind, Model, VisionInfo};
        let path = std::env::temp_dir().join(format!("clocher-memory-{}", std::process::id()));
        let shape = |layers, hidden, feed_forward, tied| Shape {
            layers,
            hidden,
            feed_forward,
            tied,
            ..Shape::MINISTRAL_3B
        };
        for (shape, size) in [
            (Shape::MINISTRAL_3B, "3B"),
            (shape(34, 4096, 14_336, false), "8B"),
            (shape(40, 5120, 16_384, false), "14B"),
        ] {
            write_header(&path, &shape).unwrap();
            let name = format!("Ministral-3-{size}-Instruct-2512-Q4_K_M.gguf");
            let entry = find(Path::new(&name)).unwrap();
            let mut info = Model::inspect(&path).unwrap();
            info.file_bytes = entry.bytes;
            let sight = VisionInfo {
                model_hidden: shape.hidden,
                cell_side: 28,
                longest_side: 1540,
                parameters: 0,
                // 3B's is documented; the projector alone differs, by some tens of megabytes.
                file_bytes: 841_501_856,
                look_bytes: 80 << 20,
            };
            let plan = Plan::of(&info, Some(&sight), USUAL_CONTEXT, CacheKind::F16);
            let ratio = entry.memory as f64 / plan.bytes() as f64;
            assert!((0.98..1.03).contains(&ratio), "{name}: {}", plan.bytes());
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn what_fits_is_the_best_that_does() {
        let best = |gigabytes: u64| fitting(gigabytes * 1_000_000_000).map(|e| e.name.as_str());
        assert_eq!(best(16), Some("Ministral 3 14B Instruct"));
        assert_eq!(best(8), Some("Ministral 3 8B Instruct"));
        assert_eq!(best(5), Some("Ministral 3 3B Instruct"));
        assert_eq!(best(2), None);
    }

    #[test]
    fn the_town_halls_own_model_comes_before_the_demonstration() {
        assert!(
            rank(Path::new("Ministral-3-3B-Instruct-Q4_K_M.gguf"))
                < rank(Path::new("SmolLM2-135M-Instruct.Q4_1.gguf"))
        );
    }
}
