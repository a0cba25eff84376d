//! The valid files that are spoiled: as small as their format allows, one of each form.

use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

use engine::gguf::Kind;
use engine::synth::{self, Architecture, Mix, Shape, VisionShape};

use crate::draft::{Draft, Image, array, texts};

/// A valid file.
#[derive(Clone)]
pub struct Base {
    pub name: &'static str,
    /// What its own keys begin with.
    pub architecture: &'static str,
    pub draft: Rc<Draft>,
    pub image: Rc<Image>,
}

impl Base {
    fn new(name: &'static str, architecture: &'static str, draft: Draft) -> Self {
        Self {
            name,
            architecture,
            image: Rc::new(draft.image()),
            draft: Rc::new(draft),
        }
    }
}

/// All of them.
pub struct Bases {
    /// One of each form of metadata: byte-level BPE, Mistral's with YaRN, SentencePiece.
    pub forms: Vec<Base>,
    /// One of each type of tensors.
    pub kinds: Vec<(Kind, Base)>,
}

pub const KINDS: [(Kind, &str); 13] = [
    (Kind::F32, "F32"),
    (Kind::F16, "F16"),
    (Kind::Bf16, "BF16"),
    (Kind::Q4_0, "Q4_0"),
    (Kind::Q4_1, "Q4_1"),
    (Kind::Q5_0, "Q5_0"),
    (Kind::Q5_1, "Q5_1"),
    (Kind::Q8_0, "Q8_0"),
    (Kind::Q2K, "Q2_K"),
    (Kind::Q3K, "Q3_K"),
    (Kind::Q4K, "Q4_K"),
    (Kind::Q5K, "Q5_K"),
    (Kind::Q6K, "Q6_K"),
];

impl Bases {
    pub fn new() -> Self {
        let small = |architecture, tied| Shape {
            layers: 1,
            hidden: 32,
            feed_forward: 64,
            heads: 4,
            kv_heads: 2,
            head_width: 16,
            vocabulary: 352,
            tied,
            mix: Mix::Uniform(Kind::Q8_0),
            ..Shape::tiny(architecture)
        };
        let llama = written(&small(Architecture::Llama, false));
        let forms = vec![
            Base::new("sentence-piece", "llama", sentence_piece(&llama)),
            Base::new("byte-level", "llama", llama),
            Base::new(
                "mistral",
                "mistral3",
                written(&small(Architecture::Mistral3, true)),
            ),
            Base::new(
                "gemma",
                "gemma3",
                written(&small(Architecture::Gemma3, true)),
            ),
        ];
        let kinds = KINDS.map(|(kind, name)| {
            let shape = Shape {
                hidden: 256,
                feed_forward: 256,
                heads: 4,
                kv_heads: 2,
                head_width: 64,
                mix: Mix::Uniform(kind),
                ..small(Architecture::Llama, true)
            };
            (kind, Base::new(name, "llama", written(&shape)))
        });
        Self {
            forms,
            kinds: kinds.into(),
        }
    }

    /// The companion file of a model that sees, as the only form.
    pub fn companion(&self) -> Self {
        let shape = VisionShape {
            layers: 1,
            hidden: 32,
            feed_forward: 64,
            longest_side: 32,
            kind: Kind::Q8_0,
            ..VisionShape::tiny(32)
        };
        let write = |path: &Path| {
            synth::write_vision(path, &shape, 7, &mut |_| {}, &AtomicBool::new(false)).unwrap();
        };
        Self {
            forms: vec![Base::new("mmproj", "clip", drafted(write))],
            kinds: self.kinds.clone(),
        }
    }

    /// The form of a name.
    pub fn form(&self, name: &str) -> &Base {
        self.forms.iter().find(|base| base.name == name).unwrap()
    }
}

/// The pieces of a synthetic model.
pub fn written(shape: &Shape) -> Draft {
    drafted(|path| {
        synth::write(path, shape, 7, &mut |_| {}, &AtomicBool::new(false)).unwrap();
    })
}

/// The pieces of a file that is written.
fn drafted(write: impl FnOnce(&Path)) -> Draft {
    let path = crate::trial::place("base");
    write(&path);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    Draft::read(&bytes)
}

/// The same model with a SentencePiece vocabulary: three control tokens, the bytes, words by score.
fn sentence_piece(draft: &Draft) -> Draft {
    let count = draft.strings("ggml.tokens").len();
    let control = ["<unk>", "<s>", "</s>"].map(String::from);
    let bytes = (0..=255u8).map(|byte| format!("<0x{byte:02X}>"));
    let letters = ('a'..='z').chain(['▁']).map(String::from);
    let words = ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("{a}{b}")));
    let tokens: Vec<String> = control
        .into_iter()
        .chain(bytes)
        .chain(letters)
        .chain(words)
        .take(count)
        .collect();
    let kinds = (0..count as i32).map(|id| match id {
        0..3 => 3,
        3..259 => 6,
        _ => 1,
    });
    let scores = (0..count).map(|id| -(id as f32));
    draft.with(|draft| {
        draft
            .entries
            .retain(|entry| !entry.key.starts_with("tokenizer."));
        let mut set =
            |name: &str, kind, value| draft.set(&format!("tokenizer.ggml.{name}"), kind, value);
        set("model", 8, crate::draft::text("llama"));
        set("tokens", 9, texts(&tokens));
        let kinds: Vec<u8> = kinds.flat_map(i32::to_le_bytes).collect();
        set("token_type", 9, array(5, count as u64, &kinds));
        let scores: Vec<u8> = scores.flat_map(f32::to_le_bytes).collect();
        set("scores", 9, array(6, count as u64, &scores));
        for (name, id) in [("bos", 1u32), ("eos", 2), ("unknown", 0), ("padding", 0)] {
            set(&format!("{name}_token_id"), 4, id.to_le_bytes().to_vec());
        }
        set("add_bos_token", 7, vec![1]);
        set("add_space_prefix", 7, vec![1]);
    })
}
