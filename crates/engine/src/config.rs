//! A model's hyper-parameters, from the metadata: typed, in range, nothing hard-coded.

use crate::EngineError;
use crate::gguf::{Header, Value};
use crate::graph::Graph;

/// What shapes the graph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    pub(crate) graph: &'static Graph,
    pub(crate) layers: usize,
    /// Floats in a token's state.
    pub(crate) hidden: usize,
    pub(crate) feed_forward: usize,
    pub(crate) heads: usize,
    /// Key/value heads; divides `heads`.
    pub(crate) kv_heads: usize,
    /// Floats in a head; `heads · head_width` need not be `hidden`.
    pub(crate) head_width: usize,
    /// Tokens that the model can attend to.
    pub(crate) context: usize,
    pub(crate) epsilon: f32,
    /// What a token's embedding is multiplied by.
    pub(crate) embedding_scale: f32,
    /// What the scores of attention are divided by.
    pub(crate) score_divisor: f32,
    /// Of the layers that see every position.
    pub(crate) rotary: Rotary,
    pub(crate) query_scale: Option<QueryScale>,
    /// The layers that do not, if any.
    pub(crate) local: Option<Local>,
}

/// Layers that see the last positions alone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Local {
    /// Positions that they see, a token's own included.
    pub(crate) window: usize,
    pub(crate) rotary: Rotary,
    /// Which layers they are.
    layers: Vec<bool>,
}

/// Rotary position embedding.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rotary {
    pub(crate) base: f32,
    /// Rotated floats of a head; even.
    pub(crate) width: usize,
    pub(crate) scaling: Scaling,
}

/// How positions beyond the training length are reached.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scaling {
    None,
    /// Every frequency divided.
    Linear {
        factor: f32,
    },
    /// Low frequencies divided, high ones kept, a ramp between (Peng et al., arXiv 2309.00071).
    Yarn {
        factor: f32,
        original_context: u32,
        beta_fast: f32,
        beta_slow: f32,
        /// `mscale_all_dim`: see `rotary`.
        log_multiplier: f32,
    },
}

/// Llama 4's position-dependent query scale: `q ← q · (1 + beta · ln(1 + ⌊position / period⌋))`,
/// after the rotation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct QueryScale {
    pub(crate) beta: f32,
    pub(crate) period: u32,
}

impl QueryScale {
    pub(crate) fn at(self, position: usize) -> f32 {
        let periods = position as u64 / u64::from(self.period);
        (1.0 + f64::from(self.beta) * (periods as f64).ln_1p()) as f32
    }
}

const MAX_CONTEXT: u32 = 1 << 20;
/// How many times its state's width a model's inner rows have at most; real ones have 2 to 10. A
/// pass needs rows of these widths, and a small file must not ask for large ones.
const MAX_INNER: u32 = 32;

impl Config {
    pub(crate) fn read(header: &Header<'_>) -> Result<Self, EngineError> {
        let architecture = header.need_str("general.architecture")?;
        let unsupported = |name: String| EngineError::UnsupportedArchitecture { name };
        let graph = Graph::named(architecture)
            .ok_or_else(|| unsupported(architecture.chars().take(64).collect()))?;
        let key = |name: &str| format!("{architecture}.{name}");
        if header.u32(&key("expert_count"), 0..=u32::MAX)?.unwrap_or(0) > 0 {
            return Err(unsupported(format!("{architecture} with experts")));
        }
        let cap = header.f32(&key("final_logit_softcapping"), 0.0..=f32::MAX)?;
        if cap.unwrap_or(0.0) > 0.0 {
            return Err(unsupported(format!("{architecture} with capped logits")));
        }
        let need = |name: &str, top: u32| header.need_u32(&key(name), 1..=top);
        let hidden = need("embedding_length", 1 << 16)?;
        let heads = need("attention.head_count", 256)?;
        let kv_heads = header
            .u32(&key("attention.head_count_kv"), 1..=256)?
            .unwrap_or(heads);
        let head_width = header
            .u32(&key("attention.key_length"), 8..=512)?
            .unwrap_or(hidden / heads);
        let value_width = header
            .u32(&key("attention.value_length"), 8..=512)?
            .unwrap_or(head_width);
        if !heads.is_multiple_of(kv_heads) {
            return Err(EngineError::malformed(
                "key/value heads do not divide heads",
            ));
        }
        if value_width != head_width
            || !head_width.is_multiple_of(8)
            || !(8..=512).contains(&head_width)
        {
            return Err(EngineError::malformed("width of the attention heads"));
        }
        let feed_forward = need("feed_forward_length", 1 << 18)?;
        if feed_forward.max(heads * head_width) > MAX_INNER * hidden {
            return Err(EngineError::malformed("inner rows out of proportion"));
        }
        let layers = need("block_count", 256)?;
        let mut context = need("context_length", MAX_CONTEXT)?;
        let rotary = Rotary::read(header, &key, head_width)?;
        let window = header.u32(&key("attention.sliding_window"), 0..=u32::MAX)?;
        let local = match (window.filter(|window| *window > 0), graph.local_period) {
            (Some(window), Some(period)) => {
                let layers = Local::layers(header, &key, layers, period)?;
                Some(Local::read(header, &key, window, &rotary, layers)?)
            }
            // Inside the window, attention is full: keep to it.
            (Some(window), None) => {
                context = context.min(window);
                None
            }
            (None, _) => None,
        };
        let score_width = match graph.scores_by_hidden.contains(&layers) {
            true => hidden / heads,
            false => head_width,
        };
        Ok(Self {
            graph,
            layers: layers as usize,
            hidden: hidden as usize,
            feed_forward: feed_forward as usize,
            heads: heads as usize,
            kv_heads: kv_heads as usize,
            head_width: head_width as usize,
            context: context as usize,
            epsilon: header.need_f32(
                &key("attention.layer_norm_rms_epsilon"),
                f32::MIN_POSITIVE..=1.0,
            )?,
            embedding_scale: match graph.scaled_embedding {
                true => (hidden as f32).sqrt(),
                false => 1.0,
            },
            score_divisor: (score_width as f32).sqrt(),
            query_scale: QueryScale::read(header, &key, &rotary)?,
            rotary,
            local,
        })
    }

