//! What each file must be: its name, its size, its first line, its language, its words.

use std::collections::BTreeSet;
use std::fs;

use toml::{Table, Value};

use crate::none;
use crate::sources::{Source, all, rust, words};

/// Past this a file holds a second idea.
const LONGEST: usize = 400;

/// Files that are longer, each with its length today. The list only shrinks.
const LONGER: [(&str, usize); 0] = [];

/// Where `unsafe` may be written.
const UNSAFE: [&str; 3] = [
    "crates/kernels/",
    "crates/engine/src/gguf/map.rs",
    "crates/documents/src/worker/confine/",
];

/// Names that say nothing.
const NAMELESS: [&str; 5] = ["utils", "helpers", "common", "manager", "types"];

/// French words that, two together, make a sentence no English text holds.
const FRENCH: [&str; 24] = [
    "le", "la", "les", "des", "du", "une", "et", "est", "pour", "dans", "avec", "vous", "votre",
    "sur", "pas", "ne", "qui", "que", "aux", "ce", "cette", "sont", "ou", "par",
];

fn faults(found: impl Fn(&Source) -> Vec<String>) -> Vec<String> {
    let place = |path: &str, fault: String| format!("{path}{fault}");
    all()
        .iter()
        .flat_map(|file| found(file).into_iter().map(|f| place(&file.path, f)))
        .collect()
}

#[test]
fn files_are_short() {
    let code = [".rs", ".ts", ".svelte", ".mjs", ".py", ".css", ".sh"];
    let written =
        |path: &str| code.iter().any(|end| path.ends_with(end)) && !path.ends_with("/bindings.ts");
    let found = faults(|file| {
        let lines = file.text.lines().count();
        let known = LONGER
            .iter()
            .find(|(path, _)| *path == file.path)
            .map(|(_, lines)| *lines);
        let fault = match known {
            Some(known) if lines > known => format!(": {lines} lines, {known} before"),
            Some(known) if lines < known => {
                format!(": now {lines} lines: say so in LONGER, or take it out")
            }
            None if lines > LONGEST && written(&file.path) => format!(": {lines} lines"),
            _ => return Vec::new(),
        };
        vec![fault]
    });
    none("a file holds one idea, in 400 lines at most", found);
}

#[test]
fn modules_open_with_what_they_are() {
    let found = faults(|file| {
        let silent = file.is_rust() && !file.text.starts_with("//! ");
        silent
            .then(|| ": begin with `//! `".into())
            .into_iter()
            .collect()
    });
    none("the first line of a module says what it is", found);
}

#[test]
fn names_say_what_a_thing_is() {
    let found = faults(|file| {
        let stems = file
            .path
            .split('/')
            .map(|part| part.split('.').next().unwrap_or(part));
        stems
            .filter(|stem| NAMELESS.contains(stem))
            .map(|stem| format!(": {stem}"))
            .collect()
    });
    none("these names have no owner; name the idea", found);
}

#[test]
fn unsafe_stays_where_it_is_named() {
    let found = faults(|file| {
        if !file.is_rust() || UNSAFE.iter().any(|place| file.path.starts_with(place)) {
            return Vec::new();
        }
        let code = rust(&file.text).code;
        words(&code)
            .filter(|word| *word == "unsafe")
            .map(|_| String::new())
            .collect()
    });
    none("no `unsafe` outside the places that UNSAFE names", found);
}

#[test]
fn roots_forbid_unsafe() {
    let found = faults(|file| {
        let parts: Vec<_> = file.path.rsplit('/').collect();
        let root = matches!(
            parts[..],
            ["lib.rs" | "main.rs", "src", ..] | [_, "bin", "src", ..]
        );
        let wanted = match file.path.as_str() {
            path if !root || path.starts_with("crates/kernels/") => return Vec::new(),
            "crates/engine/src/lib.rs" | "crates/documents/src/lib.rs" => "#![deny(unsafe_code)]",
            _ => "#![forbid(unsafe_code)]",
        };
        (!file.text.contains(wanted))
            .then(|| format!(": {wanted}"))
            .into_iter()
            .collect()
    });
    none("each crate's root says so", found);
}

#[test]
fn rust_speaks_english() {
    let found = faults(|file| {
        if !file.is_rust() || file.is_test() {
            return Vec::new();
        }
        let french = |text: &str| {
            let known: BTreeSet<_> = words(text).filter(|word| FRENCH.contains(word)).collect();
            known.len() > 1 || text.contains(|c: char| "àâçéèêëîïôùûœÀÂÇÉÈÊËÎÏÔÙÛŒ«»".contains(c))
        };
        let strings = rust(&file.text).strings.into_iter();
        strings
            .filter(|(_, text)| french(text))
            .map(|(line, text)| format!(":{line}: {text}"))
            .collect()
    });
    none(
        "what an agent reads comes from assets/messages/fr.json",
        found,
    );
}

