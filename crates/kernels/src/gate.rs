//! The gated unit of a feed-forward: `gate ← f(gate) · up`. Both activations are
//! `f(x) = x / (1 + e^-a(x))`: SiLU, `a(x) = x`; GELU by its tanh (Hendrycks and Gimpel, arXiv
//! 1606.08415), `a(x) = 2 √(2/π) (x + 0.044715 x³)`, since `(1 + tanh u) / 2 = 1 / (1 + e^-2u)`.

use crate::lanes::{Lanes, WIDTH};

/// Gates by SiLU, in place. Both slices are equally long.
#[inline(always)]
pub(crate) fn silu_gate<L: Lanes>(lanes: L, gate: &mut [f32], up: &[f32]) {
    each_eight::<L, Silu>(lanes, gate, up);
}

/// Gates by GELU, in place. Both slices are equally long.
#[inline(always)]
pub(crate) fn gelu_gate<L: Lanes>(lanes: L, gate: &mut [f32], up: &[f32]) {
    each_eight::<L, Gelu>(lanes, gate, up);
}

/// An activation, by the `-a(x)` of its exponential.
trait Activation {
    fn exponent<L: Lanes>(lanes: L, x: L::V) -> L::V;
}

struct Silu;

impl Activation for Silu {
    #[inline(always)]
    fn exponent<L: Lanes>(lanes: L, x: L::V) -> L::V {
        lanes.mul(x, lanes.splat(-1.0))
    }
}

struct Gelu;

impl Activation for Gelu {
    #[inline(always)]
    fn exponent<L: Lanes>(lanes: L, x: L::V) -> L::V {
        /// `-2 √(2/π)`
        const SCALE: f32 = -1.595_769;
        let slope = lanes.fma(
            lanes.mul(x, x),
            lanes.splat(SCALE * 0.044_715),
            lanes.splat(SCALE),
        );
        lanes.mul(x, slope)
    }
}

#[inline(always)]
fn each_eight<L: Lanes, A: Activation>(lanes: L, gate: &mut [f32], up: &[f32]) {
    assert_eq!(gate.len(), up.len(), "a gate for each value");
    let (gates, gate_rest) = gate.as_chunks_mut();
    let (ups, up_rest) = up.as_chunks();
    for (gate, up) in gates.iter_mut().zip(ups) {
        eight::<L, A>(lanes, gate, up);
    }
    let (mut gate_pad, mut up_pad) = ([0.0; WIDTH], [0.0; WIDTH]);
    gate_pad[..gate_rest.len()].copy_from_slice(gate_rest);
    up_pad[..up_rest.len()].copy_from_slice(up_rest);
    eight::<L, A>(lanes, &mut gate_pad, &up_pad);
    gate_rest.copy_from_slice(&gate_pad[..gate_rest.len()]);
}

#[inline(always)]
fn eight<L: Lanes, A: Activation>(lanes: L, gate: &mut [f32; WIDTH], up: &[f32; WIDTH]) {
    let x = lanes.load(gate);
    let exponential = lanes.exp(A::exponent(lanes, x));
    let denominator = lanes.add(lanes.splat(1.0), exponential);
    lanes.store(lanes.mul(lanes.div(x, denominator), lanes.load(up)), gate);
}
