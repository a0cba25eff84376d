//! What the reader finds in real PDFs, beside `pdftotext`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use std::{fs, io};

use documents::Source;

use crate::process::{root, run};
use crate::table::Table;

/// French manuals that Debian ships, made by nobody here.
const PACKAGES: [&str; 2] = ["debian-faq-fr", "maint-guide-fr"];

/// Word recall and time a page, on our fixtures and on Debian's manuals.
pub fn measure(table: &mut Table) {
    let folder = root().join("target/measure/manuals");
    let fetched = fetch(&folder);
    let mut files = pdfs(&folder);
    table.row(
        "French manuals from Debian packages to compare on",
        "≥ 2",
        &format!("{}", files.len()),
        fetched && files.len() >= 2,
    );
    files.extend(pdfs(&root().join("tests/corpus")));
    let (mut found, mut expected, mut pages, mut seconds) = (0, 0, 0, 0.0);
    for file in &files {
        let reference = run(
            &root(),
            "pdftotext",
            ["-q".as_ref(), file.as_os_str(), "-".as_ref()],
        );
        let Ok(bytes) = fs::read(file) else { continue };
        let start = Instant::now();
        let source = Source {
            name: "",
            bytes: &bytes,
            password: None,
        };
        let Ok(document) = documents::open(&source, &mut |_| (), &AtomicBool::new(false)) else {
            continue;
        };
        seconds += start.elapsed().as_secs_f64();
        pages += document.pages.len();
        let text: String = document
            .pages
            .iter()
            .map(|page| page.text() + "\n")
            .collect();
        let (held, wanted) = recall(&reference.stdout, &text);
        found += held;
        expected += wanted;
    }
    let share = (expected > 0).then(|| found as f64 / f64::from(expected));
    table.at_least(
        &format!("words of pdftotext found again, over {pages} pages"),
        0.995,
        "",
        share,
    );
    table.at_most(
        "time a page, child process included",
        10.0,
        "ms",
        (pages > 0).then(|| seconds * 1000.0 / pages as f64),
    );
}

fn fetch(folder: &Path) -> bool {
    let made: io::Result<()> = fs::create_dir_all(folder);
    made.is_ok()
        && PACKAGES.iter().all(|package| {
            let fetched = run(folder, "apt-get", ["download", "--quiet", package]);
            let opened = run(folder, "sh", ["-c", &format!("dpkg-deb -x {package}_*.deb . && find . -name '*.pdf.gz' -exec gunzip -f {{}} +")]);
            fetched.success && opened.success
        })
}

fn pdfs(folder: &Path) -> Vec<std::path::PathBuf> {
    let listed = run(folder, "find", [".", "-name", "*.pdf", "-type", "f"]);
    let mut files: Vec<_> = listed
        .stdout
        .lines()
        .map(|name| folder.join(name))
        .collect();
    files.sort();
    files
}

/// How many words of `reference` `text` holds, each as often; and how many there are. Words that
/// a hyphen cut at a line's end are left out of the count: the two mend them differently.
fn recall(reference: &str, text: &str) -> (i32, i32) {
    let mut held: HashMap<&str, i32> = HashMap::new();
    for word in words(text) {
        *held.entry(word).or_default() += 1;
    }
    let (mut found, mut expected) = (0, 0);
    for word in words(reference) {
        expected += 1;
        if let Some(left) = held.get_mut(word).filter(|left| **left > 0) {
            *left -= 1;
            found += 1;
        }
    }
    (found, expected)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 1)
}
