//! A synthetic companion file: the keys and tensors that llama.cpp's converter gives a Pixtral tower.

use crate::gguf::Kind;
use crate::gguf::write::{Field, Plan};

/// The shape of a vision tower and its projector.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // the hyper-parameters' usual names
pub struct VisionShape {
    pub layers: u32,
    pub hidden: u32,
    pub feed_forward: u32,
    pub heads: u32,
    pub patch: u32,
    /// Patches of a cell's side.
    pub merge: u32,
    /// Pixels of the longest side.
    pub longest_side: u32,
    /// Floats in a state of the model that sees.
    pub model_hidden: u32,
    /// Type of the matrices; the patches' own is `F32`, of rows too short for blocks.
    pub kind: Kind,
}

impl VisionShape {
    /// The tower of every Ministral 3, for a model of so many floats a state, in half precision.
    pub const fn pixtral(model_hidden: u32) -> Self {
        Self {
            layers: 24,
            hidden: 1024,
            feed_forward: 4096,
            heads: 16,
            patch: 14,
            merge: 2,
            longest_side: 1540,
            model_hidden,
            kind: Kind::F16,
        }
    }

    /// A tower of some hundreds of kilobytes, for tests.
    pub const fn tiny(model_hidden: u32) -> Self {
        Self {
            layers: 2,
            hidden: 64,
            feed_forward: 128,
            heads: 4,
            patch: 8,
            merge: 2,
            longest_side: 160,
            model_hidden,
            kind: Kind::F32,
        }
    }

    /// The keys, in the order of the file.
    pub(super) fn fields(&self) -> Vec<(String, Field)> {
        let mut fields: Vec<(String, Field)> = Vec::new();
        let mut add = |key: &str, field: Field| fields.push((key.to_owned(), field));
        add("general.architecture", Field::Str("clip".into()));
        add("general.type", Field::Str("mmproj".into()));
        add("clip.has_vision_encoder", Field::Bool(true));
        add("clip.projector_type", Field::Str("pixtral".into()));
        add("clip.use_silu", Field::Bool(true));
        for (key, value) in [
            ("projection_dim", self.model_hidden),
            ("image_size", self.longest_side),
            ("patch_size", self.patch),
            ("embedding_length", self.hidden),
            ("feed_forward_length", self.feed_forward),
            ("block_count", self.layers),
            ("attention.head_count", self.heads),
            ("spatial_merge_size", self.merge),
        ] {
            add(&format!("clip.vision.{key}"), Field::U32(value));
        }
        let epsilon = "clip.vision.attention.layer_norm_epsilon";
        add(epsilon, Field::F32(1e-5));
        for (key, colours) in [
            ("image_mean", [0.481_454_66, 0.457_827_5, 0.408_210_73]),
            ("image_std", [0.268_629_54, 0.261_302_6, 0.275_777_1]),
        ] {
            add(&format!("clip.vision.{key}"), Field::F32s(colours.into()));
        }
        fields
    }

    /// The tensors, in the order of the file.
    pub(super) fn plan(&self) -> Vec<Plan> {
        let [hidden, ffn, model] =
            [self.hidden, self.feed_forward, self.model_hidden].map(u64::from);
        let side = u64::from(self.patch);
        let area = u64::from(self.merge * self.merge);
        let tensor = |name: String, dims: &[u64], kind: Kind| Plan {
            name,
            dims: dims.to_vec(),
            kind,
        };
        let (plain, kind) = (Kind::F32, self.kind);
        let named = |name: &str, dims: &[u64], kind| tensor(name.into(), dims, kind);
        let mut plan = vec![
            named("v.patch_embd.weight", &[side, side, 3, hidden], plain),
            named("v.pre_ln.weight", &[hidden], plain),
        ];
        for layer in 0..self.layers {
            let rows: [(&str, &[u64], Kind); 9] = [
                ("ln1", &[hidden], plain),
                ("attn_q", &[hidden, hidden], kind),
                ("attn_k", &[hidden, hidden], kind),
                ("attn_v", &[hidden, hidden], kind),
                ("attn_out", &[hidden, hidden], kind),
                ("ln2", &[hidden], plain),
                ("ffn_gate", &[hidden, ffn], kind),
                ("ffn_up", &[hidden, ffn], kind),
                ("ffn_down", &[ffn, hidden], kind),
            ];
            plan.extend(rows.map(|(part, dims, kind)| {
                tensor(format!("v.blk.{layer}.{part}.weight"), dims, kind)
            }));
        }
        plan.extend([
            named("mm.input_norm.weight", &[hidden], plain),
            named("mm.patch_merger.weight", &[hidden * area, hidden], kind),
            named("mm.1.weight", &[hidden, model], kind),
            named("mm.2.weight", &[model, model], kind),
            named("v.token_embd.img_break", &[model], plain),
        ]);
        plan
    }
}
