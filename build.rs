//! Checks on `assets/` that the compiler would not make: every prompt is named by its user, and
//! every text file is plain UTF-8 without a trailing blank.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a build that cannot go on stops and says why"
)]

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("set by cargo"));
    for folder in ["assets/prompts", "assets/messages"] {
        println!("cargo:rerun-if-changed={folder}");
        for entry in fs::read_dir(root.join(folder))
            .expect("assets are in the checkout")
            .flatten()
        {
            check(&entry.path());
        }
    }
}

fn check(path: &Path) {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(
        text.ends_with('\n') && !text.ends_with("\n\n"),
        "{}: one line end at the end",
        path.display()
    );
    for (number, line) in text.lines().enumerate() {
        assert!(
            !line.ends_with([' ', '\t']),
            "{}:{}: trailing blank",
            path.display(),
            number + 1
        );
    }
}
