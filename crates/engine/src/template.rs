//! The form of a conversation: which control tokens stand around each turn.
//!
//! The file's own template (a Jinja program) is never executed: its digest only tells whether a
//! person has read it, and the marks that it writes only tell versions of a family apart. Control
//! tokens are inserted by id, and the turns' texts are encoded as text alone.

mod chatml;
mod json;
mod mistral;

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::gguf::Header;
use crate::tokenizer::Tokenizer;
use crate::vocabulary::Vocabulary;
use crate::{EngineError, Picture, Prompt, TokenId, Tool, Turn};
use chatml::ChatMl;
use mistral::{Mistral, Version};

/// A family of chat templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// `<|im_start|>user\n…<|im_end|>\n`: SmolLM2, Qwen and many more.
    ChatMl,
    /// Mistral v3: `[INST]…[/INST]`, the instructions inside the last user turn.
    MistralV3,
    /// Mistral v7: `[SYSTEM_PROMPT]…[/SYSTEM_PROMPT]` apart.
    MistralV7,
    /// Mistral v11: as v7, each call of a tool with its own marks.
    MistralV11,
    /// Mistral v13 (Ministral 3): tools before the first question, calls without ids, reasoning.
    MistralV13,
    /// A base model, trained for no conversation: only [`crate::Model::tokenize`] serves.
    None,
}

/// SHA-256 of the templates that were read and found to say what the family says, and no more.
const KNOWN: [&str; 1] = [
    // SmolLM2-Instruct
    "872be49dbb638044ad01b60388f48d469ff2980e5f0dccdc22ec907db54d0788",
];

/// The template of a file.
pub(crate) struct Found {
    pub(crate) template: Template,
    /// SHA-256 of the file's own template, in hexadecimal.
    pub(crate) digest: Option<String>,
    /// Whether that digest is one of [`KNOWN`].
    pub(crate) known: bool,
}

impl Found {
    /// Finds the family from the control tokens. A file that carries a template of no known family
    /// is an error; one that carries none is a base model.
    pub(crate) fn detect(
        header: &Header<'_>,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<Self, EngineError> {
        let Some(source) = header.str("tokenizer.chat_template")? else {
            return Ok(Self {
                template: Template::None,
                digest: None,
                known: false,
            });
        };
        let has = |name: &str| vocabulary.control(name).is_some();
        let template = family(source, has).ok_or(EngineError::UnknownTemplate)?;
        let digest = hex(&Sha256::digest(source));
        Ok(Self {
            template,
            known: KNOWN.contains(&digest.as_str()),
            digest: Some(digest),
        })
    }
}

