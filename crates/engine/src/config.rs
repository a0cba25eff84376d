//! A model's hyper-parameters, from the metadata: typed, in range, nothing hard-coded.

use crate::EngineError;
use crate::gguf::Header;

/// What shapes the graph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    /// `llama` or `mistral3`.
    pub(crate) architecture: String,
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
    pub(crate) rotary: Rotary,
    pub(crate) query_scale: Option<QueryScale>,
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

const ARCHITECTURES: [&str; 2] = ["llama", "mistral3"];
const MAX_CONTEXT: u32 = 1 << 20;

impl Config {
    pub(crate) fn read(header: &Header<'_>) -> Result<Self, EngineError> {
        let architecture = header.need_str("general.architecture")?;
        if !ARCHITECTURES.contains(&architecture) {
            return Err(EngineError::UnsupportedArchitecture {
                name: architecture.chars().take(64).collect(),
            });
        }
        let key = |name: &str| format!("{architecture}.{name}");
        if header.u32(&key("expert_count"), 0..=u32::MAX)?.unwrap_or(0) > 0 {
            return Err(EngineError::UnsupportedArchitecture {
                name: format!("{architecture} with experts"),
            });
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
        let mut context = need("context_length", MAX_CONTEXT)?;
        // Inside the window, attention is full: keep to it.
        if let Some(window) = header.u32(&key("attention.sliding_window"), 0..=u32::MAX)? {
            context = if window > 0 {
                context.min(window)
            } else {
                context
            };
        }
        let rotary = Rotary::read(header, &key, head_width)?;
        Ok(Self {
            layers: need("block_count", 256)? as usize,
            hidden: hidden as usize,
            feed_forward: need("feed_forward_length", 1 << 18)? as usize,
            heads: heads as usize,
            kv_heads: kv_heads as usize,
            head_width: head_width as usize,
            context: context as usize,
            epsilon: header.need_f32(
                &key("attention.layer_norm_rms_epsilon"),
                f32::MIN_POSITIVE..=1.0,
            )?,
            query_scale: QueryScale::read(header, &key, &rotary)?,
            rotary,
            architecture: architecture.into(),
        })
    }

    /// Bytes of the cache a token: keys and values of every layer, in half precision.
    pub(crate) fn cache_bytes(&self) -> u64 {
        (self.layers * self.kv_heads * self.head_width * 2 * 2) as u64
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
