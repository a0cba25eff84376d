//! Answers of the demonstration model, on a history in memory.

use std::sync::atomic::AtomicBool;

use testkit::{demonstration_model, fixture};

use super::*;
use crate::Paths;
use crate::trouble::Code;
use crate::view::{Message, MessageState as Shown, Role as Speaker};

fn program() -> Clocher {
    let clocher = Clocher::without_history(Paths::of_user(None, None)).unwrap();
    clocher.load_model(Some(&demonstration_model()));
    clocher
}

fn ask(clocher: &Clocher, conversation: Option<i64>, question: &str) -> (i64, Message) {
    let mut id = 0;
    let mut answer = None;
    clocher
        .send(
            conversation,
            question,
            Style::Greedy,
            &mut |event| match event {
                AnswerEvent::Started { conversation, .. } => id = conversation.id,
                AnswerEvent::Ended { answer: ended } => answer = Some(ended),
                AnswerEvent::Looking { .. }
                | AnswerEvent::Reading { .. }
                | AnswerEvent::Text { .. } => {}
            },
        )
        .unwrap();
    (id, answer.unwrap())
}

#[test]
fn the_question_is_kept_before_the_first_token_and_the_shown_text_is_the_kept_text() {
    let clocher = program();
    let mut shown = String::new();
    let mut kept_first = false;
    let mut ended = None;
    clocher
        .send(
            None,
            "What is the capital of France?",
            Style::Greedy,
            &mut |event| match event {
                AnswerEvent::Started { conversation, .. } => {
                    let kept = clocher.conversation(conversation.id).unwrap();
                    kept_first =
                        kept.messages.len() == 2 && kept.messages[1].state == Shown::Writing;
                    assert_eq!(kept.title, "What is the capital of France?");
                }
                AnswerEvent::Text { text } => shown.push_str(&text),
                AnswerEvent::Ended { answer } => ended = Some(answer),
                AnswerEvent::Looking { .. } | AnswerEvent::Reading { .. } => {
                    assert!(shown.is_empty())
                }
            },
        )
        .unwrap();
    let ended = ended.unwrap();
    assert!(kept_first);
    assert_eq!(shown.trim_end(), ended.text);
    assert!(ended.text.contains("Paris"), "{}", ended.text);
    assert_eq!(ended.state, Shown::Complete);
}

#[test]
fn one_answer_at_a_time_and_a_stop_keeps_what_was_written() {
    let clocher = program();
    let mut refused = None;
    let mut ended = None;
    clocher
        .send(
            None,
            "Count from one to two hundred in words.",
            Style::Greedy,
            &mut |event| match event {
                AnswerEvent::Text { .. } if refused.is_none() => {
                    refused = clocher
                        .send(None, "Bonjour", Style::Greedy, &mut |_| ())
                        .err();
                    clocher.stop();
                }
                AnswerEvent::Ended { answer } => ended = Some(answer),
                _ => {}
            },
        )
        .unwrap();
    assert_eq!(refused.unwrap().code, Code::AnswerBusy);
    let ended = ended.unwrap();
    assert_eq!(ended.state, Shown::Stopped);
    assert!(!ended.text.is_empty());
    let (_, next) = ask(&clocher, None, "Say hello.");
    assert_eq!(
        next.state,
        Shown::Complete,
        "a stop does not outlive its answer"
    );
}

#[test]
fn an_answer_made_again_replaces_the_last() {
    let clocher = program();
    let (id, first) = ask(&clocher, None, "Say hello.");
    clocher
        .answer_again(id, Style::Greedy, &mut |_| ())
        .unwrap();
    let kept = clocher.conversation(id).unwrap().messages;
    assert_eq!(
        kept.iter().map(|message| message.role).collect::<Vec<_>>(),
        [Speaker::User, Speaker::Assistant]
    );
    assert_ne!(kept[1].id, first.id);
    assert_eq!(kept[1].text, first.text);
}

#[test]
fn a_document_is_given_whole_and_its_pages_named() {
    let clocher = program();
    let conversation = clocher.create_conversation().unwrap().id;
    let bytes = std::fs::read(fixture("deliberation.pdf")).unwrap();
    let document = clocher
        .attach(
            conversation,
            "deliberation.pdf",
            &bytes,
            &mut |_| (),
            &AtomicBool::new(false),
        )
        .unwrap();
    let (_, answer) = ask(&clocher, Some(conversation), "Quel est le prix du repas ?");
    let pages: Vec<u32> = answer.sources.iter().map(|source| source.page).collect();
    assert_eq!(pages, (1..=document.pages).collect::<Vec<_>>());
    for citation in &answer.citations {
        let page = clocher.page(document.id, citation.page).unwrap();
        let text: String = page
            .blocks
            .into_iter()
            .map(|block| block.text + "\n")
            .collect();
        assert!(
            text.contains(&citation.quote),
            "a citation is in its page: {}",
            citation.quote
        );
    }
}
