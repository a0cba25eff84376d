//! An answer, from the question on disk to its citations.
//!
//! Order of events: the question and an empty answer are committed before anything is computed;
//! the text is saved as it grows; whatever happens, the answer is finished in the history with
//! what was written and how it ended.

mod pace;
mod pictures;
mod prepare;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use corpus::cite;
use engine::{Decoding, EngineError, Sampling, Step, Stop};
use privacy::Private;
use store::{
    CitationRow, ConversationId, Finished, MessageRow, MessageState, Role, Store, Timestamp,
};

use crate::conversation::{listed, message, title_of};
use crate::model::lock;
use crate::trouble::{Result, Trouble, trouble};
use crate::view::{AnswerEvent, Notice, NoticeKind};
use crate::words::WholeWords;
use crate::{Clocher, messages, notice};
use pace::Pace;
use pictures::Eyes;
use prepare::{Prepared, Problem};

/// How often a growing answer is saved.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// How the model chooses its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Close to the likeliest, with a little variety: conversation.
    #[default]
    Conversation,
    /// The likeliest word, always: the same answer every time.
    Greedy,
}

/// The answer being written, of which there is at most one.
#[derive(Default)]
pub struct Writing(Mutex<Option<Arc<AtomicBool>>>);

/// Held while an answer is written; gives the place up when dropped.
struct Turn<'a> {
    writing: &'a Writing,
    cancel: Arc<AtomicBool>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *lock(&self.writing.0) = None;
    }
}

impl Writing {
    fn begin(&self) -> Result<Turn<'_>> {
        let mut current = lock(&self.0);
        if current.is_some() {
            return Err(trouble!(AnswerBusy, answer_busy()()));
        }
        let cancel = Arc::new(AtomicBool::new(false));
        *current = Some(Arc::clone(&cancel));
        Ok(Turn {
            writing: self,
            cancel,
        })
    }
}

impl Clocher {
    /// Asks a question in a conversation, or in a new one, and tells each step of the answer.
    ///
    /// # Errors
    /// When nothing could be kept: the caller still holds the text. Once the question is on
    /// disk the outcome is always the last event, an answer that may have failed.
    pub fn send(
        &self,
        conversation: Option<i64>,
        text: &str,
        style: Style,
        events: &mut dyn FnMut(AnswerEvent),
    ) -> Result<()> {
        let turn = self.writing.begin()?;
        let store = self.store()?;
        let now = Timestamp::now();
        let begin = || {
            let id = match conversation {
                Some(id) => ConversationId(id),
                None => store.conversations().create(&title_of(text), now)?.id,
            };
            let first = store.messages().list(id)?.is_empty();
            let exchange = store.messages().begin_exchange(id, text, now)?;
            if first
                && store.conversations().get(id)?.title.expose()
                    == &messages::conversation::untitled()
            {
                store.conversations().rename(id, &title_of(text))?;
            }
            if conversation.is_none() {
                store.conversations().set_draft(None, "")?;
            }
            Ok((id, exchange, store.conversations().get(id)?))
        };
        let (id, (question, answer), row) = begin().map_err(|e| self.history.trouble(&e))?;
        events(AnswerEvent::Started {
            conversation: listed(&row),
            question: Some(message(&store, &question)),
            answer: message(&store, &answer),
        });
        self.write(&store, &turn, id, &answer, style, events);
        Ok(())
    }

    /// Makes the last answer of a conversation again.
    ///
    /// # Errors
    /// As [`Clocher::send`].
    pub fn answer_again(
        &self,
        conversation: i64,
        style: Style,
        events: &mut dyn FnMut(AnswerEvent),
    ) -> Result<()> {
        let turn = self.writing.begin()?;
        let store = self.store()?;
        let id = ConversationId(conversation);
        let begin = || {
            Ok((
                store.messages().begin_again(id, Timestamp::now())?,
                store.conversations().get(id)?,
            ))
        };
        let (answer, row) = begin().map_err(|e| self.history.trouble(&e))?;
        events(AnswerEvent::Started {
            conversation: listed(&row),
            question: None,
            answer: message(&store, &answer),
        });
        self.write(&store, &turn, id, &answer, style, events);
        Ok(())
    }

    /// Stops the answer being written, if any; what was written is kept.
    pub fn stop(&self) {
        if let Some(cancel) = lock(&self.writing.0).as_ref() {
            cancel.store(true, Ordering::Relaxed);
        }
    }

    fn write(
        &self,
        store: &Store,
        turn: &Turn<'_>,
        conversation: ConversationId,
        answer: &MessageRow,
        style: Style,
        events: &mut dyn FnMut(AnswerEvent),
    ) {
        let mut text = String::new();
        let outcome = self.compose(store, turn, conversation, answer, style, &mut text, events);
        let finished = finished(outcome, text, self.model_name());
        let shown = match store.messages().finish(answer.id, &finished) {
            Ok(row) => message(store, &row),
            // The disk refuses the end of the answer: it is shown, with the reason, and stays
            // marked as interrupted in the history.
            Err(error) => {
                let mut shown = message(store, answer);
                shown.text = finished.text.into_inner();
                shown.state = crate::view::MessageState::Failed;
                shown.trouble = Some(self.history.trouble(&error));
                shown
            }
        };
        events(AnswerEvent::Ended { answer: shown });
    }

