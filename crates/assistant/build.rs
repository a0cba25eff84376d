//! Compiles `assets/messages/fr.json` into typed functions: a message that is missing, or a
//! placeholder that is not filled, is an error of the compiler.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a build that cannot go on stops and says why"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Map, Value};

/// The sections the Rust side speaks; `page` belongs to the window alone.
const SECTIONS: [&str; 5] = ["trouble", "detail", "notice", "conversation", "cli"];

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let source = root.join("../../assets/messages/fr.json");
    println!("cargo:rerun-if-changed={}", source.display());
    let text = fs::read_to_string(&source).expect("assets/messages/fr.json is readable");
    let catalogue: Value = serde_json::from_str(&text).expect("assets/messages/fr.json is JSON");
    let mut code = String::new();
    for section in SECTIONS {
        let entries = catalogue[section]
            .as_object()
            .unwrap_or_else(|| panic!("section {section} is missing"));
        module(&mut code, section, entries);
    }
    let out = PathBuf::from(env::var("OUT_DIR").expect("set by cargo"));
    fs::write(Path::new(&out).join("messages.rs"), code).expect("OUT_DIR is writable");
}

fn module(code: &mut String, name: &str, entries: &Map<String, Value>) {
    let _ = writeln!(code, "/// Messages under `{name}`.\npub mod {name} {{");
    for (key, value) in entries {
        match value {
            Value::String(text) => function(code, key, &[("", text)]),
            Value::Object(forms) if forms.contains_key("other") => {
                let form = |name: &str| forms[name].as_str().expect("a plural form is a string");
                function(
                    code,
                    key,
                    &[("count <= 1", form("one")), ("", form("other"))],
                );
            }
            Value::Object(nested) => module(code, &snake(key), nested),
            _ => panic!("{key}: a message is a string, plural forms or a section"),
        }
    }
    code.push_str("}\n");
}

/// One function a message; `forms` are tried in order, the last has no condition.
fn function(code: &mut String, key: &str, forms: &[(&str, &str)]) {
    let mut names: BTreeSet<&str> = forms
        .iter()
        .flat_map(|(_, text)| placeholders(text))
        .collect();
    let plural = forms.len() > 1;
    names.remove("count");
    let mut parameters: Vec<String> = names
        .iter()
        .map(|n| format!("{n}: impl std::fmt::Display"))
        .collect();
    if plural {
        parameters.insert(0, String::from("count: usize"));
    }
    let _ = writeln!(
        code,
        "/// {:?}\n#[must_use]\npub fn {}({}) -> String {{",
        forms[forms.len() - 1].1,
        snake(key),
        parameters.join(", ")
    );
    for (condition, text) in forms {
        let literal = format!("{text:?}");
        let body = if placeholders(text).next().is_some() {
            format!("format!({literal})")
        } else {
            format!("String::from({literal})")
        };
        if condition.is_empty() {
            let _ = writeln!(code, "    {body}");
        } else {
            let _ = writeln!(code, "    if {condition} {{ return {body}; }}");
        }
    }
    code.push_str("}\n");
}

fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

fn snake(camel: &str) -> String {
    let mut snake = String::new();
    for c in camel.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}
