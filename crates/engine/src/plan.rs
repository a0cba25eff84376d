//! The memory of a model at work, before it is loaded: how long a context it can have, and how its
//! keys and values are kept; or what it lacks.
//!
//! ```text
//! memory = weights + tables + scratch + sight + context · (cache + angles)
//! ```
//!
//! All of it is known from the files' headers. The weights count whole: they are packed into memory
//! of the process. A test loads models, fills their context, and compares.

use crate::{CacheKind, ModelInfo, VisionInfo};

/// A context below which a conversation about a document makes no sense, in tokens.
pub const LEAST_CONTEXT: u32 = 2048;
/// The context that work needs, in tokens.
pub const USUAL_CONTEXT: u32 = 8192;
/// The context given when memory abounds, in tokens.
pub const AMPLE_CONTEXT: u32 = 32_768;

/// What threads, the allocator and the part of the file being packed take: measured.
const OVERHEAD: u64 = 8 << 20;

/// What a model takes at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Tokens, prompt and answer together.
    pub context: u32,
    /// How keys and values are kept.
    pub cache: CacheKind,
    /// Bytes of the weights.
    pub weights: u64,
    /// Bytes of the keys and values of the whole context, and of its rotary angles.
    pub cache_bytes: u64,
    /// Bytes of the vocabulary's tables.
    pub tables: u64,
    /// Bytes of the buffers of a pass, and what runs them.
    pub scratch: u64,
    /// Bytes of the companion file's weights, and of looking at a picture; 0 without one.
    pub sight: u64,
}

/// Too little memory for the model, whatever the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Bytes that the model takes with its least context.
    pub needed: u64,
    /// Bytes that there are.
    pub available: u64,
}

impl Plan {
    /// What a model takes with a context, which is cut to the model's own.
    pub fn of(
        model: &ModelInfo,
        vision: Option<&VisionInfo>,
        context: u32,
        cache: CacheKind,
    ) -> Self {
        let context = context.min(model.context_length);
        Self {
            context,
            cache,
            weights: model.file_bytes,
            cache_bytes: u64::from(context) * per_token(model, cache),
            tables: model.tables_bytes,
            scratch: model.scratch_bytes + OVERHEAD,
            sight: vision.map_or(0, |vision| vision.file_bytes + vision.look_bytes),
        }
    }

    /// Bytes in all.
    pub fn bytes(&self) -> u64 {
        self.weights + self.cache_bytes + self.tables + self.scratch + self.sight
    }
}

/// Bytes that a token of context takes.
fn per_token(model: &ModelInfo, cache: CacheKind) -> u64 {
    cache.bytes(model.cache_floats_per_token) + model.rotary_bytes_per_token
}

/// The largest context up to `wanted` that fits in `available` bytes in a form; nothing if the least
/// does not.
fn largest(
    model: &ModelInfo,
    vision: Option<&VisionInfo>,
    available: u64,
    wanted: u32,
    cache: CacheKind,
) -> Option<Plan> {
    let wanted = wanted.min(model.context_length);
    let fixed = Plan::of(model, vision, 0, cache).bytes();
    let tokens = available.checked_sub(fixed)? / per_token(model, cache).max(1);
    let context = tokens.min(u64::from(wanted)) as u32;
    let least = LEAST_CONTEXT.min(wanted);
    (context >= least).then(|| Plan::of(model, vision, context, cache))
}

/// The plan with the largest context up to `wanted` that fits in `available` bytes: in half
/// precision if all of `wanted` fits so, else in eight bits where the model's heads allow them.
pub fn plan(
    model: &ModelInfo,
    vision: Option<&VisionInfo>,
    available: u64,
    wanted: u32,
) -> Result<Plan, Refusal> {
    let wanted = wanted.min(model.context_length);
    let of = |cache| largest(model, vision, available, wanted, cache);
    let whole = of(CacheKind::F16).filter(|plan| plan.context == wanted);
    let smallest = match CacheKind::Q8.fits(model.head_width as usize) {
        true => CacheKind::Q8,
        false => CacheKind::F16,
    };
    whole.or_else(|| of(smallest)).ok_or_else(|| Refusal {
        needed: Plan::of(model, vision, LEAST_CONTEXT.min(wanted), smallest).bytes(),
        available,
    })
}

