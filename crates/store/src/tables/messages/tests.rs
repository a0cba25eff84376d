//! What is promised of messages, on a real database.

use std::collections::BTreeMap;

use privacy::Private;

use super::*;
use crate::scratch::Scratch;
use crate::{CitationRow, NewDocument, NoticeRow};

fn asked(question: &str) -> (Scratch, Store, ConversationId, MessageId) {
    let (scratch, store) = Scratch::new();
    let id = store
        .conversations()
        .create("Essai", Timestamp(1))
        .unwrap()
        .id;
    let (_, answer) = store
        .messages()
        .begin_exchange(id, question, Timestamp(2))
        .unwrap();
    (scratch, store, id, answer.id)
}

fn ended(text: &str, state: MessageState) -> Finished {
    Finished {
        text: Private::new(text.to_owned()),
        state,
        citations: Vec::new(),
        sources: Vec::new(),
        notices: Vec::new(),
        trouble_code: None,
        model: Some(String::from("SmolLM2")),
    }
}

fn shown(store: &Store, conversation: ConversationId) -> Vec<(String, MessageState)> {
    let rows = store.messages().list(conversation).unwrap();
    rows.into_iter()
        .map(|row| (row.text.into_inner(), row.state))
        .collect()
}

#[test]
fn on_disk_before_the_first_token_and_marked_when_cut_short() {
    let (scratch, store, id, answer) = asked("Quels justificatifs ?");
    store
        .messages()
        .save_progress(answer, "Il faut une pièce")
        .unwrap();
    let store = scratch.reopen(store);
    assert_eq!(
        shown(&store, id),
        [
            (
                String::from("Quels justificatifs ?"),
                MessageState::Complete
            ),
            (String::from("Il faut une pièce"), MessageState::Interrupted),
        ]
    );
    // What was interrupted can be searched, and is no longer being written.
    assert_eq!(store.conversations().list("piece").unwrap().len(), 1);
    let late = store.messages().save_progress(answer, "x");
    assert!(matches!(late, Err(StoreError::NotFound)));
    store.verify().unwrap();
}

#[test]
fn all_that_belongs_to_an_answer_is_read_back() {
    let (scratch, store, id, answer) = asked("Question");
    let document = NewDocument {
        name: String::from("Règlement.pdf"),
        sha256: [1; 32],
        kind: String::from("pdf"),
        bytes: 10,
        pages: Vec::new(),
    };
    let document = store
        .documents()
        .insert(&document, &[], Timestamp(1))
        .unwrap();
    store
        .documents()
        .attach(id, document, Timestamp(1))
        .unwrap();
    let citation = |document| CitationRow {
        after: 7,
        document,
        page: 3,
        quote: Private::new(String::from("trente ans")),
        verbatim: true,
    };
    let end = Finished {
        // The second document is not there: left out, not an error.
        citations: vec![citation(document), citation(DocumentId(99))],
        sources: vec![(document, 3), (DocumentId(99), 1), (document, 1)],
        notices: vec![NoticeRow {
            kind: String::from("turnsDropped"),
            values: Private::new(BTreeMap::from([(String::from("count"), String::from("2"))])),
        }],
        trouble_code: Some(String::from("modelFailed")),
        ..ended("Réponse", MessageState::Failed)
    };
    let kept = store.messages().finish(answer, &end).unwrap();
    assert_eq!(kept.citations, [citation(document)]);
    assert_eq!(kept.sources, [(document, 3), (document, 1)]);
    assert_eq!(kept.notices, end.notices);
    assert_eq!(kept.trouble, end.trouble_code);
    assert_eq!(kept.model.as_deref(), Some("SmolLM2"));
    assert_eq!(kept.role, Role::Assistant);
    let store = scratch.reopen(store);
    assert_eq!(store.messages().list(id).unwrap()[1], kept);
    // Formatting a row for a log reveals nothing of it.
    let logged = format!("{kept:?}");
    assert!(
        !logged.contains("Réponse") && !logged.contains("trente"),
        "{logged}"
    );
}

