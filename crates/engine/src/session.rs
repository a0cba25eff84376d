//! A session: one conversation's cache, and the answers drawn from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::cache::{Cache, CacheKind};
use crate::forward::{CHUNK, Pass, Scratch};
use crate::grammar::Grammar;
use crate::prompt::Prompt;
use crate::rotary::Rotaries;
use crate::sampling::{Decoding, Sampler};
use crate::{EngineError, Model, TokenId, memory};

/// A conversation with a model. Between two calls it keeps what it read, so that a prompt that
/// continues the last one costs only its new tokens.
pub struct Session {
    model: Arc<Model>,
    context: usize,
    rotary: Rotaries,
    cache: Cache,
    /// What the cache holds.
    read: Prompt,
    scratch: Scratch,
}

/// What a session sets aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserve {
    /// Tokens, prompt and answer together; no more than the model's are given.
    pub context: usize,
    /// How keys and values are kept.
    pub cache: CacheKind,
}

impl From<usize> for Reserve {
    /// So many tokens, in half precision.
    fn from(context: usize) -> Self {
        Self {
            context,
            cache: CacheKind::default(),
        }
    }
}

/// What happens while an answer is made, in order.
pub enum Step<'a> {
    /// The prompt is being read.
    Reading {
        /// Tokens read, those kept from the last call included.
        done: usize,
        /// Tokens of the prompt.
        total: usize,
    },
    /// More of the answer: whole characters.
    Text(&'a str),
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The model ended it.
    EndOfTurn,
    /// [`Decoding::max_tokens`] was reached.
    Length,
    /// The context is full.
    ContextFull,
    /// One of the two limits, in the middle of the form that was asked: the answer does not have it.
    Unfinished,
    /// The caller's flag was raised.
    Cancelled,
}

/// An answer that was made. Not `Debug`: its tokens are content.
pub struct Generation {
    /// Why it ended.
    pub stop: Stop,
    /// Its tokens, the one that ended it excluded.
    pub tokens: Vec<TokenId>,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Of which were kept from the last call.
    pub reused_tokens: usize,
    /// Time spent reading the prompt, up to the first logits.
    pub prompt_time: Duration,
    /// Time spent from there to the end.
    pub decode_time: Duration,
}

impl Session {
    /// A session of a context (`usize`) or of a whole [`Reserve`]. [`EngineError::OutOfMemory`] if
    /// the system cannot give the cache its memory, [`EngineError::UnsupportedCache`] if the
    /// model's heads do not allow its form.
    pub fn new(model: Arc<Model>, reserve: impl Into<Reserve>) -> Result<Self, EngineError> {
        let Reserve { context, cache } = reserve.into();
        let context = context.clamp(2.min(model.config.context), model.config.context);
        let rotary = Rotaries::bytes(&model.config, context);
        let needed = cache.bytes(model.config.cache_floats() * context as u64) + rotary;
        if let Some(available) = memory::available()
            && available < needed
        {
            return Err(EngineError::OutOfMemory { needed, available });
        }
        let divisors = model.weights.rotary_divisors.as_deref();
        Ok(Self {
            context,
            rotary: Rotaries::new(&model.config, divisors, context)?,
            cache: Cache::new(&model.config, cache, context)?,
            read: Prompt::default(),
            scratch: Scratch::new(&model.config, model.pieces.len()),
            model,
        })
    }

    /// Tokens that fit, prompt and answer together.
    pub fn context(&self) -> usize {
        self.context
    }