/// The plan for a desk: the usual context, or what fits of it; more, in half precision, as long as
/// half of what is available stays free.
pub fn choose(
    model: &ModelInfo,
    vision: Option<&VisionInfo>,
    available: u64,
) -> Result<Plan, Refusal> {
    let (half, cache) = (available / 2, CacheKind::F16);
    largest(model, vision, half, AMPLE_CONTEXT, cache)
        .filter(|plan| plan.context > USUAL_CONTEXT)
        .map_or_else(|| plan(model, vision, available, USUAL_CONTEXT), Ok)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Template;

    const GB: u64 = 1_000_000_000;

    /// A model of that shape in Q4_K_M; the figures of the file are those of its documentation.
    fn model(
        file_bytes: u64,
        layers: u32,
        kv_heads: u32,
        head_width: u32,
        context: u32,
    ) -> ModelInfo {
        ModelInfo {
            name: String::new(),
            architecture: "mistral3".to_owned(),
            quantisation: "Q4_K".to_owned(),
            parameters: 0,
            file_bytes,
            layers,
            context_length: context,
            vocabulary: 131_072,
            hidden: 3072,
            head_width,
            cache_floats_per_token: u64::from(2 * layers * kv_heads * head_width),
            rotary_bytes_per_token: u64::from(head_width) * 4,
            tables_bytes: 60 << 20,
            scratch_bytes: 12 << 20,
            template: Template::MistralV3,
            template_digest: None,
            template_known: true,
        }
    }

    fn sight() -> VisionInfo {
        VisionInfo {
            model_hidden: 3072,
            cell_side: 28,
            longest_side: 1540,
            parameters: 420_000_000,
            file_bytes: 841_501_856,
            look_bytes: 200 << 20,
        }
    }

    #[test]
    fn what_a_desk_gets() {
        let three = model(2_147_023_008, 26, 8, 128, 262_144);
        let eight = model(5_190_000_000, 34, 8, 128, 262_144);
        let fourteen = model(8_230_000_000, 40, 8, 128, 262_144);
        let smol = model(98_362_432, 30, 3, 64, 8192);
        let (f16, q8) = (CacheKind::F16, CacheKind::Q8);
        for (name, model, free, expected) in [
            ("3B", &three, 3, None),
            ("3B", &three, 4, Some((8192, q8))),
            ("3B", &three, 8, Some((8192, f16))),
            ("3B", &three, 16, Some((32_768, f16))),
            ("8B", &eight, 6, None),
            ("8B", &eight, 8, Some((8192, f16))),
            ("8B", &eight, 32, Some((32_768, f16))),
            ("14B", &fourteen, 8, None),
            ("14B", &fourteen, 16, Some((8192, f16))),
            ("SmolLM2", &smol, 2, Some((8192, f16))),
        ] {
            let plan = choose(model, Some(&sight()), free * GB).ok();
            let found = plan.map(|plan| (plan.context, plan.cache));
            assert_eq!(found, expected, "{name} in {free} GB: {plan:?}");
        }
    }

    #[test]
    fn heads_that_are_no_whole_blocks_stay_in_half_precision() {
        let odd = model(GB, 26, 8, 40, 8192);
        let plan = plan(&odd, None, GB + (300 << 20), 8192).unwrap();
        assert_eq!(plan.cache, CacheKind::F16);
        assert!(plan.context >= LEAST_CONTEXT && plan.context < 8192);
    }

    proptest! {
        #[test]
        fn a_plan_fits_and_wastes_nothing(
            file in 1_000_000..20 * GB,
            layers in 1_u32..64,
            kv_heads in 1_u32..16,
            head_width in prop::sample::select(vec![40_u32, 64, 80, 128]),
            length in 2_u32..300_000,
            seen: bool,
            available in 0..64 * GB,
            wanted in 1_u32..300_000,
        ) {
            let model = model(file, layers, kv_heads, head_width, length);
            let sight = seen.then(sight);
            let wanted = wanted.min(length);
            for kind in [CacheKind::F16, CacheKind::Q8] {
                if !kind.fits(head_width as usize) {
                    continue;
                }
                match plan(&model, sight.as_ref(), available, wanted) {
                    Ok(plan) => {
                        prop_assert!(plan.bytes() <= available);
                        prop_assert!(plan.context <= wanted);
                        prop_assert!(plan.context >= wanted.min(LEAST_CONTEXT));
                        prop_assert!(plan.cache.fits(head_width as usize));
                        // No form would have given a longer context, nor a finer one the same.
                        let more = Plan::of(&model, sight.as_ref(), plan.context + 1, kind);
                        prop_assert!(plan.context == wanted || more.bytes() > available);
                        let same = Plan::of(&model, sight.as_ref(), wanted, CacheKind::F16);
                        prop_assert!(plan.cache == CacheKind::F16 || same.bytes() > available);
                    }
                    Err(refusal) => {
                        prop_assert_eq!(refusal.available, available);
                        prop_assert!(refusal.needed > available);
                        // What it says would do, does.
                        prop_assert!(plan(&model, sight.as_ref(), refusal.needed, wanted).is_ok());
                    }
                }
            }
            if let Ok(plan) = choose(&model, sight.as_ref(), available) {
                prop_assert!(plan.bytes() <= available);
                prop_assert!(plan.context <= USUAL_CONTEXT || plan.bytes() <= available / 2);
            }
        }
    }
}