#[test]
fn libraries_do_not_print() {
    let prints = ["print!", "println!", "eprint!", "eprintln!", "dbg!"];
    let found = faults(|file| {
        let library = file.path.starts_with("crates/") && file.path.contains("/src/");
        if !library || !file.is_rust() || file.is_test() {
            return Vec::new();
        }
        let code = rust(&file.text).code;
        let printed = prints.iter().filter(|print| {
            code.match_indices(*print)
                .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric()))
        });
        printed.map(|print| format!(": {print}")).collect()
    });
    none("a library returns; the shells print", found);
}

#[test]
fn the_shell_and_its_door_are_the_only_ones() {
    let found = faults(|file| {
        let page = file.path.starts_with("ui/src/") && !file.path.starts_with("ui/src/lib/bridge/");
        let mut found = Vec::new();
        if page {
            let imports = file.text.lines().filter(|line| line.contains("import"));
            found.extend(
                imports
                    .filter(|line| line.contains("\"@tauri-apps"))
                    .map(|line| format!(": {line}")),
            );
        }
        if file.is_rust() && !file.path.starts_with("src-tauri/") {
            let code = rust(&file.text).code;
            found.extend(
                words(&code)
                    .any(|word| word == "tauri")
                    .then(|| ": tauri".into()),
            );
        }
        found
    });
    none(
        "tauri in src-tauri, @tauri-apps in ui/src/lib/bridge",
        found,
    );
}

#[test]
fn no_file_names_this_machine() {
    let hosts = [
        "registry.npmjs",
        "files.pythonhosted",
        "static.crates",
        "index.crates",
        "deb.debian",
    ];
    let folders = ["/work/", "/root/", "/tmp/setup"];
    let found = faults(|file| {
        if file.path.starts_with("tests/tidy") {
            return Vec::new();
        }
        let needles = hosts.iter().chain(&folders);
        needles
            .filter(|needle| file.text.contains(*needle))
            .map(|needle| format!(": {needle}"))
            .collect()
    });
    none("no path of a machine, no registry's host", found);
}

#[test]
fn every_asset_is_used() {
    let sources = all();
    let listed = |path: &str| path.starts_with("assets/") && !path.starts_with("assets/licences/");
    let files = sources.iter().filter(|file| listed(&file.path));
    let unused = files.filter(|file| {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        let mut others = sources
            .iter()
            .filter(|other| !other.path.starts_with("assets/") && !other.path.ends_with(".md"));
        !others.any(|other| other.text.contains(name))
    });
    none(
        "an asset that no source names is dead",
        unused.map(|file| file.path.clone()).collect(),
    );
}

#[test]
fn every_dependency_has_its_licence_listed() {
    let lock: Table = fs::read_to_string("Cargo.lock").unwrap().parse().unwrap();
    let crates = lock["package"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|of| of.get("source").is_some());
    let field = |of: &Value, key: &str| of[key].as_str().unwrap().to_owned();
    let rust: BTreeSet<_> = crates
        .map(|of| (field(of, "name"), field(of, "version")))
        .collect();

    let lock: serde_json::Value =
        serde_json::from_str(&fs::read_to_string("ui/package-lock.json").unwrap()).unwrap();
    let npm = lock["packages"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(path, _)| !path.is_empty());
    let name = |path: &str| path.rsplit("node_modules/").next().unwrap().to_owned();
    let page = npm
        .map(|(path, of)| (name(path), of["version"].as_str().unwrap().to_owned()))
        .collect();

    for (list, wanted) in [
        ("assets/licences/crates.md", rust),
        ("assets/licences/page.md", page),
    ] {
        let text = fs::read_to_string(list).unwrap();
        let rows: BTreeSet<_> = text
            .lines()
            .filter_map(|line| {
                let mut cells = line.strip_prefix("| ")?.split(" | ");
                Some((cells.next()?.to_owned(), cells.next()?.to_owned()))
            })
            .filter(|(name, _)| !matches!(name.as_str(), "name" | "---"))
            .collect();
        let changed = wanted
            .symmetric_difference(&rows)
            .map(|(name, version)| format!("{name} {version}"));
        none(
            &format!("{list} is not the lock's: run packaging/licences"),
            changed.collect(),
        );
    }
}
