//! A model: its file mapped and checked, immutable, shared by every session.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use kernels::{Kernels, Pool};

use crate::config::Config;
use crate::detokenizer::Pieces;
use crate::forward::Scratch;
use crate::gguf::map::Mapping;
use crate::gguf::{Header, Kind};
use crate::grammar::{Forms, Grammar};
use crate::linear::Means;
use crate::rotary::Rotaries;
use crate::template::{Chat, Found};
use crate::tokenizer::Tokenizer;
use crate::vocabulary::Vocabulary;
use crate::weights::Weights;
use crate::{EngineError, Picture, Prompt, Template, TokenId, Tool, Turn};

/// What a file says of its model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInfo {
    /// The file's own name for the model.
    pub name: String,
    /// `llama`, `mistral3` or `gemma3`.
    pub architecture: String,
    /// The type of most of the weights, as llama.cpp names it, such as `Q4_K`.
    pub quantisation: String,
    /// Weights, in number.
    pub parameters: u64,
    /// Size of the file.
    pub file_bytes: u64,
    /// Layers.
    pub layers: u32,
    /// Tokens that the model can attend to.
    pub context_length: u32,
    /// Tokens of the vocabulary.
    pub vocabulary: u32,
    /// Floats of cache that each token of context takes: [`crate::CacheKind::bytes`] weighs them.
    pub cache_floats_per_token: u64,
    /// Bytes of rotary angles that each token of context takes.
    pub rotary_bytes_per_token: u64,
    /// Floats of a token's state: [`crate::VisionInfo::model_hidden`] of its companion file.
    pub hidden: u32,
    /// Floats of a head.
    pub head_width: u32,
    /// Bytes of the tables of its vocabulary, once loaded.
    pub tables_bytes: u64,
    /// Bytes of the buffers of a session.
    pub scratch_bytes: u64,
    /// The form of its conversations.
    pub template: Template,
    /// SHA-256 of the file's own template, which is never executed.
    pub template_digest: Option<String>,
    /// Whether a person has read the template of that digest.
    pub template_known: bool,
}

/// A model, ready to compute.
pub struct Model {
    info: ModelInfo,
    mapping: Mapping,
    tokenizer: Tokenizer,
    chat: Chat,
    forms: OnceLock<Arc<Forms>>,
    pub(crate) config: Config,
    pub(crate) weights: Weights,
    pub(crate) pieces: Pieces,
    kernels: Kernels,
    pool: Pool,
}

impl Model {
    /// Reads a file's header and table of tensors, and no weights but the norms: what is not
    /// supported is known here.
    pub fn inspect(path: &Path) -> Result<ModelInfo, EngineError> {
        let mapping = Mapping::open(path)?;
        let header = Header::parse(mapping.bytes())?;
        let config = Config::read(&header)?;
        let vocabulary = Vocabulary::read(&header)?;
        Tokenizer::check(&vocabulary)?;
        let found = Found::detect(&header, &vocabulary)?;
        Weights::read(&header, &mapping, &config, vocabulary.tokens.len())?;
        info(&header, &mapping, &config, &vocabulary, found)
    }

    /// Maps and checks a file, and brings its weights into memory. `threads` compute, the caller's
    /// included. `progress` goes from 0 to 1.
    pub fn open(
        path: &Path,
        threads: usize,
        progress: &mut dyn FnMut(f32),
        cancel: &AtomicBool,
    ) -> Result<Arc<Self>, EngineError> {
        Self::open_at(Kernels::best(), path, threads, progress, cancel)
    }

    /// [`Model::open`] at a level of the processor.
    pub fn open_at(
        kernels: Kernels,
        path: &Path,
        threads: usize,
        progress: &mut dyn FnMut(f32),
        cancel: &AtomicBool,
    ) -> Result<Arc<Self>, EngineError> {
        progress(0.0);
        let mut mapping = Mapping::open(path)?;
        let header = Header::parse(mapping.bytes())?;
        let config = Config::read(&header)?;
        let vocabulary = Vocabulary::read(&header)?;
        Tokenizer::check(&vocabulary)?;
        let found = Found::detect(&header, &vocabulary)?;
        let template = found.template;
        let info = info(&header, &mapping, &config, &vocabulary, found)?;
        let mut weights = Weights::read(&header, &mapping, &config, vocabulary.tokens.len())?;
        if let Some(available) = crate::memory::available()
            && available < info.file_bytes
        {
            return Err(EngineError::OutOfMemory {
                needed: info.file_bytes,
                available,
            });
        }
        mapping.will_need();
        vocabulary.affordable(info.file_bytes)?;
        let tokenizer = Tokenizer::new(&vocabulary)?;
        let chat = Chat::new(template, &vocabulary)?;
        if chat.stops.is_empty() {
            return Err(EngineError::malformed("no token ends a text"));
        }
        let pieces = Pieces::new(&vocabulary);
        let pool = Pool::new(threads);
        let total = info.file_bytes as f32;
        let mut packed = |bytes: usize| progress(bytes as f32 / total);
        weights.pack(&mut mapping, &pool, &mut packed, cancel)?;
        progress(1.0);
        Ok(Arc::new(Self {
            info,
            tokenizer,
            chat,
            forms: OnceLock::new(),
            config,
            weights,
            pieces,
            mapping,
            kernels,
            pool,
        }))
    }

