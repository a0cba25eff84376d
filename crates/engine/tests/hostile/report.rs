//! What was found, a line a family, then the sum; for people or for a program.

use std::time::Duration;

use serde_json::{Value, json};

use crate::case::Family;
use crate::families::ELSEWHERE;
use crate::trial::{LONGEST, MARGIN, Trial, Verdict};

/// The figures of a family, or of all.
#[derive(Default, Clone)]
struct Tally {
    counts: [usize; Verdict::ALL.len()],
    seconds: f64,
    excess: usize,
}

impl Tally {
    fn add(&mut self, trial: &Trial) {
        self.counts[trial.verdict as usize] += 1;
        self.seconds = self.seconds.max(trial.seconds);
        self.excess = self.excess.max(trial.excess);
    }

    fn of(&self, verdict: Verdict) -> usize {
        self.counts[verdict as usize]
    }

    fn files(&self) -> usize {
        self.counts.iter().sum()
    }

    fn failures(&self) -> usize {
        self.files() - self.of(Verdict::Refused) - self.of(Verdict::Accepted)
    }

    fn json(&self) -> Value {
        json!({
            "files": self.files(),
            "refused": self.of(Verdict::Refused),
            "accepted": self.of(Verdict::Accepted),
            "unexpected": self.of(Verdict::Unexpected),
            "panics": self.of(Verdict::Panicked),
            "aborts": self.of(Verdict::Aborted),
            "hangs": self.of(Verdict::Hung),
            "over_memory": self.of(Verdict::Glutton),
            "failures": self.failures(),
            "worst_seconds": self.seconds,
            "worst_excess_bytes": self.excess,
        })
    }
}

/// The figures of a campaign.
pub struct Report {
    families: Vec<Tally>,
    all: Tally,
    /// The first failures, in words.
    failures: Vec<String>,
}

/// Failures told in words; the others are counted.
const TOLD: usize = 200;

impl Report {
    pub fn new(families: usize) -> Self {
        Self {
            families: vec![Tally::default(); families],
            all: Tally::default(),
            failures: Vec::new(),
        }
    }

    pub fn add(&mut self, family: usize, name: impl FnOnce() -> String, trial: &Trial) {
        self.families[family].add(trial);
        self.all.add(trial);
        if !trial.verdict.right() && self.failures.len() < TOLD {
            let Trial {
                verdict,
                seconds,
                excess,
                found,
            } = trial;
            let name = name();
            self.failures.push(format!(
                "{}: {name}: {found} ({seconds:.2} s, {excess} bytes)",
                verdict.word()
            ));
        }
    }

    /// Whether every file was dealt with as it must.
    pub fn clean(&self) -> bool {
        self.all.files() > 0 && self.all.failures() == 0
    }

    pub fn json(&self, families: &[Family], time: Duration) -> Value {
        let mut all = self.all.json();
        let rows = self.families.iter().zip(families).map(|(tally, family)| {
            let mut row = tally.json();
            row["rows"] = family.rows.into();
            row["what"] = family.what.into();
            row
        });
        all["families"] = rows.collect();
        all["seconds"] = time.as_secs_f64().into();
        let elsewhere = ELSEWHERE
            .iter()
            .map(|(rows, why)| json!({ "rows": rows, "why": why }));
        all["elsewhere"] = elsewhere.collect();
        all["failed"] = self.failures.clone().into();
        all
    }

    pub fn print(&self, families: &[Family], time: Duration) {
        println!(
            "{:<14} {:<62} {:>6} {:>7} {:>8} {:>9} {:>11} verdict",
            "rows", "family", "files", "refused", "accepted", "worst s", "beyond size"
        );
        for (tally, family) in self.families.iter().zip(families) {
            print_row(family.rows, family.what, tally);
        }
        print_row("", "all", &self.all);
        println!("\nrows that no file of this campaign shows:");
        for (rows, why) in ELSEWHERE {
            println!("{rows:<8} {why}");
        }
        for failure in &self.failures {
            println!("{failure}");
        }
        let of = |verdict| self.all.of(verdict);
        println!(
            "\npanics {}, aborts {}, hangs over {} s {}, over size + {} MiB {}, unexpected {}",
            of(Verdict::Panicked),
            of(Verdict::Aborted),
            LONGEST.as_secs(),
            of(Verdict::Hung),
            MARGIN >> 20,
            of(Verdict::Glutton),
            of(Verdict::Unexpected),
        );
        println!(
            "hostile: {} files in {:.1} s, {} refused and {} accepted as expected, {} failures",
            self.all.files(),
            time.as_secs_f64(),
            of(Verdict::Refused),
            of(Verdict::Accepted),
            self.all.failures()
        );
    }
}

fn print_row(rows: &str, what: &str, tally: &Tally) {
    println!(
        "{rows:<14} {what:<62} {:>6} {:>7} {:>8} {:>9.3} {:>8.1}MiB {}",
        tally.files(),
        tally.of(Verdict::Refused),
        tally.of(Verdict::Accepted),
        tally.seconds,
        tally.excess as f64 / f64::from(1 << 20),
        match tally.failures() {
            0 => "met".to_owned(),
            failures => format!("{failures} FAILED"),
        }
    );
}