    /// Waits for the model, reads, writes; `text` holds what was written even on error.
    #[allow(clippy::too_many_arguments, reason = "one call, of the steps above")]
    fn compose(
        &self,
        store: &Store,
        turn: &Turn<'_>,
        conversation: ConversationId,
        answer: &MessageRow,
        style: Style,
        text: &mut String,
        events: &mut dyn FnMut(AnswerEvent),
    ) -> Result<(Prepared, Stop)> {
        let model = match self.desk.wait(&turn.cancel) {
            Err(trouble)
                if turn.cancel.load(Ordering::Relaxed)
                    && trouble.code == crate::trouble::Code::ModelLoading =>
            {
                return Ok((Prepared::default(), Stop::Cancelled));
            }
            model => model?,
        };
        let mut session = self.desk.session();
        let session = session
            .as_mut()
            .ok_or_else(|| trouble!(ModelLoading, model_loading()()))?;
        let mut sight = self.desk.sight();
        let eyes = Eyes {
            sight: &mut sight,
            events: &mut *events,
            cancel: &turn.cancel,
        };
        let prepared = prepare::prepare(&model, eyes, store, conversation, session.context());
        drop(sight);
        let prepared = match prepared {
            Err(Problem::Engine(EngineError::Cancelled)) => {
                return Ok((Prepared::default(), Stop::Cancelled));
            }
            prepared => prepared.map_err(|problem| problem.into_trouble(&self.history))?,
        };
        let decoding = decoding(style, prepared.answer);
        let mut words = WholeWords::default();
        let mut saved = Instant::now();
        let mut pace = Pace::default();
        let mut failure = None;
        let generated =
            session.generate(
                &prepared.prompt,
                &decoding,
                &turn.cancel,
                &mut |step| match step {
                    Step::Reading { done, total } => events(AnswerEvent::Reading {
                        done: done as u32,
                        total: total as u32,
                        seconds_left: pace.left(done, total),
                    }),
                    Step::Text(piece) => {
                        let shown = words.push(piece);
                        text.push_str(&shown);
                        if !shown.is_empty() {
                            events(AnswerEvent::Text { text: shown });
                        }
                        if saved.elapsed() >= SAVE_EVERY {
                            saved = Instant::now();
                            if let Err(error) = store.messages().save_progress(answer.id, text) {
                                failure = Some(error);
                                turn.cancel.store(true, Ordering::Relaxed);
                            }
                        }
                    }
                },
            );
        let rest = words.finish();
        if !rest.is_empty() {
            text.push_str(&rest);
            events(AnswerEvent::Text { text: rest });
        }
        if let Some(error) = failure {
            return Err(self.history.trouble(&error));
        }
        let generated = generated.map_err(|error| Trouble::of_generation(&error))?;
        Ok((prepared, generated.stop))
    }
}

/// The end of an answer as the history keeps it.
fn finished(
    outcome: Result<(Prepared, Stop)>,
    mut text: String,
    model: Option<String>,
) -> Finished {
    let kept = text.trim_end().len();
    text.truncate(kept);
    match outcome {
        Err(trouble) => Finished {
            text: text.into(),
            state: MessageState::Failed,
            citations: Vec::new(),
            sources: Vec::new(),
            notices: Vec::new(),
            trouble_code: serde_json::to_string(&trouble).ok(),
            model,
        },
        Ok((prepared, stop)) => {
            let mut notices = prepared.notices;
            let citations = cite(&text, &prepared.evidence);
            let seen = prepared.seen;
            if !prepared.evidence.is_empty()
                && seen.is_empty()
                && citations.is_empty()
                && !text.is_empty()
            {
                notices.push(Notice {
                    kind: NoticeKind::Unsupported,
                    text: messages::notice::unsupported(),
                });
            }
            if matches!(stop, Stop::Length | Stop::ContextFull | Stop::Unfinished) {
                notices.push(Notice {
                    kind: NoticeKind::LengthReached,
                    text: messages::notice::length_reached(),
                });
            }
            let read = prepared.evidence.iter().map(|page| page.place);
            let mut sources: Vec<_> = read.chain(seen).collect();
            sources.dedup();
            Finished {
                state: if stop == Stop::Cancelled {
                    MessageState::Stopped
                } else {
                    MessageState::Complete
                },
                text: text.into(),
                citations,
                sources,
                notices: notices.iter().map(notice::row).collect(),
                trouble_code: None,
                model,
            }
        }
    }
}

fn cite(answer: &str, pages: &[prepare::PageText]) -> Vec<CitationRow> {
    let evidence: Vec<_> = pages
        .iter()
        .map(|page| cite::Evidence {
            key: page.place,
            text: page.text.expose(),
        })
        .collect();
    let supports = cite::support(answer, &evidence);
    supports
        .into_iter()
        .map(|support| CitationRow {
            after: answer[..support.after].encode_utf16().count() as u32,
            document: support.key.0,
            page: support.key.1,
            quote: Private::new(support.quote),
            verbatim: support.verbatim,
        })
        .collect()
}

/// Ministral's makers ask for a temperature below 0.1 in daily work; the light penalty keeps small
/// models from going round in circles.
fn decoding(style: Style, max_tokens: usize) -> Decoding {
    let likeliest = Decoding {
        max_tokens,
        repetition_penalty: 1.1,
        ..Decoding::default()
    };
    match style {
        Style::Greedy => likeliest,
        Style::Conversation => {
            let seed = Timestamp::now().0 as u64;
            let sampling = Sampling::Sampled {
                temperature: 0.1,
                top_k: 40,
                top_p: 0.95,
                min_p: 0.05,
                seed,
            };
            Decoding {
                sampling,
                ..likeliest
            }
        }
    }
}

/// Whether a message is part of what the model is told again: answers with nothing written are not.
fn told(row: &MessageRow) -> bool {
    row.role == Role::User || !row.text.expose().trim().is_empty()
}

#[cfg(test)]
mod tests;
