//! `doctor`: what is right and wrong on this machine.

use assistant::doctor::Verdict;
use assistant::messages::cli;
use assistant::trouble::Result;

use crate::arguments::Shared;
use crate::{print, session};

/// Prints the report; the data it shows comes from `assistant`.
pub fn run(shared: &Shared) -> Result<()> {
    let report = session::start(shared).examine();
    if shared.json {
        print::json(&report);
        return Ok(());
    }
    for check in &report {
        let verdict = match check.verdict {
            Verdict::Good => cli::ok(),
            Verdict::Warning => cli::warning(),
            Verdict::Failed => cli::failed(),
        };
        println!("{:<24} {verdict:<12} {}", check.name, check.text);
    }
    Ok(())
}
