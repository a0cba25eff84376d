//! `model list`, `verify`, `import` and `accept`.

use std::path::Path;

use assistant::messages::cli;
use assistant::models::Verdict;
use assistant::trouble::Result;

use crate::arguments::{Model, ModelAction, Shared};
use crate::{print, session};

/// Lists, verifies, imports or accepts models. No history is needed.
pub fn run(shared: &Shared, options: &Model) -> Result<()> {
    match &options.action {
        ModelAction::List => list(shared),
        ModelAction::Verify => verify(shared),
        ModelAction::Import { file } => import(shared, file),
        ModelAction::Accept { file, yes } => accept(shared, file, *yes),
    }
}

fn list(shared: &Shared) -> Result<()> {
    let models = assistant::models::list(&session::paths(shared));
    if shared.json {
        print::json(&models);
        return Ok(());
    }
    for model in models {
        println!(
            "{} — {}\n    {}",
            model.name,
            model.summary.as_deref().unwrap_or("—"),
            model.path.display()
        );
        if let Some(plan) = model.plan {
            println!("    {}", plan.describe());
        }
        if let Some(trouble) = model.trouble {
            println!("    {}\n    {}", trouble.cause, trouble.remedy);
        }
    }
    Ok(())
}

fn verify(shared: &Shared) -> Result<()> {
    let verified = assistant::models::verify(&session::paths(shared))?;
    if shared.json {
        print::json(&verified);
    }
    for model in verified.iter().filter(|_| !shared.json) {
        let verdict = match model.verdict {
            Verdict::Catalogue => cli::model_verified(),
            Verdict::Import => cli::model_as_imported(),
            Verdict::Altered => cli::model_altered(),
            Verdict::Unknown => cli::model_unknown(),
        };
        println!("{}  {}  {verdict}", model.sha256, model.path.display());
    }
    verified
        .iter()
        .find_map(assistant::models::Verified::trouble)
        .map_or(Ok(()), Err)
}

fn import(shared: &Shared, file: &Path) -> Result<()> {
    let model = assistant::models::import(&session::paths(shared), file, &mut |fraction| {
        print::progress(&cli::loading(file.display(), (fraction * 100.0).round()))
    })?;
    print::progress("");
    if shared.json {
        print::json(&model);
    } else {
        println!("{}", cli::model_imported(model.path.display()));
    }
    Ok(())
}

/// Shows a model's terms, and records their acceptance.
fn accept(shared: &Shared, file: &Path, yes: bool) -> Result<()> {
    let paths = session::paths(shared);
    let file = &assistant::models::locate(&paths, file);
    let Some(terms) = assistant::terms::pending(&paths, file)? else {
        println!("{}", cli::terms_none());
        return Ok(());
    };
    println!(
        "{}\n",
        cli::terms_of(&terms.model, &terms.name, &terms.address)
    );
    println!("{}", terms.text);
    if !yes && print::ask(&cli::terms_ask()).is_none_or(|word| word != cli::terms_yes()) {
        return assistant::terms::check(&paths, file.clone()).map(drop);
    }
    assistant::terms::accept(&paths, file)?;
    println!("{}", cli::terms_accepted(terms.model));
    Ok(())
}