    /// How a layer sees the last positions alone; nothing if it sees them all.
    pub(crate) fn local(&self, layer: usize) -> Option<&Local> {
        let local = self.local.as_ref()?;
        local.layers.get(layer)?.then_some(local)
    }

    /// Floats of the cache a token: keys and values of every layer.
    pub(crate) fn cache_floats(&self) -> u64 {
        (self.layers * self.kv_heads * self.head_width * 2) as u64
    }
}

impl Local {
    fn read(
        header: &Header<'_>,
        key: &impl Fn(&str) -> String,
        window: u32,
        global: &Rotary,
        layers: Vec<bool>,
    ) -> Result<Self, EngineError> {
        let base = header.f32(&key("rope.freq_base_swa"), 2.0..=1e12)?;
        Ok(Self {
            window: window as usize,
            rotary: Rotary {
                base: base.unwrap_or(10_000.0),
                width: global.width,
                scaling: Scaling::None,
            },
            layers,
        })
    }

    /// Which of the layers are local: as the file says one by one, or all but the last of each
    /// period, the file's or the architecture's own.
    fn layers(
        header: &Header<'_>,
        key: &impl Fn(&str) -> String,
        layers: u32,
        period: u32,
    ) -> Result<Vec<bool>, EngineError> {
        let key = key("attention.sliding_window_pattern");
        if let Some(Value::Array(_)) = header.get(&key) {
            let flags = header.bools(&key, layers as usize)?;
            return Ok(flags.unwrap_or_default());
        }
        let period = header.u32(&key, 1..=256)?.unwrap_or(period);
        Ok((1..=layers).map(|n| !n.is_multiple_of(period)).collect())
    }
}

impl Rotary {
    fn read(
        header: &Header<'_>,
        key: &impl Fn(&str) -> String,
        head_width: u32,
    ) -> Result<Self, EngineError> {
        let width = header
            .u32(&key("rope.dimension_count"), 2..=head_width)?
            .unwrap_or(head_width);
        if !width.is_multiple_of(2) {
            return Err(EngineError::malformed("odd width of the rotary"));
        }
        let factor = || header.need_f32(&key("rope.scaling.factor"), 1.0..=1e4);
        let scaling = match header.str(&key("rope.scaling.type"))? {
            None | Some("none") => Scaling::None,
            Some("linear") => Scaling::Linear { factor: factor()? },
            Some("yarn") => {
                let optional = |name, default: f32| {
                    let found = header.f32(&key(name), 0.0..=1e6)?;
                    Ok::<_, EngineError>(found.unwrap_or(default))
                };
                Scaling::Yarn {
                    factor: factor()?,
                    original_context: header.need_u32(
                        &key("rope.scaling.original_context_length"),
                        1..=MAX_CONTEXT,
                    )?,
                    beta_fast: optional("rope.scaling.yarn_beta_fast", 32.0)?,
                    beta_slow: optional("rope.scaling.yarn_beta_slow", 1.0)?,
                    log_multiplier: optional("rope.scaling.yarn_log_multiplier", 0.0)?,
                }
            }
            Some(_) => return Err(EngineError::malformed("type of the rotary's scaling")),
        };
        Ok(Self {
            base: header
                .f32(&key("rope.freq_base"), 2.0..=1e12)?
                .unwrap_or(10_000.0),
            width: width as usize,
            scaling,
        })
    }
}

impl QueryScale {
    fn read(
        header: &Header<'_>,
        key: &impl Fn(&str) -> String,
        rotary: &Rotary,
    ) -> Result<Option<Self>, EngineError> {
        let beta = header.f32(&key("attention.temperature_scale"), 0.0..=10.0)?;
        let length = header.u32(&key("attention.temperature_length"), 1..=MAX_CONTEXT)?;
        let original = match rotary.scaling {
            Scaling::Yarn {
                original_context, ..
            } => Some(original_context),
            _ => None,
        };
        match (beta.filter(|beta| *beta > 0.0), length.or(original)) {
            (None, _) => Ok(None),
            (Some(beta), Some(period)) => Ok(Some(Self { beta, period })),
            (Some(_), None) => Err(EngineError::malformed("a query scale without its length")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_scale_is_the_published_one() {
        let scale = QueryScale {
            beta: 0.1,
            period: 16_384,
        };
        for (position, expected) in [
            (0, 1.0),
            (16_383, 1.0),
            (16_384, 1.0693),
            (32_768, 1.1099),
            (65_536, 1.1609),
            (262_143, 1.2773),
        ] {
            assert!((scale.at(position) - expected).abs() < 5e-5, "{position}");
        }
    }
}