/// The family of a vocabulary with these control tokens. Mistral's versions share a vocabulary that
/// only grew, tokens that a model never saw included: where the file's template writes its marks,
/// those that it writes decide.
fn family(source: &str, has: impl Fn(&str) -> bool) -> Option<Template> {
    if has("<|im_start|>") && has("<|im_end|>") {
        return Some(Template::ChatMl);
    }
    if !has("[INST]") || !has("[/INST]") {
        return None;
    }
    let written = source.contains("[INST]");
    let uses = |name: &str| has(name) && (!written || source.contains(name));
    let by_id = match written {
        true => uses("[CALL_ID]"),
        false => has("[CALL_ID]") && !has("[THINK]"),
    };
    Some(match () {
        () if !uses("[SYSTEM_PROMPT]") || !has("[/SYSTEM_PROMPT]") => Template::MistralV3,
        () if !uses("[ARGS]") => Template::MistralV7,
        () if by_id => Template::MistralV11,
        () => Template::MistralV13,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A template with the ids of its control tokens.
pub(crate) struct Chat {
    begin: Option<TokenId>,
    form: Form,
    /// Tokens that end an answer.
    pub(crate) stops: Vec<TokenId>,
}

enum Form {
    None,
    ChatMl(ChatMl),
    Mistral(Box<Mistral>),
}

impl Chat {
    pub(crate) fn new(
        template: Template,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<Self, EngineError> {
        let mistral = |version| Mistral::new(version, vocabulary).map(Box::new);
        let form = match template {
            Template::None => Form::None,
            Template::ChatMl => Form::ChatMl(ChatMl::new(vocabulary)?),
            Template::MistralV3 => Form::Mistral(mistral(Version::V3)?),
            Template::MistralV7 => Form::Mistral(mistral(Version::V7)?),
            Template::MistralV11 => Form::Mistral(mistral(Version::V11)?),
            Template::MistralV13 => Form::Mistral(mistral(Version::V13)?),
        };
        let end = match &form {
            Form::ChatMl(form) => Some(form.end),
            _ => None,
        };
        Ok(Self {
            begin: vocabulary.begin,
            form,
            stops: vocabulary.end.into_iter().chain(end).collect(),
        })
    }

    /// A conversation up to where the assistant speaks.
    pub(crate) fn render(
        &self,
        tools: &[Tool],
        turns: &[Turn<'_>],
        tokenizer: &Tokenizer,
    ) -> Result<Prompt, EngineError> {
        let mut out = Writer {
            tokenizer,
            prompt: Prompt::default(),
        };
        out.controls(self.begin);
        match &self.form {
            Form::None => return Err(EngineError::UnknownTemplate),
            Form::ChatMl(form) => form.render(tools, turns, &mut out)?,
            Form::Mistral(form) => form.render(tools, turns, &mut out)?,
        }
        Ok(out.prompt)
    }
}

/// Where a conversation is written: control tokens by id, texts as text.
struct Writer<'a> {
    tokenizer: &'a Tokenizer,
    prompt: Prompt,
}

impl Writer<'_> {
    fn controls(&mut self, tokens: impl IntoIterator<Item = TokenId>) {
        self.prompt.tokens.extend(tokens);
    }

    fn text(&mut self, text: &str) {
        self.prompt.tokens.extend(self.tokenizer.encode(text));
    }

    /// The run of tokens that a picture's cells take the place of.
    fn picture(&mut self, picture: &Arc<Picture>, marks: &PictureMarks) {
        let start = self.prompt.tokens.len();
        for row in 0..picture.rows {
            let cells = std::iter::repeat_n(marks.cell, picture.columns);
            self.prompt.tokens.extend(cells);
            let last = row + 1 == picture.rows;
            let close = if last { marks.end } else { marks.row_end };
            self.prompt.tokens.push(close);
        }
        self.prompt.pictures.push((start, Arc::clone(picture)));
    }
}

/// `[IMG]`, `[IMG_BREAK]`, `[IMG_END]`.
struct PictureMarks {
    cell: TokenId,
    row_end: TokenId,
    end: TokenId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_apart_by_the_marks_that_are_written() {
        const V3: &[&str] = &["[INST]", "[/INST]", "[TOOL_CALLS]"];
        const V7: &[&str] = &["[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"];
        const V13: &[&str] = &["[ARGS]", "[CALL_ID]", "[THINK]"];
        let of = |source: &str, sets: &[&[&str]]| {
            family(source, |name| sets.iter().any(|set| set.contains(&name)))
        };
        assert_eq!(of("", &[V3]), Some(Template::MistralV3));
        assert_eq!(of("", &[V3, V7]), Some(Template::MistralV7));
        assert_eq!(of("", &[V3, V7, &V13[..2]]), Some(Template::MistralV11));
        assert_eq!(of("", &[V3, V7, V13]), Some(Template::MistralV13));
        let all: &[&[&str]] = &[V3, V7, V13];
        let v3 = "[INST][/INST]";
        let v7 = "[SYSTEM_PROMPT][INST][TOOL_CALLS]";
        let v13 = "[SYSTEM_PROMPT][INST][TOOL_CALLS][ARGS]";
        let v11 = "[SYSTEM_PROMPT][INST][TOOL_CALLS][CALL_ID][ARGS]";
        assert_eq!(of(v3, all), Some(Template::MistralV3));
        assert_eq!(of(v7, all), Some(Template::MistralV7));
        assert_eq!(of(v11, all), Some(Template::MistralV11));
        assert_eq!(of(v13, all), Some(Template::MistralV13));
        assert_eq!(of(v13, &[V7]), None);
        let chatml = ["<|im_start|>", "<|im_end|>"];
        assert_eq!(of("", &[&chatml]), Some(Template::ChatMl));
    }
}