    /// The model.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Reads `prompt` and answers. Progress and text go to `sink`.
    ///
    /// When `cancel` is raised, what was made so far is returned with [`Stop::Cancelled`], and the
    /// session remains usable.
    pub fn generate(
        &mut self,
        prompt: &Prompt,
        decoding: &Decoding,
        cancel: &AtomicBool,
        sink: &mut dyn FnMut(Step<'_>),
    ) -> Result<Generation, EngineError> {
        self.accept(prompt)?;
        let begun = Instant::now();
        let reused = self.keep(prompt);
        let mut generation = Generation {
            stop: Stop::Cancelled,
            tokens: Vec::new(),
            prompt_tokens: prompt.len(),
            reused_tokens: reused,
            prompt_time: Duration::ZERO,
            decode_time: Duration::ZERO,
        };
        let read = self.read(prompt, cancel, sink);
        generation.prompt_time = begun.elapsed();
        match read {
            Ok(()) => {}
            Err(EngineError::Cancelled) => return Ok(generation),
            Err(error) => return Err(error),
        }
        let begun = Instant::now();
        generation.stop = self.answer(decoding, cancel, &mut generation.tokens, sink)?;
        generation.decode_time = begun.elapsed();
        Ok(generation)
    }

    /// Reads `prompt` from its beginning, and gives the logits that follow each of its positions.
    pub fn each_logits(
        &mut self,
        prompt: &Prompt,
        cancel: &AtomicBool,
        sink: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<(), EngineError> {
        self.accept(prompt)?;
        self.forget(0);
        while self.read.len() < prompt.len() {
            let start = self.read.len();
            let end = prompt.len().min(start + CHUNK);
            self.pass(prompt, end, cancel)?;
            for index in 0..end - start {
                self.logits(index, cancel)?;
                sink(start + index, &self.scratch.logits);
            }
        }
        Ok(())
    }

    /// Refuses a prompt that is empty, foreign or too long.
    fn accept(&self, prompt: &Prompt) -> Result<(), EngineError> {
        let known = |token: &TokenId| (token.0 as usize) < self.model.pieces.len();
        let seen = prompt.pictures.iter().all(|(_, picture)| {
            picture.cells.len() == picture.rows * picture.columns * self.model.config.hidden
        });
        if prompt.is_empty() || !seen || !prompt.tokens.iter().all(known) {
            return Err(EngineError::InvalidPrompt);
        }
        if prompt.len() >= self.context {
            return Err(EngineError::PromptTooLong {
                tokens: prompt.len(),
                context: self.context - 1,
            });
        }
        Ok(())
    }

    /// Forgets all but the first `length` positions, and a picture that would be cut.
    fn forget(&mut self, length: usize) {
        let kept = self.read.truncate(length);
        self.cache.truncate(kept);
    }

    /// Keeps the cache's longest prefix of `prompt`, short of its last token, whose logits are
    /// needed; returns its length.
    fn keep(&mut self, prompt: &Prompt) -> usize {
        self.forget(self.read.common(prompt).min(prompt.len() - 1));
        self.read.len()
    }

    /// Reads what the cache lacks of the prompt.
    fn read(
        &mut self,
        prompt: &Prompt,
        cancel: &AtomicBool,
        sink: &mut dyn FnMut(Step<'_>),
    ) -> Result<(), EngineError> {
        let total = prompt.len();
        let mut done = self.read.len();
        sink(Step::Reading { done, total });
        let mut last = 0;
        while done < total {
            let end = total.min(done + CHUNK);
            self.pass(prompt, end, cancel)?;
            last = end - done - 1;
            done = end;
            sink(Step::Reading { done, total });
        }
        self.logits(last, cancel)
    }

    /// Draws tokens after the logits of the prompt, until something ends the answer.
    fn answer(
        &mut self,
        decoding: &Decoding,
        cancel: &AtomicBool,
        answer: &mut Vec<TokenId>,
        sink: &mut dyn FnMut(Step<'_>),
    ) -> Result<Stop, EngineError> {
        let model = Arc::clone(&self.model);
        let mut detokenizer = model.pieces.decode();
        let mut sampler = Sampler::new(decoding);
        let mut say = |text: String| {
            if !text.is_empty() {
                sink(Step::Text(&text));
            }
        };
        let mut form = decoding
            .grammar
            .as_deref()
            .map(Grammar::follow)
            .transpose()?;
        // The last token drawn is not in the cache yet: the penalty must see it all the same.
        let mut written = self.read.clone();
        let stop = loop {
            if cancel.load(Ordering::Relaxed) {
                break Stop::Cancelled;
            }
            // Only a limit of no tokens at all ends here.
            if answer.len() >= decoding.max_tokens {
                break Stop::Length;
            }
            if let Some(form) = &mut form {
                form.rule_out(&mut self.scratch.logits)?;
            }
            let token = sampler
                .choose(&mut self.scratch.logits, &written.tokens)
                .ok_or(EngineError::NotFinite)?;
            if model.stops(token) && !decoding.past_end {
                break Stop::EndOfTurn;
            }
            if let Some(form) = &mut form {
                form.advance(token)?;
            }
            answer.push(token);
            written.tokens.push(token);
            say(detokenizer.push(token));
            if answer.len() >= decoding.max_tokens {
                break Stop::Length;
            }
            if written.len() >= self.context {
                break Stop::ContextFull;
            }
            let passed = self.pass(&written, written.len(), cancel);
            match passed.and_then(|()| self.logits(0, cancel)) {
                Ok(()) => {}
                Err(EngineError::Cancelled) => break Stop::Cancelled,
                Err(error) => return Err(error),
            }
        };
        say(detokenizer.finish());
        let limited = matches!(stop, Stop::Length | Stop::ContextFull);
        let whole = form.is_none_or(|mut form| form.is_whole());
        Ok(if limited && !whole {
            Stop::Unfinished
        } else {
            stop
        })
    }

    /// Passes the positions of `prompt` up to `end` that the cache lacks, and records that it holds
    /// them.
    fn pass(
        &mut self,
        prompt: &Prompt,
        end: usize,
        cancel: &AtomicBool,
    ) -> Result<(), EngineError> {
        let range = self.read.len()..end;
        let pass = pass(&self.model, &self.rotary, cancel);
        pass.run(prompt, range.clone(), &mut self.cache, &mut self.scratch)?;
        self.read.extend(prompt, range);
        Ok(())
    }

    /// The logits after the position `index` of the last pass.
    fn logits(&mut self, index: usize, cancel: &AtomicBool) -> Result<(), EngineError> {
        pass(&self.model, &self.rotary, cancel).logits(index, &mut self.scratch)
    }
}

fn pass<'a>(model: &'a Model, rotary: &'a Rotaries, cancel: &'a AtomicBool) -> Pass<'a> {
    Pass {
        config: &model.config,
        weights: &model.weights,
        rotary,
        means: model.means(cancel),
    }
}