#[test]
fn an_answer_made_again_replaces_the_one_before_once_finished() {
    let (scratch, store, id, answer) = asked("Question");
    let messages = store.messages();
    messages
        .finish(answer, &ended("ancienne", MessageState::Complete))
        .unwrap();
    let again = messages.begin_again(id, Timestamp(5)).unwrap();
    assert_eq!(shown(&store, id).len(), 2);
    assert_eq!(store.conversations().list("ancienne").unwrap(), []);
    messages
        .finish(again.id, &ended("nouvelle", MessageState::Complete))
        .unwrap();
    assert!(matches!(messages.get(answer), Err(StoreError::NotFound)));
    let store = scratch.reopen(store);
    assert_eq!(shown(&store, id)[1].0, "nouvelle");
    store.verify().unwrap();
}

#[test]
fn an_answer_made_again_in_vain_gives_its_place_back() {
    for failed in [true, false] {
        let (scratch, store, id, answer) = asked("Question");
        let messages = store.messages();
        messages
            .finish(answer, &ended("ancienne", MessageState::Complete))
            .unwrap();
        let vain = messages.begin_again(id, Timestamp(5)).unwrap();
        messages
            .finish(vain.id, &ended("", MessageState::Failed))
            .unwrap();
        let vain = messages.begin_again(id, Timestamp(6)).unwrap();
        if failed {
            messages
                .finish(vain.id, &ended("", MessageState::Failed))
                .unwrap();
        }
        let store = scratch.reopen(store);
        let expected = (String::from("ancienne"), MessageState::Complete);
        assert_eq!(shown(&store, id)[1..], [expected]);
        store.verify().unwrap();
    }
}

#[test]
fn an_answer_made_again_and_cut_short_keeps_what_was_written() {
    let (scratch, store, id, answer) = asked("Question");
    store
        .messages()
        .finish(answer, &ended("ancienne", MessageState::Stopped))
        .unwrap();
    let again = store.messages().begin_again(id, Timestamp(5)).unwrap();
    store.messages().save_progress(again.id, "nouv").unwrap();
    let store = scratch.reopen(store);
    let expected = (String::from("nouv"), MessageState::Interrupted);
    assert_eq!(shown(&store, id)[1..], [expected]);
}

#[test]
fn nothing_to_answer_is_not_found() {
    let (_scratch, store, id, answer) = asked("Question");
    let messages = store.messages();
    let empty = store
        .conversations()
        .create("Vide", Timestamp(3))
        .unwrap()
        .id;
    assert!(matches!(
        messages.begin_again(empty, Timestamp(4)),
        Err(StoreError::NotFound)
    ));
    let gone = ConversationId(77);
    let outcome = messages.begin_exchange(gone, "?", Timestamp(4));
    assert!(matches!(outcome, Err(StoreError::NotFound)));
    // The conversation is erased while its answer is being written.
    store.conversations().delete(id).unwrap();
    let end = ended("trop tard", MessageState::Complete);
    assert!(matches!(
        messages.finish(answer, &end),
        Err(StoreError::NotFound)
    ));
    assert_eq!(messages.list(id).unwrap(), []);
}

#[test]
fn a_megabyte_is_a_message_like_another() {
    let pasted = "Délibération n° 12 du 3 mai ; ".repeat(40_000);
    assert!(pasted.len() > 1_000_000);
    let (scratch, store, id, answer) = asked(&pasted);
    store
        .messages()
        .finish(answer, &ended(&pasted, MessageState::Complete))
        .unwrap();
    let store = scratch.reopen(store);
    assert!(shown(&store, id).iter().all(|(text, _)| *text == pasted));
    assert_eq!(store.conversations().list("délibération").unwrap().len(), 1);
    store.verify().unwrap();
}
