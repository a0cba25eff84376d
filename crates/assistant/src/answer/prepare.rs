//! What the model is given for an answer: instructions, documents or their best passages, and as
//! many past exchanges as fit.

use engine::{EngineError, Model, Part, Prompt, Reply, Turn};
use privacy::Private;
use store::{ConversationId, DocumentId, DocumentRow, MessageRow, Role, Store, StoreError};

use super::pictures::{Eyes, is_text, look, numbers};
use super::told;
use crate::context::{Budget, exchanges_kept, passages_kept};
use crate::history::History;
use crate::messages;
use crate::prompt::{self, label, placed};
use crate::trouble::{Trouble, trouble};
use crate::view::{Notice, NoticeKind};

/// Passages looked at for a question.
const PASSAGES: usize = 24;
/// Tokens that a turn's own marks take, at most.
const MARKS: usize = 8;
/// No text has fewer tokens than its bytes divided by this; beyond it nothing is counted.
const BYTES_PER_TOKEN: usize = 16;

/// What is given to the model.
#[derive(Default)]
pub struct Prepared {
    /// The prompt.
    pub prompt: Prompt,
    /// Tokens the answer may take.
    pub answer: usize,
    /// What the agent must know about it.
    pub notices: Vec<Notice>,
    /// The pages, or passages of pages, given to the model.
    pub evidence: Vec<PageText>,
    /// The pages whose pictures were given to it.
    pub seen: Vec<(DocumentId, u32)>,
}

/// A text and the page it stands on.
pub struct PageText {
    /// Document and page.
    pub place: (DocumentId, u32),
    /// The text given.
    pub text: Private<String>,
}

/// Why nothing could be prepared.
pub enum Problem {
    /// The history could not be read.
    Store(StoreError),
    /// The question alone exceeds the context, or the model cannot render it.
    Engine(EngineError),
    /// There is nothing that an answer could be made from.
    Told(Trouble),
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl Problem {
    /// The agent's sentences for it.
    pub fn into_trouble(self, history: &History) -> Trouble {
        match self {
            Self::Store(error) => history.trouble(&error),
            Self::Engine(EngineError::PromptTooLong { tokens, context }) => {
                trouble!(TextTooLong, text_too_long(context, tokens)())
            }
            Self::Engine(error) => Trouble::of_generation(&error),
            Self::Told(trouble) => trouble,
        }
    }
}

/// An exchange of the past: a question and what was answered.
struct Exchange<'a> {
    question: &'a str,
    /// The question as the model is given it.
    parts: Vec<Part<'a>>,
    answer: Option<&'a str>,
}

/// Prepares the answer to the last question of a conversation.
pub fn prepare(
    model: &Model,
    mut eyes: Eyes<'_>,
    store: &Store,
    conversation: ConversationId,
    context: usize,
) -> Result<Prepared, Problem> {
    let budget = Budget::of(context);
    let rows = store.messages().list(conversation)?;
    let mut exchanges = exchanges(&rows);
    let question = exchanges.pop().map_or("", |exchange| exchange.question);
    let cost = |text: &str| cost(model, text);
    let fixed = cost(prompt::SYSTEM) + cost(question) + MARKS;
    if fixed > budget.prompt {
        return Err(EngineError::PromptTooLong {
            tokens: fixed,
            context: budget.prompt,
        }
        .into());
    }
    let room = budget.prompt - fixed;
    let documents = store.documents().of(conversation)?;
    // The same share whatever the question, so that what was looked at serves again.
    let share = match documents.iter().any(is_text) {
        true => budget.prompt / 3,
        false => budget.prompt / 2,
    };
    let look = look(&mut eyes, store, &documents, share.min(room))?;
    let room = match look.words().as_str() {
        "" => room,
        words => room.saturating_sub(look.tokens() + cost(words)),
    };
    let earlier = exchanges.last().map_or("", |exchange| exchange.question);
    let given = given(model, store, &documents, question, earlier, room)?;
    let mut prepared = Prepared {
        answer: budget.answer,
        notices: look.notices.iter().cloned().chain(given.notices).collect(),
        evidence: given.evidence,
        seen: look.places().collect(),
        prompt: Prompt::default(),
    };

    let costs: Vec<usize> = exchanges
        .iter()
        .map(|exchange| cost(exchange.question) + exchange.answer.map_or(0, cost))
        .collect();
    let mut kept = exchanges_kept(&costs, room.saturating_sub(given.cost));
    let system = format!("{}{}", prompt::SYSTEM.trim_end(), given.system);
    let last = format!("{}{question}", given.question);
    let last = [Part::Text(&last)];
    // Costs are counted turn by turn; the rendered whole decides.
    loop {
        let past = &exchanges[exchanges.len() - kept..];
        // Pictures stand before the first question, so that those who ask on read them once.
        let opening = past.first().map_or(&last[..], |first| &first.parts);
        let opening: Vec<Part<'_>> = look.parts().into_iter().chain(opening.to_vec()).collect();
        let turns = turns(&system, &opening, past, &last);
        prepared.prompt = model.render(&[], &turns)?;
        match prepared.prompt.len() <= budget.prompt {
            true => break,
            false if kept > 0 => kept -= 1,
            false => {
                return Err(EngineError::PromptTooLong {
                    tokens: prepared.prompt.len(),
                    context: budget.prompt,
                }
                .into());
            }
        }
    }
    let dropped = exchanges.len() - kept;
    if dropped > 0 {
        prepared.notices.push(Notice {
            kind: NoticeKind::TurnsDropped,
            text: messages::notice::turns_dropped(dropped),
        });
    }
    Ok(prepared)
}

