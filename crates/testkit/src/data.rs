//! Where the test data are: the demonstration model and the documents of `tests/corpus`.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The demonstration model of `models/catalog.toml`.
///
/// # Panics
/// Where it is absent: a test that needs a model is never skipped.
pub fn demonstration_model() -> PathBuf {
    present(
        repository().join("models/SmolLM2-135M-Instruct.Q4_1.gguf"),
        "python3 packaging/wheel.py model demonstration",
    )
}

/// The French yardstick of `models/catalog.toml`: see its terms.
///
/// # Panics
/// Where it is absent: a test that needs a model is never skipped.
pub fn yardstick() -> PathBuf {
    present(
        repository().join("models/gemma-3-270m-q4_k_m.gguf"),
        "python3 packaging/wheel.py model yardstick",
    )
}

/// A file of `tests/corpus`.
///
/// # Panics
/// Where it is absent.
pub fn fixture(name: &str) -> PathBuf {
    present(
        repository().join("tests/corpus").join(name),
        "git restore tests/corpus",
    )
}

fn present(path: PathBuf, remedy: &str) -> PathBuf {
    assert!(
        path.is_file(),
        "{} is missing: run `{remedy}`",
        path.display()
    );
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_repository_and_the_model() {
        assert!(repository().join("models/catalog.toml").is_file());
        assert!(demonstration_model().starts_with(repository()));
    }

    #[test]
    #[should_panic(expected = "git restore tests/corpus")]
    fn says_what_is_missing() {
        fixture("no-such-document.pdf");
    }
}
