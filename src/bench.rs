//! `bench`: speed and memory on this machine.

use assistant::bench::{Figures, Measure, Size};
use assistant::messages::cli::{self, bench as say};
use assistant::trouble::Result;

use crate::arguments::{Bench, Shared};
use crate::{print, session};

/// Measures the model, or a synthetic Ministral 3 3B of true size written for the purpose.
pub fn run(shared: &Shared, options: &Bench) -> Result<()> {
    let mut model = shared.model.clone();
    if let Some(file) = &options.synthesize {
        let size = if options.tiny {
            Size::Tiny
        } else {
            Size::Ministral3B
        };
        assistant::bench::synthesize(file, size, &mut |fraction| {
            print::progress(&cli::synthesizing((fraction * 100.0).round()))
        })?;
        print::progress("");
        model = Some(file.clone());
    }
    let measure = Measure {
        prompt_tokens: options.prompt_tokens,
        answer_tokens: options.answer_tokens,
        threads: options.threads,
    };
    let figures = assistant::bench::run(
        &session::paths(shared),
        model.as_deref(),
        &measure,
        &mut |fraction| print::progress(&cli::measuring((fraction * 100.0).round())),
    )?;
    print::progress("");
    if shared.json {
        print::json(&figures);
    } else {
        show(&figures);
    }
    Ok(())
}

fn show(figures: &Figures) {
    let row = |name: String, value: String| println!("{name:<36} {value}");
    println!("{} — {}", figures.model, figures.kernels);
    row(
        say::load(),
        say::seconds(format!("{:.2}", figures.load_seconds)),
    );
    row(
        say::first_token(figures.prompt_tokens),
        say::seconds(format!("{:.2}", figures.first_token_seconds)),
    );
    row(
        say::prefill(),
        say::rate(format!("{:.1}", figures.prefill_rate)),
    );
    row(
        say::decode(),
        say::rate(format!("{:.1}", figures.decode_rate)),
    );
    let memory = figures.peak_bytes.map_or_else(say::unknown, |bytes| {
        assistant::messages::detail::mebibytes(bytes >> 20)
    });
    row(say::memory(), memory);
}
