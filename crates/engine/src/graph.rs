//! What differs from one architecture to another and no key of the file says, as data: one graph
//! computes them all.

use kernels::Kernels;

/// An architecture.
#[derive(Debug, PartialEq)]
pub(crate) struct Graph {
    /// As `general.architecture` names it.
    pub(crate) name: &'static str,
    pub(crate) activation: Activation,
    pub(crate) pairs: Pairs,
    /// Queries and keys are normed, head by head, before they are rotated.
    pub(crate) head_norms: bool,
    /// What a block adds to the state is normed first.
    pub(crate) sum_norms: bool,
    /// Embeddings are multiplied by `√hidden`.
    pub(crate) scaled_embedding: bool,
    /// Where a sliding window makes layers local: all but the last of so many. Elsewhere it makes
    /// them all local.
    pub(crate) local_period: Option<u32>,
    /// Numbers of layers of the models whose scores are divided by `√(hidden / heads)`, all others'
    /// being by `√head_width`: their files do not say.
    pub(crate) scores_by_hidden: &'static [u32],
}

/// What gates the feed-forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    Silu,
    /// By its tanh.
    Gelu,
}

/// The pairs that the rotary turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pairs {
    /// `(2i, 2i + 1)`: the converter has permuted the rows of queries and keys.
    Interleaved,
    /// `(i, i + pairs)`.
    Halves,
}

const LLAMA: Graph = Graph {
    name: "llama",
    activation: Activation::Silu,
    pairs: Pairs::Interleaved,
    head_norms: false,
    sum_norms: false,
    scaled_embedding: false,
    local_period: None,
    scores_by_hidden: &[],
};

/// Every architecture that is computed. Gemma 3: Google's report (arXiv 2503.19786) and llama.cpp's
/// `gemma3.cpp`, by which the 27B is told by its layers.
static GRAPHS: [Graph; 3] = [
    LLAMA,
    Graph {
        name: "mistral3",
        ..LLAMA
    },
    Graph {
        name: "gemma3",
        activation: Activation::Gelu,
        pairs: Pairs::Halves,
        head_norms: true,
        sum_norms: true,
        scaled_embedding: true,
        local_period: Some(6),
        scores_by_hidden: &[62],
    },
];

impl Graph {
    /// The architecture of a name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        GRAPHS.iter().find(|graph| graph.name == name)
    }
}

impl Activation {
    /// `gate ← f(gate) · up`
    pub(crate) fn gate(self, kernels: Kernels, gate: &mut [f32], up: &[f32]) {
        match self {
            Self::Silu => kernels.silu_gate(gate, up),
            Self::Gelu => kernels.gelu_gate(gate, up),
        }
    }
}

impl Pairs {
    /// Rotates every head of `row` by one position's angles.
    pub(crate) fn rotate(
        self,
        kernels: Kernels,
        row: &mut [f32],
        width: usize,
        (cos, sin): (&[f32], &[f32]),
    ) {
        match self {
            Self::Interleaved => kernels.rotate(row, width, cos, sin),
            Self::Halves => kernels.rotate_halves(row, width, cos, sin),
        }
    }
}
