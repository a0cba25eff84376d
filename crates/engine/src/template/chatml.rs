//! ChatML: `<|im_start|>role\n…<|im_end|>\n`. It has no form of its own for tools or pictures.

use super::Writer;
use crate::vocabulary::Vocabulary;
use crate::{EngineError, Part, TokenId, Tool, Turn};

/// Its two marks.
pub(super) struct ChatMl {
    start: TokenId,
    pub(super) end: TokenId,
}

impl ChatMl {
    pub(super) fn new(vocabulary: &Vocabulary<'_>) -> Result<Self, EngineError> {
        let control = |name| vocabulary.control(name).ok_or(EngineError::UnknownTemplate);
        Ok(Self {
            start: control("<|im_start|>")?,
            end: control("<|im_end|>")?,
        })
    }

    pub(super) fn render(
        &self,
        tools: &[Tool],
        turns: &[Turn<'_>],
        out: &mut Writer<'_>,
    ) -> Result<(), EngineError> {
        if !tools.is_empty() {
            return Err(EngineError::UnsupportedTurn { what: "tools" });
        }
        let mut open = false;
        for (index, turn) in turns.iter().enumerate() {
            let (role, text) = match turn {
                Turn::System(text) => ("system", (*text).to_owned()),
                Turn::User(parts) => ("user", words(parts)?),
                Turn::Assistant(reply) if !reply.calls.is_empty() => {
                    return Err(EngineError::UnsupportedTurn { what: "tools" });
                }
                Turn::Assistant(reply) => {
                    open = reply.open && index + 1 == turns.len();
                    ("assistant", reply.text.to_owned())
                }
                Turn::Tool(_) => return Err(EngineError::UnsupportedTurn { what: "tools" }),
            };
            out.controls([self.start]);
            out.text(&format!("{role}\n{text}"));
            if !open {
                out.controls([self.end]);
                out.text("\n");
            }
        }
        if !open {
            out.controls([self.start]);
            out.text("assistant\n");
        }
        Ok(())
    }
}

/// The texts of a turn, which may hold nothing else.
fn words(parts: &[Part<'_>]) -> Result<String, EngineError> {
    let texts: Result<Vec<&str>, EngineError> = parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => Ok(*text),
            Part::Picture(_) => Err(EngineError::UnsupportedTurn { what: "pictures" }),
        })
        .collect();
    Ok(texts?.join("\n\n"))
}
