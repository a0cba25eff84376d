//! The form of a conversation: which control tokens stand around each turn.
//!
//! The file's own template (a Jinja program) is never executed: its digest only tells whether a
//! person has read it. The family is found from the control tokens of the vocabulary; control tokens
//! are inserted by id, and the turns' texts are encoded as text alone.

use sha2::{Digest, Sha256};

use crate::gguf::Header;
use crate::tokenizer::Tokenizer;
use crate::vocabulary::Vocabulary;
use crate::{EngineError, TokenId};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The instructions, at the beginning.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// A turn of a conversation.
#[derive(Clone, Copy)]
pub struct Turn<'a> {
    /// Who speaks.
    pub speaker: Speaker,
    /// What is said; control tokens in it are plain text.
    pub text: &'a str,
}

/// A family of chat templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// `<|im_start|>user\n…<|im_end|>\n`: SmolLM2, Qwen and many more.
    ChatMl,
    /// Mistral v3: `[INST]…[/INST]`, the instructions inside the last user turn.
    MistralV3,
    /// Mistral v7 and v11: `[SYSTEM_PROMPT]…[/SYSTEM_PROMPT]` apart.
    MistralV7,
    /// Mistral v13 (Ministral 3): as v7 for plain turns; its tools differ.
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
        let has = |names: &[&str]| names.iter().all(|n| vocabulary.control(n).is_some());
        let template = if has(&["<|im_start|>", "<|im_end|>"]) {
            Template::ChatMl
        } else if !has(&["[INST]", "[/INST]"]) {
            return Err(EngineError::UnknownTemplate);
        } else if !has(&["[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"]) {
            Template::MistralV3
        } else if has(&["[TOOL_CALLS]", "[ARGS]"]) && !has(&["[CALL_ID]"]) {
            Template::MistralV13
        } else {
            Template::MistralV7
        };
        let digest = hex(&Sha256::digest(source));
        Ok(Self {
            template,
            known: KNOWN.contains(&digest.as_str()),
            digest: Some(digest),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A template with the ids of its control tokens.
pub(crate) struct Chat {
    begin: Option<TokenId>,
    marks: Marks,
    /// Tokens that end an answer.
    pub(crate) stops: Vec<TokenId>,
}

enum Marks {
    None,
    ChatMl {
        start: TokenId,
        end: TokenId,
    },
    Mistral {
        /// Around the instructions, where they have a place of their own.
        system: Option<(TokenId, TokenId)>,
        user: (TokenId, TokenId),
        end: TokenId,
    },
}

impl Chat {
    pub(crate) fn new(
        template: Template,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<Self, EngineError> {
        let control = |name| vocabulary.control(name).ok_or(EngineError::UnknownTemplate);
        let pair = |open, close| Ok::<_, EngineError>((control(open)?, control(close)?));
        let marks = match template {
            Template::None => Marks::None,
            Template::ChatMl => Marks::ChatMl {
                start: control("<|im_start|>")?,
                end: control("<|im_end|>")?,
            },
            Template::MistralV3 | Template::MistralV7 | Template::MistralV13 => Marks::Mistral {
                system: match template {
                    Template::MistralV3 => None,
                    _ => Some(pair("[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]")?),
                },
                user: pair("[INST]", "[/INST]")?,
                end: vocabulary.end.ok_or(EngineError::UnknownTemplate)?,
            },
        };
        let end = match &marks {
            Marks::ChatMl { end, .. } => Some(*end),
            _ => None,
        };
        Ok(Self {
            begin: vocabulary.begin,
            marks,
            stops: vocabulary.end.into_iter().chain(end).collect(),
        })
    }

    /// The tokens of a conversation, up to where the assistant starts to speak.
    pub(crate) fn render(
        &self,
        turns: &[Turn<'_>],
        tokenizer: &Tokenizer,
    ) -> Result<Vec<TokenId>, EngineError> {
        let mut out: Vec<TokenId> = self.begin.into_iter().collect();
        match self.marks {
            Marks::None => return Err(EngineError::UnknownTemplate),
            Marks::ChatMl { start, end } => {
                for turn in turns {
                    out.push(start);
                    let name = match turn.speaker {
                        Speaker::System => "system\n",
                        Speaker::User => "user\n",
                        Speaker::Assistant => "assistant\n",
                    };
                    out.extend(tokenizer.encode(&format!("{name}{}", turn.text)));
                    out.push(end);
                    out.extend(tokenizer.encode("\n"));
                }
                out.push(start);
                out.extend(tokenizer.encode("assistant\n"));
            }
            Marks::Mistral { system, user, end } => {
                for (speaker, text) in joined(turns, system.is_none()) {
                    let (open, close) = match (speaker, system) {
                        (Speaker::System, Some((open, close))) => (Some(open), close),
                        (Speaker::Assistant, _) => (None, end),
                        _ => (Some(user.0), user.1),
                    };
                    out.extend(open);
                    out.extend(tokenizer.encode(&text));
                    out.push(close);
                }
            }
        }
        Ok(out)
    }
}

/// Mistral's turns: neighbours of one speaker are one turn, and where the instructions have no place
/// of their own they begin the last user turn (`mistral-common`, `instruct.py`).
fn joined(turns: &[Turn<'_>], merge_system: bool) -> Vec<(Speaker, String)> {
    let mut out: Vec<(Speaker, String)> = Vec::new();
    let mut instructions = Vec::new();
    for turn in turns {
        match out.last_mut() {
            _ if merge_system && turn.speaker == Speaker::System => instructions.push(turn.text),
            Some((speaker, text)) if *speaker == turn.speaker => {
                text.push_str("\n\n");
                text.push_str(turn.text);
            }
            _ => out.push((turn.speaker, turn.text.to_owned())),
        }
    }
    let last_user = out
        .iter_mut()
        .rfind(|(speaker, _)| *speaker == Speaker::User);
    if let (Some((_, text)), false) = (last_user, instructions.is_empty()) {
        instructions.push(text);
        *text = instructions.join("\n\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use Speaker::{Assistant, System, User};

    fn turns(turns: &[(Speaker, &'static str)], merge_system: bool) -> Vec<(Speaker, String)> {
        let turns: Vec<_> = turns
            .iter()
            .map(|(speaker, text)| Turn {
                speaker: *speaker,
                text,
            })
            .collect();
        joined(&turns, merge_system)
    }

    #[test]
    fn neighbours_of_one_speaker_are_one_turn() {
        let got = turns(
            &[(System, "s"), (User, "a"), (User, "b"), (Assistant, "c")],
            false,
        );
        let expected = [(System, "s"), (User, "a\n\nb"), (Assistant, "c")];
        assert_eq!(
            got,
            expected.map(|(speaker, text)| (speaker, text.to_owned()))
        );
    }

    #[test]
    fn without_a_place_of_their_own_the_instructions_begin_the_last_question() {
        let got = turns(
            &[(System, "s"), (User, "a"), (Assistant, "b"), (User, "c")],
            true,
        );
        let expected = [(User, "a"), (Assistant, "b"), (User, "s\n\nc")];
        assert_eq!(
            got,
            expected.map(|(speaker, text)| (speaker, text.to_owned()))
        );
    }
}
