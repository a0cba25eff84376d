//! Mistral's form, versions 3, 7, 11 and 13, as `mistral-common` 1.13.1 gives it
//! (`normalize.py`, then `instruct.py`).

use std::mem::discriminant;
use std::sync::Arc;

use super::{PictureMarks, Writer, json};
use crate::vocabulary::Vocabulary;
use crate::{EngineError, Part, Picture, Reply, TokenId, Tool, ToolCall, ToolResult, Turn};

/// A version of the form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    V3,
    V7,
    V11,
    V13,
}

type Pair = (TokenId, TokenId);

/// The control tokens of the form; those that a vocabulary may lack are asked for when needed.
pub(super) struct Mistral {
    version: Version,
    user: Pair,
    end: TokenId,
    system: Option<Pair>,
    tools: Option<Pair>,
    results: Option<Pair>,
    think: Option<Pair>,
    calls: Option<TokenId>,
    arguments: Option<TokenId>,
    call_id: Option<TokenId>,
    content: Option<TokenId>,
    picture: Option<PictureMarks>,
}

/// Neighbouring turns of one speaker, as one.
enum Message<'a> {
    System(Vec<&'a str>),
    User(Vec<Chunk<'a>>),
    Assistant {
        chunks: Vec<Chunk<'a>>,
        calls: Vec<&'a ToolCall>,
        open: bool,
    },
    Tool(Vec<ToolResult<'a>>),
}

enum Chunk<'a> {
    Text(String),
    Thinking { text: &'a str, closed: bool },
    Picture(&'a Arc<Picture>),
}

/// Texts side by side are one.
fn add<'a>(chunks: &mut Vec<Chunk<'a>>, text: &'a str) {
    match chunks.last_mut() {
        _ if text.is_empty() => {}
        Some(Chunk::Text(before)) => {
            before.push_str("\n\n");
            before.push_str(text);
        }
        _ => chunks.push(Chunk::Text(text.to_owned())),
    }
}

impl Mistral {
    pub(super) fn new(version: Version, vocabulary: &Vocabulary<'_>) -> Result<Self, EngineError> {
        let one = |name| vocabulary.control(name);
        let pair = |open, close| one(open).zip(one(close));
        let need = |token: Option<TokenId>| token.ok_or(EngineError::UnknownTemplate);
        let later = version > Version::V3;
        let system = pair("[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]").filter(|_| later);
        if later && system.is_none() {
            return Err(EngineError::UnknownTemplate);
        }
        Ok(Self {
            version,
            user: (need(one("[INST]"))?, need(one("[/INST]"))?),
            end: need(vocabulary.end)?,
            system,
            tools: pair("[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]"),
            results: pair("[TOOL_RESULTS]", "[/TOOL_RESULTS]"),
            think: pair("[THINK]", "[/THINK]").filter(|_| version == Version::V13),
            calls: one("[TOOL_CALLS]"),
            arguments: one("[ARGS]"),
            call_id: one("[CALL_ID]"),
            content: one("[TOOL_CONTENT]"),
            picture: match (one("[IMG]"), one("[IMG_BREAK]"), one("[IMG_END]")) {
                (Some(cell), Some(row_end), Some(end)) => Some(PictureMarks { cell, row_end, end }),
                _ => None,
            },
        })
    }

    pub(super) fn render(
        &self,
        tools: &[Tool],
        turns: &[Turn<'_>],
        out: &mut Writer<'_>,
    ) -> Result<(), EngineError> {
        let mut messages = self.messages(turns);
        let apart = self.system.is_some();
        let first = messages
            .iter()
            .find(|message| apart || !matches!(message, Message::System(_)));
        if first.is_none() || !apart && !matches!(first, Some(Message::User(_))) {
            messages.insert(0, Message::User(Vec::new()));
        }
        let is_user = |message: &Message<'_>| matches!(message, Message::User(_));
        let first = messages.iter().position(is_user);
        let last = messages.iter().rposition(is_user);
        let tools_at = match self.version {
            Version::V13 => first,
            _ => last,
        };
        let instructions = self.instructions(&messages);
        let mut called: Vec<&str> = Vec::new();
        for (index, message) in messages.iter().enumerate() {
            match message {
                Message::System(texts) => {
                    for text in texts.iter().filter(|_| apart) {
                        out.controls(self.system.map(|(open, _)| open));
                        out.text(text);
                        out.controls(self.system.map(|(_, close)| close));
                    }
                }
                Message::User(chunks) => {
                    if tools_at == Some(index) && !tools.is_empty() {
                        self.tools(tools, out)?;
                    }
                    let before = instructions.as_deref().filter(|_| last == Some(index));
                    self.user(before, chunks, out)?;
                }
                Message::Assistant {
                    chunks,
                    calls,
                    open,
                } => {
                    called.extend(calls.iter().map(|call| call.id.as_str()));
                    self.assistant(chunks, calls, *open && index + 1 == messages.len(), out)?;
                }
                Message::Tool(results) => {
                    self.results(results, &called, out)?;
                    called.clear();
                }
            }
        }
        Ok(())
    }

    fn messages<'a>(&self, turns: &[Turn<'a>]) -> Vec<Message<'a>> {
        let said = |turn: &&Turn<'_>| match turn {
            Turn::Assistant(reply) => {
                let thinks = self.think.is_some() && !reply.thinking.is_empty();
                thinks || !reply.text.is_empty() || !reply.calls.is_empty()
            }
            _ => true,
        };
        let turns: Vec<Turn<'a>> = turns.iter().filter(said).copied().collect();
        let groups = turns.chunk_by(|a, b| discriminant(a) == discriminant(b));
        groups
            .filter_map(|group| {
                let mut message = match group.first()? {
                    Turn::System(_) => Message::System(Vec::new()),
                    Turn::User(_) => Message::User(Vec::new()),
                    Turn::Assistant(_) => Message::Assistant {
                        chunks: Vec::new(),
                        calls: Vec::new(),
                        open: false,
                    },
                    Turn::Tool(_) => Message::Tool(Vec::new()),
                };
                for turn in group {
                    self.join(&mut message, turn);
                }
                Some(message)
            })
            .collect()
    }

    fn join<'a>(&self, message: &mut Message<'a>, turn: &Turn<'a>) {
        match (message, turn) {
            (Message::System(texts), Turn::System(text)) => texts.push(text),
            (Message::User(chunks), Turn::User(parts)) => {
                for part in *parts {
                    match part {
                        Part::Text(text) => add(chunks, text),
                        Part::Picture(picture) => chunks.push(Chunk::Picture(picture)),
                    }
                }
            }
            (
                Message::Assistant {
                    chunks,
                    calls,
                    open,
                },
                Turn::Assistant(reply),
            ) => {
                self.join_reply(chunks, reply);
                calls.extend(reply.calls);
                *open |= reply.open;
            }
            (Message::Tool(results), Turn::Tool(result)) => results.push(*result),
            _ => {}
        }
    }

    fn join_reply<'a>(&self, chunks: &mut Vec<Chunk<'a>>, reply: &Reply<'a>) {
        if self.think.is_some() && !reply.thinking.is_empty() {
            chunks.push(Chunk::Thinking {
                text: reply.thinking,
                closed: !reply.open || !reply.text.is_empty() || !reply.calls.is_empty(),
            });
        }
        add(chunks, reply.text);
    }

    /// The instructions as one text, where they have no place of their own.
    fn instructions(&self, messages: &[Message<'_>]) -> Option<String> {
        if self.system.is_some() {
            return None;
        }
        let texts = messages.iter().flat_map(|message| match message {
            Message::System(texts) => texts.as_slice(),
            _ => &[],
        });
        let texts: Vec<&str> = texts.copied().filter(|text| !text.is_empty()).collect();
        (!texts.is_empty()).then(|| texts.join("\n\n"))
    }

    fn tools(&self, tools: &[Tool], out: &mut Writer<'_>) -> Result<(), EngineError> {
        let (open, close) = self.place(self.tools, "tools")?;
        let mut list = Vec::with_capacity(tools.len());
        for tool in tools {
            let parameters = json::normalised(&tool.parameters)
                .filter(|text| text.starts_with('{'))
                .ok_or(EngineError::InvalidTool)?;
            list.push(format!(
                r#"{{"type": "function", "function": {{"name": {}, "description": {}, "parameters": {parameters}}}}}"#,
                json::quoted(&tool.name),
                json::quoted(&tool.description),
            ));
        }
        out.controls([open]);
        out.text(&format!("[{}]", list.join(", ")));
        out.controls([close]);
        Ok(())
    }

    fn user(
        &self,
        instructions: Option<&str>,
        chunks: &[Chunk<'_>],
        out: &mut Writer<'_>,
    ) -> Result<(), EngineError> {
        out.controls([self.user.0]);
        match (instructions, chunks) {
            (Some(before), []) => out.text(&format!("{before}\n\n")),
            (Some(before), [Chunk::Text(text)]) => out.text(&format!("{before}\n\n{text}")),
            _ => {
                if let Some(before) = instructions {
                    out.text(&format!("{before}\n\n"));
                }
                // A picture after a text alone comes before it.
                match chunks {
                    [text @ Chunk::Text(_), picture @ Chunk::Picture(_)] => {
                        self.chunk(picture, out)?;
                        self.chunk(text, out)?;
                    }
                    _ => chunks.iter().try_for_each(|chunk| self.chunk(chunk, out))?,
                }
            }
        }
        out.controls([self.user.1]);
        Ok(())
    }

    fn chunk(&self, chunk: &Chunk<'_>, out: &mut Writer<'_>) -> Result<(), EngineError> {
        match chunk {
            Chunk::Text(text) => out.text(text),
            Chunk::Thinking { text, closed } => {
                out.controls(self.think.map(|(open, _)| open));
                out.text(text);
                out.controls(self.think.map(|(_, close)| close).filter(|_| *closed));
            }
            Chunk::Picture(picture) => match &self.picture {
                Some(marks) => out.picture(picture, marks),
                None => return Err(EngineError::UnsupportedTurn { what: "pictures" }),
            },
        }
        Ok(())
    }

    fn assistant(
        &self,
        chunks: &[Chunk<'_>],
        calls: &[&ToolCall],
        open: bool,
        out: &mut Writer<'_>,
    ) -> Result<(), EngineError> {
        match chunks {
            [Chunk::Text(text)] => out.text(text.trim_end_matches(' ')),
            _ => chunks.iter().try_for_each(|chunk| self.chunk(chunk, out))?,
        }
        if !calls.is_empty() {
            if self.version == Version::V3 && !chunks.is_empty() {
                return Err(EngineError::UnsupportedTurn {
                    what: "words beside calls of tools",
                });
            }
            self.calls(calls, out)?;
        }
        out.controls((!open).then_some(self.end));
        Ok(())
    }

    fn calls(&self, calls: &[&ToolCall], out: &mut Writer<'_>) -> Result<(), EngineError> {
        let begin = self.place(self.calls, "tools")?;
        if self.version < Version::V11 {
            let list: Vec<String> = calls
                .iter()
                .map(|call| {
                    let id = match call.id.as_str() {
                        "" | "null" => String::new(),
                        id => format!(r#", "id": {}"#, json::quoted(id)),
                    };
                    let name = json::quoted(&call.name);
                    let arguments = json::value(&call.arguments);
                    format!(r#"{{"name": {name}, "arguments": {arguments}{id}}}"#)
                })
                .collect();
            out.controls([begin]);
            out.text(&format!("[{}]", list.join(", ")));
            return Ok(());
        }
        let arguments = self.place(self.arguments, "tools")?;
        for call in calls {
            out.controls([begin]);
            out.text(&call.name);
            if self.version == Version::V11 && !matches!(call.id.as_str(), "" | "null") {
                out.controls([self.place(self.call_id, "tools")?]);
                out.text(&call.id);
            }
            out.controls([arguments]);
            out.text(&json::value(&call.arguments));
        }
        Ok(())
    }

    /// The results of tools; from v11 on in the order of the calls.
    fn results(
        &self,
        results: &[ToolResult<'_>],
        called: &[&str],
        out: &mut Writer<'_>,
    ) -> Result<(), EngineError> {
        let (open, close) = self.place(self.results, "tools")?;
        let mut ordered: Vec<&ToolResult<'_>> = results.iter().collect();
        if self.version >= Version::V11 {
            ordered.sort_by_key(|result| {
                let call = called.iter().rposition(|id| *id == result.id);
                let own = results.iter().rposition(|other| other.id == result.id);
                (call.unwrap_or(usize::MAX), own)
            });
        }
        for result in ordered {
            out.controls([open]);
            match self.version {
                Version::V3 => {
                    let (content, id) = (json::value(result.content), json::quoted(result.id));
                    out.text(&format!(r#"{{"content": {content}, "call_id": {id}}}"#));
                }
                Version::V7 | Version::V11 => {
                    out.text(result.id);
                    out.controls([self.place(self.content, "tools")?]);
                    out.text(result.content);
                }
                Version::V13 => out.text(result.content),
            }
            out.controls([close]);
        }
        Ok(())
    }

    fn place<T>(&self, mark: Option<T>, what: &'static str) -> Result<T, EngineError> {
        mark.ok_or(EngineError::UnsupportedTurn { what })
    }
}
