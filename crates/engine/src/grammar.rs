//! The form that an answer must have: a JSON schema or a grammar, followed token by token.
//!
//! Before each token every one that would leave the form is ruled out, so that what comes out has
//! it by construction: nothing is repaired. Forms are compiled by the `llguidance` crate within
//! bounds of ours, and what is asked of it never runs without fuel.

use std::sync::Arc;

use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::{ApproximateTokEnv, InferenceCapabilities, TokEnv, TokRxInfo, TokTrie};
use llguidance::{Matcher, ParserFactory};
use serde_json::{Value, json};

use crate::detokenizer::Pieces;
use crate::{EngineError, TokenId};

/// The longest form.
const LONGEST: usize = 64 << 10;
/// The deepest.
const DEEPEST: usize = 64;

/// What the forms of a vocabulary are compiled with.
pub(crate) struct Forms(ParserFactory);

/// A form that an answer must have, for one model's vocabulary.
pub struct Grammar {
    forms: Arc<Forms>,
    source: TopLevelGrammar,
}

/// A form being followed by one answer.
pub(crate) struct Following(Matcher);

fn refused(what: impl std::fmt::Display) -> EngineError {
    let what: String = what.to_string().chars().take(200).collect();
    EngineError::Grammar { what }
}

impl Forms {
    /// Of a vocabulary whose answers end with `end`. Control tokens have no bytes: no form takes
    /// them.
    pub(crate) fn new(pieces: &Pieces, end: TokenId) -> Result<Self, EngineError> {
        let words: Vec<Vec<u8>> = (0..pieces.len() as u32)
            .map(|id| pieces.get(TokenId(id)).to_vec())
            .collect();
        let trie = TokTrie::from(&TokRxInfo::new(words.len() as u32, end.0), &words);
        let tokens: TokEnv = Arc::new(ApproximateTokEnv::new(trie));
        let none = InferenceCapabilities::default();
        let mut factory = ParserFactory::new(&tokens, none, &[]).map_err(refused)?;
        factory.quiet();
        factory.limits_mut().verbose_errors = false;
        Ok(Self(factory))
    }
}

impl Grammar {
    pub(crate) fn schema(forms: Arc<Forms>, schema: &str) -> Result<Self, EngineError> {
        bounded(schema)?;
        let mut schema: Value = serde_json::from_str(schema).map_err(refused)?;
        // A small model would fill a page with spaces where any number of them is allowed.
        if let Some(object) = schema.as_object_mut() {
            let separators = json!({
                "whitespace_flexible": false, "item_separator": ", ", "key_separator": ": ",
            });
            object.insert(String::from("x-guidance"), separators);
        }
        Self::compiled(forms, TopLevelGrammar::from_json_schema(schema))
    }

    pub(crate) fn lark(forms: Arc<Forms>, grammar: &str) -> Result<Self, EngineError> {
        bounded(grammar)?;
        Self::compiled(forms, TopLevelGrammar::from_lark(grammar.to_owned()))
    }

    /// Compiles once, to refuse now what could not be followed later.
    fn compiled(forms: Arc<Forms>, source: TopLevelGrammar) -> Result<Self, EngineError> {
        let grammar = Self { forms, source };
        grammar.follow()?;
        Ok(grammar)
    }

    /// The beginning of an answer.
    pub(crate) fn follow(&self) -> Result<Following, EngineError> {
        let matcher = Matcher::new(self.forms.0.create_parser(self.source.clone()));
        match matcher.get_error() {
            None => Ok(Following(matcher)),
            Some(error) => Err(refused(error)),
        }
    }
}

impl Following {
    /// Rules out every token that leaves the form: its logit becomes `-∞`.
    pub(crate) fn rule_out(&mut self, logits: &mut [f32]) -> Result<(), EngineError> {
        let allowed = self.0.compute_mask_or_eos().map_err(refused)?;
        for (id, logit) in (0..).zip(logits) {
            if !allowed.is_allowed(id) {
                *logit = f32::NEG_INFINITY;
            }
        }
        Ok(())
    }

    /// Goes on after a token that was not ruled out.
    pub(crate) fn advance(&mut self, token: TokenId) -> Result<(), EngineError> {
        self.0.consume_token(token.0).map_err(refused)
    }

    /// Whether the answer has the form as it stands.
    pub(crate) fn is_whole(&mut self) -> bool {
        self.0.is_stopped() || self.0.is_accepting().unwrap_or(false)
    }
}

/// A grammar is itself alone.
impl PartialEq for Grammar {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl std::fmt::Debug for Grammar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Grammar")
    }
}

/// Refuses a text that is too long, or nested too deep, outside its strings, for a compiler that
/// follows it by recursion.
fn bounded(text: &str) -> Result<(), EngineError> {
    if text.len() > LONGEST {
        return Err(refused("longer than 64 KiB"));
    }
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'(' | b'[' | b'{' if !quoted => depth += 1,
            b')' | b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(refused("nested more than 64 deep"));
        }
    }
    Ok(())
}
