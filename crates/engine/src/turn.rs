//! What a conversation is made of, before any form is given to it.

use std::sync::Arc;

use crate::Picture;

/// A turn of a conversation. Control tokens in its texts are plain text.
#[derive(Clone, Copy)]
pub enum Turn<'a> {
    /// The instructions.
    System(&'a str),
    /// The person.
    User(&'a [Part<'a>]),
    /// The model.
    Assistant(Reply<'a>),
    /// What a tool answered the model.
    Tool(ToolResult<'a>),
}

/// A part of what a person gives.
#[derive(Clone, Copy)]
pub enum Part<'a> {
    /// Words.
    Text(&'a str),
    /// A picture, encoded for the same model.
    Picture(&'a Arc<Picture>),
}

/// What the model said. One that says nothing is no turn.
#[derive(Clone, Copy, Default)]
pub struct Reply<'a> {
    /// Its reasoning; left out where the model's form has no place for it.
    pub thinking: &'a str,
    /// Its words.
    pub text: &'a str,
    /// The tools that it called.
    pub calls: &'a [ToolCall],
    /// Whether the model goes on with it, which the last turn alone may ask: nothing ends it, not
    /// even the reasoning where there is only that.
    pub open: bool,
}

impl<'a> From<&'a str> for Reply<'a> {
    /// Words and nothing else.
    fn from(text: &'a str) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

/// A call of a tool by the model. Not `Debug`: it is content.
#[derive(Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// Ties the result to the call: nine letters or digits.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// JSON text; an object, if the tool says so.
    pub arguments: String,
}

/// What a tool answered.
#[derive(Clone, Copy)]
pub struct ToolResult<'a> {
    /// The call that it answers.
    pub id: &'a str,
    /// Its answer, JSON or not.
    pub content: &'a str,
}

/// A tool that the model may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Letters, digits, `_` and `-`, 64 at most.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// JSON schema of its arguments, an object's.
    pub parameters: String,
}