    /// What the file says.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// The level of the processor in use.
    pub fn level(&self) -> kernels::Level {
        self.kernels.level()
    }

    /// Threads that compute.
    pub fn threads(&self) -> usize {
        self.pool.threads()
    }

    /// The tokens of a text. No text gives a control token.
    pub fn tokenize(&self, text: &str) -> Vec<TokenId> {
        self.tokenizer.encode(text)
    }

    /// A conversation in the model's own form, up to where the assistant speaks.
    ///
    /// [`EngineError::UnknownTemplate`] for a base model, [`EngineError::UnsupportedTurn`] where the
    /// form has no place for what is said, [`EngineError::InvalidPrompt`] for a picture that was
    /// encoded for another model.
    pub fn render(&self, tools: &[Tool], turns: &[Turn<'_>]) -> Result<Prompt, EngineError> {
        let prompt = self.chat.render(tools, turns, &self.tokenizer)?;
        let fits = |picture: &Picture| {
            picture.cells.len() == picture.columns * picture.rows * self.config.hidden
        };
        match prompt.pictures.iter().all(|(_, picture)| fits(picture)) {
            true => Ok(prompt),
            false => Err(EngineError::InvalidPrompt),
        }
    }

    /// The form of a JSON value under a schema.
    ///
    /// # Errors
    /// [`EngineError::Grammar`] for a schema that is none, too large or too deep.
    pub fn schema(&self, schema: &str) -> Result<Arc<Grammar>, EngineError> {
        Grammar::schema(self.forms()?, schema).map(Arc::new)
    }

    /// The form that a Lark grammar describes.
    ///
    /// # Errors
    /// As [`Model::schema`].
    pub fn lark(&self, grammar: &str) -> Result<Arc<Grammar>, EngineError> {
        Grammar::lark(self.forms()?, grammar).map(Arc::new)
    }

    /// What forms are compiled with, made at the first one.
    fn forms(&self) -> Result<Arc<Forms>, EngineError> {
        if let Some(forms) = self.forms.get() {
            return Ok(Arc::clone(forms));
        }
        let end = self.chat.stops.last().copied();
        let end = end.ok_or_else(|| EngineError::malformed("no token ends a text"))?;
        let forms = Arc::new(Forms::new(&self.pieces, end)?);
        Ok(Arc::clone(self.forms.get_or_init(|| forms)))
    }

    /// Whether the token ends an answer.
    pub(crate) fn stops(&self, token: TokenId) -> bool {
        self.chat.stops.contains(&token)
    }

    pub(crate) fn means<'a>(&'a self, cancel: &'a AtomicBool) -> Means<'a> {
        Means {
            mapping: &self.mapping,
            kernels: self.kernels,
            pool: &self.pool,
            cancel,
        }
    }
}

/// A name from a file, short and without control characters.
fn printable(name: &str) -> String {
    let visible = name.chars().filter(|c| !c.is_control());
    visible.take(128).collect()
}

fn info(
    header: &Header<'_>,
    mapping: &Mapping,
    config: &Config,
    vocabulary: &Vocabulary<'_>,
    found: Found,
) -> Result<ModelInfo, EngineError> {
    let tokens = vocabulary.tokens.len() as u32;
    let key = format!("{}.vocab_size", config.graph.name);
    if header.u32(&key, 1..=1 << 20)?.is_some_and(|n| n != tokens) {
        return Err(EngineError::malformed(format!("`{key}`")));
    }
    let mut bytes_by_kind: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut parameters = 0;
    for tensor in header.tensors() {
        *bytes_by_kind.entry(tensor.kind).or_default() += tensor.bytes.len();
        parameters += tensor.dims.iter().product::<u64>();
    }
    let most = bytes_by_kind.into_iter().max_by_key(|(_, bytes)| *bytes);
    Ok(ModelInfo {
        name: printable(header.str("general.name")?.unwrap_or_default()),
        architecture: config.graph.name.to_owned(),
        quantisation: most.map_or("", |(kind, _)| kind.name()).to_owned(),
        parameters,
        file_bytes: mapping.bytes().len() as u64,
        layers: config.layers as u32,
        context_length: config.context as u32,
        vocabulary: tokens,
        cache_floats_per_token: config.cache_floats(),
        rotary_bytes_per_token: Rotaries::bytes(config, 1),
        hidden: config.hidden as u32,
        head_width: config.head_width as u32,
        tables_bytes: vocabulary.bytes(),
        scratch_bytes: Scratch::bytes(config, vocabulary.tokens.len()),
        template: found.template,
        template_digest: found.digest,
        template_known: found.known,
    })
}
