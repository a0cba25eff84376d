//! What is printed: answers on the standard output, progress and troubles beside it.

use std::io::{self, IsTerminal, Write};

use assistant::messages::cli;
use assistant::trouble::{Result, Trouble};
use assistant::view::{AnswerEvent, Message, MessageState, ModelStatus, ReadingProgress, Role};
use serde::Serialize;

/// One JSON value, on one line.
pub fn json(value: &impl Serialize) {
    if let Ok(line) = serde_json::to_string(value) {
        println!("{line}");
    }
}

/// A trouble, for a person or for a program.
pub fn trouble(trouble: &Trouble, json: bool) {
    if json {
        eprintln!("{}", serde_json::to_string(trouble).unwrap_or_default());
    } else {
        eprintln!("{}\n{}", trouble.cause, trouble.remedy);
    }
}

/// A step that replaces the one before, shown only to a person who watches.
pub fn progress(text: &str) {
    let mut screen = io::stderr();
    if screen.is_terminal() {
        let _ = write!(screen, "\r\x1b[K{text}").and_then(|()| screen.flush());
    }
}

/// The model's loading. Listens until the model is there, or is not.
pub fn model_status(status: &ModelStatus) -> bool {
    match status {
        ModelStatus::Loading { name, fraction } => {
            progress(&cli::loading(name, (fraction * 100.0).round()));
            true
        }
        ModelStatus::Ready { .. } | ModelStatus::Absent { .. } | ModelStatus::Failed { .. } => {
            progress("");
            false
        }
    }
}

/// A document's reading.
pub fn reading(step: ReadingProgress) {
    progress(&cli::reading_pages(step.done));
}

/// A step of an answer, as it comes.
pub fn step(event: &AnswerEvent) {
    match event {
        AnswerEvent::Started { .. } => {}
        AnswerEvent::Looking {
            picture,
            pictures,
            fraction,
        } => progress(&if *fraction < 1.0 {
            cli::looking((fraction * 100.0).round(), picture, pictures)
        } else {
            String::new()
        }),
        AnswerEvent::Reading { done, total, .. } => progress(&if done < total {
            cli::reading(done, total)
        } else {
            String::new()
        }),
        AnswerEvent::Text { text } => {
            print!("{text}");
            let _ = io::stdout().flush();
        }
        AnswerEvent::Ended { answer } => ending(answer),
    }
}

/// What follows an answer's text: how it ended, the pages cited, what to know about it.
fn ending(answer: &Message) {
    println!();
    match answer.state {
        MessageState::Stopped => println!("{}", cli::stopped()),
        MessageState::Interrupted => println!("{}", cli::interrupted()),
        MessageState::Complete | MessageState::Writing | MessageState::Failed => {}
    }
    let mut pages = Vec::new();
    for citation in &answer.citations {
        println!(
            "{}",
            cli::cited(&citation.label, citation.page, citation.quote.trim())
        );
    }
    for source in &answer.sources {
        pages.push(cli::page(&source.label, source.page));
    }
    pages.dedup();
    if !pages.is_empty() {
        println!("{}", cli::pages(pages.join(" ; ")));
    }
    for notice in &answer.notices {
        println!("{}", notice.text);
    }
}

/// A message of the history.
pub fn message(message: &Message) {
    let who = match message.role {
        Role::User => cli::you(),
        Role::Assistant => cli::us(),
    };
    print!("{who} — {}", message.text);
    ending(message);
    if let Some(trouble) = &message.trouble {
        println!("{}\n{}", trouble.cause, trouble.remedy);
    }
    println!();
}

/// Asks a question at the terminal; `None` at the end of the input or for a blank line.
pub fn ask(prompt: &str) -> Option<String> {
    print!("{prompt}");
    io::stdout().flush().ok()?;
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line).ok()?;
    let line = line.trim();
    (read > 0 && !line.is_empty()).then(|| line.to_owned())
}

/// Asks for a secret, without showing it.
pub fn ask_secret(prompt: &str) -> Result<String> {
    rpassword::prompt_password(prompt)
        .map_err(|error| Trouble::of_file(std::path::Path::new("-"), &error))
}
