//! Who may depend on whom: the arrows of `ARCHITECTURE.md`, against each `Cargo.toml`.

use std::collections::BTreeSet;
use std::fs;

use toml::{Table, Value};

use crate::none;

/// Each package, and those of ours it may use. A new package, or a new arrow, is decided here.
const ARROWS: [(&str, &[&str]); 11] = [
    ("clocher", &["assistant"]),
    ("clocher-desktop", &["assistant"]),
    ("xtask", &["assistant", "documents", "engine", "store"]),
    (
        "assistant",
        &["corpus", "documents", "engine", "privacy", "store"],
    ),
    ("corpus", &["documents", "privacy", "store"]),
    ("engine", &["kernels", "privacy"]),
    ("documents", &["privacy"]),
    ("store", &["privacy"]),
    ("kernels", &[]),
    ("privacy", &[]),
    ("testkit", &[]),
];

/// Foreign crates that one package alone may name, by the beginning of their names.
const OWNERS: [(&str, &str); 7] = [
    ("tauri", "clocher-desktop"),
    ("candle", "engine"),
    ("tokenizers", "engine"),
    ("memmap2", "engine"),
    ("hayro", "documents"),
    ("rusqlite", "store"),
    ("keyring", "store"),
];

/// A package of the workspace: its folder and its manifest.
struct Package {
    folder: String,
    manifest: Table,
}

impl Package {
    fn name(&self) -> &str {
        self.manifest["package"]["name"].as_str().unwrap()
    }

    /// Every dependency: its table's name, its own name, and what is said of it.
    fn dependencies(&self) -> Vec<(&str, &str, &Value)> {
        let targets = self.manifest.get("target").and_then(Value::as_table);
        let tables = targets
            .into_iter()
            .flat_map(Table::values)
            .filter_map(Value::as_table);
        tables
            .chain([&self.manifest])
            .flat_map(|table| {
                ["dependencies", "build-dependencies", "dev-dependencies"]
                    .into_iter()
                    .filter_map(|kind| Some((kind, table.get(kind)?.as_table()?)))
                    .flat_map(|(kind, table)| {
                        table
                            .iter()
                            .map(move |(name, of)| (kind, name.as_str(), of))
                    })
            })
            .collect()
    }
}

fn manifest(folder: &str) -> Table {
    let path = format!("{folder}/Cargo.toml");
    fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{path}: {error}"))
        .parse()
        .unwrap()
}

fn packages() -> Vec<Package> {
    let crates = fs::read_dir("crates").unwrap().map(|entry| {
        format!(
            "crates/{}",
            entry.unwrap().file_name().into_string().unwrap()
        )
    });
    crates
        .chain(["src-tauri", "xtask", "."].map(String::from))
        .map(|folder| Package {
            manifest: manifest(&folder),
            folder,
        })
        .collect()
}

#[test]
fn arrows_point_down() {
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let mut faults = Vec::new();
    for package in packages() {
        let name = package.name();
        let Some((_, allowed)) = ARROWS.iter().find(|(package, _)| *package == name) else {
            faults.push(format!("{name} has no row in ARROWS"));
            continue;
        };
        for (kind, dependency, _) in package.dependencies() {
            let for_tests = kind == "dev-dependencies" && dependency == "testkit";
            if ours.contains(dependency) && !allowed.contains(&dependency) && !for_tests {
                faults.push(format!("{name} → {dependency} ({kind})"));
            }
        }
    }
    none(
        "a crate uses only what stands below it; testkit is for tests alone",
        faults,
    );
}

#[test]
fn foreign_crates_have_one_owner() {
    let packages = packages();
    let faults = packages.iter().flat_map(|package| {
        package
            .dependencies()
            .into_iter()
            .filter_map(move |(_, dependency, _)| {
                let (_, owner) = OWNERS
                    .iter()
                    .find(|(prefix, _)| dependency.starts_with(prefix))?;
                (package.name() != *owner)
                    .then(|| format!("{} names {dependency}, which is {owner}'s", package.name()))
            })
    });
    none(
        "these crates are known to their owner alone",
        faults.collect(),
    );
}

#[test]
fn versions_are_pinned_in_one_place() {
    let mut faults = Vec::new();
    for package in packages() {
        for (_, dependency, of) in package.dependencies() {
            if of.get("workspace").and_then(Value::as_bool) != Some(true) {
                faults.push(format!("{}: {dependency}.workspace = true", package.folder));
            }
        }
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            let inherited = package.manifest["package"]
                .get(key)
                .and_then(|of| of.get("workspace"));
            if inherited.and_then(Value::as_bool) != Some(true) {
                faults.push(format!("{}: {key}.workspace = true", package.folder));
            }
        }
        let lints = package
            .manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"));
        if lints.and_then(Value::as_bool) != Some(true) {
            faults.push(format!("{}: [lints] workspace = true", package.folder));
        }
    }
    let root = manifest(".");
    for (name, of) in root["workspace"]["dependencies"].as_table().unwrap() {
        let version = of
            .as_str()
            .or_else(|| of.get("version").and_then(Value::as_str));
        if of.get("path").is_none() && !version.is_some_and(|version| version.starts_with('=')) {
            faults.push(format!("Cargo.toml: {name} = \"=x.y.z\""));
        }
    }
    none(
        "versions are exact, and written in the root's [workspace.dependencies]",
        faults,
    );
}

#[test]
fn the_map_names_every_place() {
    let map = fs::read_to_string("ARCHITECTURE.md").unwrap();
    let drawn: BTreeSet<&str> = map
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(place, _)| place.trim_end_matches('/'))
        .collect();
    let mut built: BTreeSet<String> = packages()
        .into_iter()
        .map(|package| package.folder)
        .collect();
    built.remove(".");
    built.extend(["src", "ui", "models", "assets", "tests", "packaging"].map(String::from));
    let built: BTreeSet<&str> = built.iter().map(String::as_str).collect();
    let missing = built
        .difference(&drawn)
        .map(|place| format!("{place} has no row"));
    let stale = drawn
        .difference(&built)
        .map(|place| format!("{place} does not exist"));
    none(
        "ARCHITECTURE.md has a row for each place, and no other",
        missing.chain(stale).collect(),
    );
}

#[test]
fn the_map_draws_every_arrow() {
    let map = fs::read_to_string("ARCHITECTURE.md").unwrap();
    let faults = ARROWS.iter().filter_map(|(name, allowed)| {
        let row = format!(
            "{name} → {}",
            if allowed.is_empty() {
                "∅".into()
            } else {
                allowed.join(", ")
            }
        );
        (!map.lines().any(|line| line.trim() == row)).then_some(row)
    });
    none(
        "ARCHITECTURE.md has this line among its arrows",
        faults.collect(),
    );
}