/// Tokens of a turn, its marks included; a bound from below when the text cannot fit anyway.
fn cost(model: &Model, text: &str) -> usize {
    let least = text.len() / BYTES_PER_TOKEN;
    let context = model.info().context_length as usize;
    let tokens = if least > context {
        least
    } else {
        model.tokenize(text).len()
    };
    tokens + MARKS
}

fn exchanges(rows: &[MessageRow]) -> Vec<Exchange<'_>> {
    let mut exchanges: Vec<Exchange<'_>> = Vec::new();
    for row in rows.iter().filter(|row| told(row)) {
        match row.role {
            Role::User => exchanges.push(Exchange {
                question: row.text.expose(),
                parts: vec![Part::Text(row.text.expose())],
                answer: None,
            }),
            Role::Assistant => {
                if let Some(exchange) = exchanges.last_mut() {
                    exchange.answer = Some(row.text.expose());
                }
            }
        }
    }
    exchanges
}

/// The turns, `opening` being what is given for the first of the questions.
fn turns<'a>(
    system: &'a str,
    opening: &'a [Part<'a>],
    past: &'a [Exchange<'a>],
    question: &'a [Part<'a>],
) -> Vec<Turn<'a>> {
    let mut turns = vec![Turn::System(system)];
    let questions = past.iter().map(|exchange| exchange.parts.as_slice());
    let mut questions = questions.chain([question]);
    questions.next();
    turns.push(Turn::User(opening));
    for (exchange, next) in past.iter().zip(questions) {
        turns.extend(
            exchange
                .answer
                .map(|text| Turn::Assistant(Reply::from(text))),
        );
        turns.push(Turn::User(next));
    }
    turns
}

/// What is given of the documents, and where it goes.
#[derive(Default)]
struct Given {
    /// After the instructions: whole documents, the same for every question, so that what the
    /// model has read of them serves again.
    system: String,
    /// Before the question: passages chosen for it.
    question: String,
    evidence: Vec<PageText>,
    notices: Vec<Notice>,
    cost: usize,
}

/// The documents whole if they leave half of the room to the conversation or there is none;
/// else their best passages.
fn given(
    model: &Model,
    store: &Store,
    documents: &[DocumentRow],
    question: &str,
    earlier: &str,
    room: usize,
) -> Result<Given, Problem> {
    let mut given = Given::default();
    if documents.is_empty() {
        return Ok(given);
    }
    for document in documents
        .iter()
        .filter(|document| !document.unread_pages.is_empty())
    {
        given.notices.push(Notice {
            kind: NoticeKind::UnreadPages,
            text: messages::notice::unread_pages(
                document.unread_pages.len(),
                document.name.expose(),
                numbers(&document.unread_pages),
            ),
        });
    }
    if !documents.iter().any(is_text) {
        return Ok(given);
    }
    if let Some((text, evidence, cost)) = whole(model, store, documents, room)? {
        given.system = text;
        given.evidence = evidence;
        given.cost = cost;
        return Ok(given);
    }
    let ids: Vec<DocumentId> = documents.iter().map(|document| document.id).collect();
    let found = corpus::search::best(store, question, earlier, &ids, PASSAGES)?;
    let name = |id: DocumentId| {
        documents
            .iter()
            .find(|document| document.id == id)
            .map(|document| label(document.name.expose()))
            .unwrap_or_default()
    };
    let texts: Vec<String> = found
        .iter()
        .map(|passage| placed(&name(passage.document), passage.page, passage.text.expose()))
        .collect();
    let costs: Vec<usize> = texts.iter().map(|text| cost(model, text)).collect();
    let mut kept = passages_kept(&costs, room / 2);
    given.cost =
        kept.iter().map(|&index| costs[index]).sum::<usize>() + cost(model, prompt::PASSAGES);
    kept.sort_by_key(|&index| {
        (
            found[index].document.0,
            found[index].page,
            found[index].ordinal,
        )
    });
    given.notices.push(Notice {
        kind: NoticeKind::PassagesOnly,
        text: messages::notice::passages_only(kept.len()),
    });
    given.question = prompt::PASSAGES.trim_end().to_owned() + "\n\n";
    for index in kept {
        given.question.push_str(&texts[index]);
        given.evidence.push(PageText {
            place: (found[index].document, found[index].page),
            text: found[index].text.clone(),
        });
    }
    Ok(given)
}

type Whole = (String, Vec<PageText>, usize);

/// Every page of every document, if they fit.
fn whole(
    model: &Model,
    store: &Store,
    documents: &[DocumentRow],
    room: usize,
) -> Result<Option<Whole>, Problem> {
    let mut text = format!("\n\n{}\n\n", prompt::DOCUMENTS.trim_end());
    let mut evidence = Vec::new();
    for document in documents {
        for number in 1..=document.pages {
            let page = store.documents().page(document.id, number)?;
            let content: Vec<&str> = page
                .blocks
                .iter()
                .map(|block| block.text.expose().as_str())
                .collect();
            let content = content.join("\n");
            if content.trim().is_empty() {
                continue;
            }
            text.push_str(&placed(&label(document.name.expose()), number, &content));
            evidence.push(PageText {
                place: (document.id, number),
                text: content.into(),
            });
            if text.len() / BYTES_PER_TOKEN > room {
                return Ok(None);
            }
        }
    }
    let cost = cost(model, &text);
    Ok((cost <= room / 4 * 3).then_some((text, evidence, cost)))
}
