//! The tower's hyper-parameters, from the companion file: typed, in range, nothing hard-coded but
//! what llama.cpp's converter leaves out.

use crate::EngineError;
use crate::gguf::Header;

/// What shapes the tower.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    pub(crate) layers: usize,
    /// Floats in a patch's state.
    pub(crate) hidden: usize,
    pub(crate) feed_forward: usize,
    pub(crate) heads: usize,
    pub(crate) epsilon: f32,
    /// Base of the rotary's frequencies.
    pub(crate) rotary_base: f32,
    pub(crate) activation: Activation,
    /// Pixels of a patch's side.
    pub(crate) patch: usize,
    /// Patches of a cell's side.
    pub(crate) merge: usize,
    /// Pixels of the longest side that the tower was trained for.
    pub(crate) longest_side: usize,
    /// Floats in a cell: the state of the model that reads it.
    pub(crate) model_hidden: usize,
    pub(crate) mean: [f32; 3],
    pub(crate) deviation: [f32; 3],
}

/// What gates the feed-forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    Silu,
    Gelu,
}

impl Config {
    /// Reads the keys that llama.cpp's converter writes (`conversion/llava.py`, `pixtral.py`).
    pub(crate) fn read(header: &Header<'_>) -> Result<Self, EngineError> {
        let refuse = |name: String| Err(EngineError::UnsupportedArchitecture { name });
        let short = |name: &str| name.chars().take(64).collect::<String>();
        let architecture = header.need_str("general.architecture")?;
        if architecture != "clip" {
            return refuse(short(architecture));
        }
        let projector = match header.str("clip.projector_type")? {
            Some(projector) => projector,
            None => header.need_str("clip.vision.projector_type")?,
        };
        let vision = header.bool("clip.has_vision_encoder")? == Some(true);
        let audio = header.bool("clip.has_audio_encoder")? == Some(true);
        if !vision || audio || projector != "pixtral" {
            return refuse(format!("clip with projector {}", short(projector)));
        }
        let key = |name: &str| format!("clip.vision.{name}");
        let need = |name: &str, least: u32, most: u32| {
            let found = header.need_u32(&key(name), least..=most)?;
            Ok::<_, EngineError>(found as usize)
        };
        let hidden = need("embedding_length", 8, 1 << 14)?;
        let heads = need("attention.head_count", 1, 64)?;
        let same = |name: &str, expected: usize| match header.u32(&key(name), 1..=1 << 14)? {
            Some(found) if found as usize != expected => {
                Err(EngineError::malformed(format!("`{}`", key(name))))
            }
            _ => Ok(()),
        };
        // A quarter of a head turns with the row, a quarter with the column, by pairs.
        if !hidden.is_multiple_of(heads) || !(hidden / heads).is_multiple_of(4) {
            return Err(EngineError::malformed("width of the vision heads"));
        }
        same("attention.head_count_kv", heads)?;
        same("attention.head_dim", hidden / heads)?;
        let patch = need("patch_size", 8, 32)?;
        let merge = header.u32(&key("spatial_merge_size"), 1..=4)?.unwrap_or(1) as usize;
        let least = (patch * merge) as u32;
        Ok(Self {
            layers: need("block_count", 1, 256)?,
            hidden,
            feed_forward: need("feed_forward_length", 1, 1 << 16)?,
            heads,
            epsilon: header.need_f32(
                &key("attention.layer_norm_epsilon"),
                f32::MIN_POSITIVE..=1.0,
            )?,
            rotary_base: header
                .f32("clip.rope.freq_base", 2.0..=1e12)?
                .unwrap_or(10_000.0),
            activation: Activation::read(header)?,
            patch,
            merge,
            longest_side: need("image_size", least, 1540)?,
            model_hidden: need("projection_dim", 1, 1 << 16)?,
            mean: colours(header, &key("image_mean"), -10.0)?,
            deviation: colours(header, &key("image_std"), 1e-6)?,
        })
    }

    /// Pixels of a cell's side.
    pub(crate) fn cell(&self) -> usize {
        self.patch * self.merge
    }

    /// Floats in a head.
    pub(crate) fn head_width(&self) -> usize {
        self.hidden / self.heads
    }
}

impl Activation {
    fn read(header: &Header<'_>) -> Result<Self, EngineError> {
        let uses = |key| Ok::<_, EngineError>(header.bool(key)? == Some(true));
        match (uses("clip.use_silu")?, uses("clip.use_gelu")?) {
            (true, false) => Ok(Self::Silu),
            (false, true) => Ok(Self::Gelu),
            _ => Err(EngineError::malformed("activation of the vision tower")),
        }
    }
}

/// Exactly three numbers, one a colour, at least `least`.
fn colours(header: &Header<'_>, key: &str, least: f32) -> Result<[f32; 3], EngineError> {
    let bad = || EngineError::malformed(format!("`{key}`"));
    let numbers: [f32; 3] = header
        .f32s(key, 3)?
        .and_then(|numbers| numbers.try_into().ok())
        .ok_or_else(bad)?;
    match numbers.iter().all(|number| (least..=10.0).contains(number)) {
        true => Ok(numbers),
        false => Err(bad()),
    }
}
