//! What the rules read: the repository's files, and Rust text told apart into code and literals.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A file of the repository: its path from the root, with `/`, and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

impl Source {
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether the whole file is for tests alone.
    pub fn is_test(&self) -> bool {
        let folders = ["tests/", "benches/", "crates/testkit/"];
        folders.iter().any(|folder| self.path.starts_with(folder))
            || self.path.contains("/tests/")
            || self.path.contains("/benches/")
            || self.path.ends_with("/tests.rs")
    }
}

/// Every text file that git tracks or would track; ignored files and binary ones left out.
pub fn all() -> Vec<Source> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .output()
        .expect("git lists the repository's files");
    assert!(
        listed.status.success(),
        "{}",
        String::from_utf8_lossy(&listed.stderr)
    );
    String::from_utf8(listed.stdout)
        .expect("paths are UTF-8")
        .split_terminator('\0')
        .filter(|path| Path::new(path).is_file())
        .filter_map(|path| {
            Some(Source {
                path: path.into(),
                text: fs::read_to_string(path).ok()?,
            })
        })
        .collect()
}

/// A Rust file without its comments: the code, literals emptied, and each string literal.
pub struct Rust {
    pub code: String,
    /// Line number (from 1) and content of each string literal.
    pub strings: Vec<(usize, String)>,
}

/// Reads Rust text as far as the rules need; what follows an inline test module is left out.
pub fn rust(text: &str) -> Rust {
    let text = &text[..test_module(text).unwrap_or(text.len())];
    let mut read = Rust {
        code: String::new(),
        strings: Vec::new(),
    };
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some((length, content)) = string(rest, &read.code) {
            let line = text[..text.len() - rest.len()].matches('\n').count() + 1;
            read.strings.push((line, content.into()));
            read.code.push_str("\"\"");
            length
        } else if let Some(length) = character(rest) {
            length
        } else {
            read.code.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    read
}

/// The identifiers and keywords of code.
pub fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

/// Where an inline `#[cfg(test)] mod … {` begins: by custom, the end of the file.
fn test_module(text: &str) -> Option<usize> {
    text.match_indices("\n#[cfg(test)]\n")
        .map(|(at, _)| at)
        .find(|at| {
            text[at + 1..]
                .lines()
                .find(|line| !line.starts_with("#["))
                .is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
        })
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match &text.as_bytes()[at..text.len().min(at + 2)] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Length and content of the string literal that begins here, plain or raw, of any prefix.
fn string<'a>(text: &'a str, before: &str) -> Option<(usize, &'a str)> {
    let inside_word = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(['"', '#']))
    })?;
    if inside_word && !prefix.is_empty() {
        return None;
    }
    let rest = &text[prefix.len()..];
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let content = rest[hashes..].strip_prefix('"')?;
    let length = if prefix.ends_with('r') {
        content.find(&format!("\"{}", "#".repeat(hashes)))?
    } else if hashes == 0 {
        let mut escaped = false;
        content.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        })?
    } else {
        return None;
    };
    Some((
        prefix.len() + hashes + 1 + length + 1 + hashes,
        &content[..length],
    ))
}

/// Length of the character literal that begins here; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    if inside.starts_with('\\') {
        return Some(1 + 2 + inside[2..].find('\'')? + 1);
    }
    let first = inside.chars().next()?.len_utf8();
    inside[first..].starts_with('\'').then_some(1 + first + 1)
}

#[test]
fn code_and_literals_are_told_apart() {
    let read = rust(concat!(
        "//! unsafe\nlet a = \"un \\\" deux\"; /* unsafe /* */ */ let b = r#\"tr\"ois\"#;\n",
        "let c = ('\"', '\\'', 'x'); fn f<'a>(x: &'a str) {}\nlet d = b\"quatre\";\n",
        "#[cfg(test)]\nmod tests {\n    \"cinq\" unsafe\n}\n",
    ));
    let strings: Vec<_> = read
        .strings
        .iter()
        .map(|(line, text)| (*line, text.as_str()))
        .collect();
    assert_eq!(
        strings,
        [(2, "un \\\" deux"), (2, "tr\"ois"), (4, "quatre")]
    );
    assert!(
        !words(&read.code).any(|word| word == "unsafe"),
        "{}",
        read.code
    );
    assert!(words(&read.code).any(|word| word == "str"));
}
