//! The page's `bindings.ts`, generated from the commands and from `assistant::view`: the page
//! cannot call what does not exist, nor misread what it is given.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use assistant::view::{
    AnswerEvent, AppState, Conversation, ModelStatus, PageView, ReadingProgress, Setup,
    SetupAnswer, Unlock,
};
use ts_rs::{Config, TS, TypeVisitor};

use crate::commands;

/// A command as the page calls it.
pub struct Signature {
    /// Name in Rust.
    pub name: &'static str,
    /// Names in Rust and types in TypeScript.
    pub arguments: Vec<(&'static str, String)>,
    /// Type in TypeScript.
    pub output: String,
}

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../ui/src/lib/bridge/bindings.ts"
);
const HEAD: &str = "// Generated from Rust by the test `bindings_are_current`; not to be edited.\nimport { call, type Channel } from \"./bridge\";\n\n";

#[test]
fn bindings_are_current() {
    let generated = generate();
    if std::env::var_os("CLOCHER_UPDATE").is_some() {
        fs::write(FILE, &generated).unwrap();
    }
    let current = fs::read_to_string(FILE).unwrap();
    assert_eq!(
        current, generated,
        "run the tests with CLOCHER_UPDATE=1 to write ui/src/lib/bridge/bindings.ts again"
    );
}

#[test]
fn every_command_is_declared_to_tauri_and_allowed() {
    let declared: BTreeSet<&str> = include!("../commands.in").into_iter().collect();
    let mut written: BTreeSet<&str> = signatures(&types())
        .iter()
        .map(|signature| signature.name)
        .collect();
    written.extend(["document_picture", "document_upload"]);
    assert_eq!(declared, written);
    let capability = include_str!("../capabilities/main.json");
    for name in &declared {
        assert!(
            capability.contains(&format!("\"allow-{}\"", name.replace('_', "-"))),
            "{name}"
        );
    }
    assert_eq!(capability.matches("\"allow-").count(), declared.len());
}

fn types() -> Config {
    Config::new().with_large_int("number")
}

fn signatures(types: &Config) -> Vec<Signature> {
    use commands::{answer, app, conversation, document, model};
    [
        app::signatures(types),
        conversation::signatures(types),
        answer::signatures(types),
        document::signatures(types),
        model::signatures(types),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn generate() -> String {
    let types = types();
    let mut declarations = Declarations {
        types: &types,
        found: BTreeMap::new(),
    };
    declarations.add::<AppState>();
    declarations.add::<Setup>();
    declarations.add::<SetupAnswer>();
    declarations.add::<Unlock>();
    declarations.add::<Conversation>();
    declarations.add::<AnswerEvent>();
    declarations.add::<PageView>();
    declarations.add::<ReadingProgress>();
    declarations.add::<ModelStatus>();
    let mut text = String::from(HEAD);
    for declaration in declarations.found.values() {
        let _ = writeln!(text, "export {declaration}\n");
    }
    text.push_str("/** Every promise rejects with a `Trouble`. */\nexport const commands = {\n");
    for signature in signatures(&types) {
        let parameters: Vec<String> = signature
            .arguments
            .iter()
            .map(|(name, kind)| format!("{}: {kind}", camel(name)))
            .collect();
        let names: Vec<String> = signature
            .arguments
            .iter()
            .map(|(name, _)| camel(name))
            .collect();
        let arguments = if names.is_empty() {
            String::new()
        } else {
            format!(", {{ {} }}", names.join(", "))
        };
        let output = if signature.output == "null" {
            "void"
        } else {
            &signature.output
        };
        let _ = writeln!(
            text,
            "  {}: ({}) => call<{output}>(\"{}\"{arguments}),",
            camel(signature.name),
            parameters.join(", "),
            signature.name
        );
    }
    text.push_str(
        "  documentPicture: (document: number, page: number) => call<ArrayBuffer>(\"document_picture\", { document, page }),\n  documentUpload: (bytes: Uint8Array) => call<number>(\"document_upload\", bytes),\n};\n",
    );
    text
}

/// Type declarations, each once, by name: the order in which they are met varies from one
/// compilation to the next.
struct Declarations<'a> {
    types: &'a Config,
    found: BTreeMap<String, String>,
}

impl Declarations<'_> {
    fn add<T: TS + 'static + ?Sized>(&mut self) {
        let name = T::ident(self.types);
        if self.found.contains_key(&name) {
            return;
        }
        self.found.insert(name, compact(&T::decl(self.types)));
        T::visit_dependencies(self);
    }
}

impl TypeVisitor for Declarations<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_some() {
            self.add::<T>();
        }
    }
}

/// A declaration on one line; what its parts mean is said in Rust.
fn compact(declaration: &str) -> String {
    let bare = declaration
        .split("/**")
        .enumerate()
        .map(|(index, part)| match index {
            0 => part,
            _ => part.split_once("*/").map_or(part, |(_, rest)| rest),
        });
    let bare: String = bare.collect();
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn camel(snake: &str) -> String {
    let mut parts = snake.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        name + &part[..1].to_uppercase() + &part[1..]
    })
}
