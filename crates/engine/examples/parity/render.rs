//! `render`: the ids of a conversation, and where its pictures stand.

use std::sync::Arc;

use engine::{Model, Part, Picture, Reply, Tool, ToolCall, ToolResult, Turn};
use serde_json::{Value, json};

use crate::{Answer, numbers, text};

/// A turn whose texts and pictures are owned: [`Turn`] borrows from it.
enum Owned {
    System(String),
    User(Vec<OwnedPart>),
    Assistant {
        thinking: String,
        text: String,
        calls: Vec<ToolCall>,
        open: bool,
    },
    Tool {
        id: String,
        content: String,
    },
}

enum OwnedPart {
    Text(String),
    Picture(Arc<Picture>),
}

/// Pictures are `[columns, rows]`, of cells that are `hidden` wide and all zero.
pub fn render(model: &Model, command: &Value) -> Answer {
    let hidden = command["hidden"].as_u64().unwrap_or(0) as usize;
    let tools: Result<Vec<Tool>, String> = list(command, "tools").map(tool).collect();
    let turns: Result<Vec<Owned>, String> = list(command, "turns")
        .map(|turn| owned(turn, hidden))
        .collect();
    let turns = turns?;
    let parts: Vec<Vec<Part<'_>>> = turns.iter().map(parts).collect();
    let turns: Vec<Turn<'_>> = turns.iter().zip(&parts).map(turn).collect();
    let prompt = model.render(&tools?, &turns)?;
    let tokens: Vec<u32> = prompt.tokens().iter().map(|token| token.0).collect();
    let pictures: Vec<_> = prompt
        .pictures()
        .map(|(start, picture)| (start, picture.columns(), picture.rows()))
        .collect();
    Ok(json!({ "tokens": tokens, "pictures": pictures }))
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn string(value: &Value, key: &str) -> Result<String, String> {
    text(value, key).map(str::to_owned)
}

fn tool(value: &Value) -> Result<Tool, String> {
    Ok(Tool {
        name: string(value, "name")?,
        description: string(value, "description")?,
        parameters: string(value, "parameters")?,
    })
}

fn owned(value: &Value, hidden: usize) -> Result<Owned, String> {
    Ok(match text(value, "role")? {
        "system" => Owned::System(string(value, "text")?),
        "user" => {
            let parts = list(value, "parts").map(|part| owned_part(part, hidden));
            Owned::User(parts.collect::<Result<_, _>>()?)
        }
        "tool" => Owned::Tool {
            id: string(value, "id")?,
            content: string(value, "content")?,
        },
        _ => Owned::Assistant {
            thinking: string(value, "thinking").unwrap_or_default(),
            text: string(value, "text")?,
            calls: list(value, "calls").map(call).collect::<Result<_, _>>()?,
            open: value["open"] == true,
        },
    })
}

fn call(value: &Value) -> Result<ToolCall, String> {
    Ok(ToolCall {
        id: string(value, "id")?,
        name: string(value, "name")?,
        arguments: string(value, "arguments")?,
    })
}

fn owned_part(value: &Value, hidden: usize) -> Result<OwnedPart, String> {
    if let Ok(text) = string(value, "text") {
        return Ok(OwnedPart::Text(text));
    }
    let size = numbers(value, "picture")?;
    let [columns, rows] = size[..] else {
        return Err("a picture is [columns, rows]".to_owned());
    };
    let cells = vec![0.0; columns * rows * hidden];
    let picture = Picture::new(columns, rows, cells).map_err(|error| error.to_string())?;
    Ok(OwnedPart::Picture(Arc::new(picture)))
}

fn parts(turn: &Owned) -> Vec<Part<'_>> {
    let Owned::User(parts) = turn else {
        return Vec::new();
    };
    let parts = parts.iter().map(|part| match part {
        OwnedPart::Text(text) => Part::Text(text),
        OwnedPart::Picture(picture) => Part::Picture(picture),
    });
    parts.collect()
}

fn turn<'a>((turn, parts): (&'a Owned, &'a Vec<Part<'a>>)) -> Turn<'a> {
    match turn {
        Owned::System(text) => Turn::System(text),
        Owned::User(_) => Turn::User(parts),
        Owned::Tool { id, content } => Turn::Tool(ToolResult { id, content }),
        Owned::Assistant {
            thinking,
            text,
            calls,
            open,
        } => Turn::Assistant(Reply {
            thinking,
            text,
            calls,
            open: *open,
        }),
    }
}
