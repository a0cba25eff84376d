//! What is right and wrong on this machine, as data: shells print it.

use std::fs;

use serde::Serialize;

use crate::messages::cli::doctor as say;
use crate::model::{files, threads};
use crate::trouble::Trouble;
use crate::view::HistoryState;
use crate::{Clocher, VERSION};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// Works, with something to know.
    Warning,
    /// Must be mended.
    Failed,
}

/// A thing looked at.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What, in French.
    pub name: String,
    /// How it is.
    pub verdict: Verdict,
    /// The detail, in French.
    pub text: String,
}

impl Clocher {
    /// Looks at everything the program needs.
    #[must_use]
    pub fn examine(&self) -> Vec<Check> {
        let mut report = vec![
            check(say::version(), Verdict::Good, VERSION.to_owned()),
            check(
                say::processor(),
                Verdict::Good,
                say::cores(threads(), engine::Level::detect().name()),
            ),
            memory(),
            self.folder(),
        ];
        report.extend(self.models_found());
        report.push(match documents::worker::find_reader() {
            Some(path) => check(say::reader(), Verdict::Good, path.display().to_string()),
            None => failed(
                say::reader(),
                Trouble::of_document("", &documents::DocumentError::ReaderMissing),
            ),
        });
        report.push(match self.state().history {
            HistoryState::Open => check(say::history(), Verdict::Good, say::history_open()),
            HistoryState::FirstStart => check(say::history(), Verdict::Warning, say::history_new()),
            HistoryState::Locked { trouble, .. } => failed(say::history(), trouble),
        });
        report.push(if self.history.keychain_answers() {
            check(say::keychain(), Verdict::Good, say::keychain_found())
        } else {
            check(say::keychain(), Verdict::Warning, say::keychain_absent())
        });
        report
    }

    fn folder(&self) -> Check {
        let home = &self.paths.home;
        let probe = home.join(".doctor");
        let written = fs::create_dir_all(home)
            .and_then(|()| fs::write(&probe, b"ok"))
            .and_then(|()| fs::remove_file(&probe));
        match written {
            Ok(()) => check(say::disk(), Verdict::Good, say::writable(home.display())),
            Err(error) => failed(say::disk(), Trouble::of_folder(home, &error)),
        }
    }

    fn models_found(&self) -> Vec<Check> {
        let models = files::list(&self.paths);
        if models.is_empty() {
            let trouble = files::choose(&self.paths, None).err();
            return trouble
                .map(|trouble| failed(say::model(), trouble))
                .into_iter()
                .collect();
        }
        models
            .into_iter()
            .map(|model| match model.trouble {
                Some(trouble) => failed(say::model(), trouble),
                None => {
                    let planned = model.plan.map(|plan| plan.describe());
                    let facts: Vec<String> = model.summary.into_iter().chain(planned).collect();
                    let text = format!("{} ({})", model.name, facts.join(" ; "));
                    check(say::model(), Verdict::Good, text)
                }
            })
            .collect()
    }
}

fn memory() -> Check {
    let (Some(free), Some(total)) = (engine::memory::available(), engine::memory::total()) else {
        return check(
            say::memory(),
            Verdict::Warning,
            crate::messages::cli::bench::unknown(),
        );
    };
    let gibibytes =
        |bytes: u64| format!("{:.1} Gio", bytes as f64 / (1_u64 << 30) as f64).replace('.', ",");
    let verdict = if free < 2 << 30 {
        Verdict::Warning
    } else {
        Verdict::Good
    };
    check(
        say::memory(),
        verdict,
        say::memory_free(gibibytes(free), gibibytes(total)),
    )
}

fn check(name: String, verdict: Verdict, text: String) -> Check {
    Check {
        name,
        verdict,
        text,
    }
}

fn failed(name: String, trouble: Trouble) -> Check {
    check(
        name,
        Verdict::Failed,
        format!("{} {}", trouble.cause, trouble.remedy),
    )
}
