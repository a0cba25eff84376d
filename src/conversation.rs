//! `chat` and `ask`.

use std::sync::atomic::AtomicBool;

use assistant::messages::cli;
use assistant::trouble::{Result, Trouble};
use assistant::view::{AnswerEvent, Message};
use assistant::{Clocher, Style};

use crate::arguments::{Answering, Ask, Chat, Shared};
use crate::{print, session};

/// Converses, or asks once.
pub fn chat(shared: &Shared, options: &Chat) -> Result<()> {
    let clocher = session::for_answer(shared, !options.answering.no_history)?;
    if let Some(question) = &options.once {
        return answer(
            &clocher,
            shared,
            options.conversation,
            question,
            &options.answering,
        )
        .map(drop);
    }
    println!("{}", cli::greeting());
    let mut conversation = options.conversation;
    while let Some(question) = print::ask(&cli::prompt()) {
        match answer(
            &clocher,
            shared,
            conversation,
            &question,
            &options.answering,
        ) {
            Ok(id) => conversation = Some(id),
            // A failed answer ends neither the conversation nor the program.
            Err(trouble) => print::trouble(&trouble, shared.json),
        }
    }
    Ok(())
}

/// Asks a question about a file.
pub fn ask(shared: &Shared, options: &Ask) -> Result<()> {
    let (name, bytes) = session::read(&options.file)?;
    let clocher = session::for_answer(shared, !options.answering.no_history)?;
    let conversation = clocher.create_conversation()?.id;
    let attached = clocher.attach(
        conversation,
        &name,
        &bytes,
        &mut print::reading,
        &AtomicBool::new(false),
    );
    if let Err(trouble) = attached {
        clocher.delete_conversation(conversation)?;
        return Err(trouble);
    }
    answer(
        &clocher,
        shared,
        Some(conversation),
        &options.question,
        &options.answering,
    )
    .map(drop)
}

/// Writes an answer; returns its conversation.
fn answer(
    clocher: &Clocher,
    shared: &Shared,
    conversation: Option<i64>,
    question: &str,
    options: &Answering,
) -> Result<i64> {
    let style = if options.greedy {
        Style::Greedy
    } else {
        Style::Conversation
    };
    let mut id = conversation.unwrap_or_default();
    let mut ended: Option<Message> = None;
    clocher.send(conversation, question, style, &mut |event| {
        if !shared.json {
            print::step(&event);
        }
        match event {
            AnswerEvent::Started { conversation, .. } => id = conversation.id,
            AnswerEvent::Ended { answer } => ended = Some(answer),
            AnswerEvent::Looking { .. }
            | AnswerEvent::Reading { .. }
            | AnswerEvent::Text { .. } => {}
        }
    })?;
    let answer = ended.ok_or_else(Trouble::unexpected)?;
    if shared.json {
        print::json(&answer);
    }
    answer.trouble.map_or(Ok(id), Err)
}
