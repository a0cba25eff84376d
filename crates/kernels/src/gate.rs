//! The gated unit of a SwiGLU feed-forward: `gate ← silu(gate) · up`, `silu(x) = x / (1 + e^-x)`.

use crate::lanes::{Lanes, WIDTH};

/// Gates in place. Both slices are equally long.
#[inline(always)]
pub(crate) fn silu_gate<L: Lanes>(lanes: L, gate: &mut [f32], up: &[f32]) {
    assert_eq!(gate.len(), up.len(), "a gate for each value");
    let (gates, gate_rest) = gate.as_chunks_mut();
    let (ups, up_rest) = up.as_chunks();
    for (gate, up) in gates.iter_mut().zip(ups) {
        eight(lanes, gate, up);
    }
    let (mut gate_pad, mut up_pad) = ([0.0; WIDTH], [0.0; WIDTH]);
    gate_pad[..gate_rest.len()].copy_from_slice(gate_rest);
    up_pad[..up_rest.len()].copy_from_slice(up_rest);
    eight(lanes, &mut gate_pad, &up_pad);
    gate_rest.copy_from_slice(&gate_pad[..gate_rest.len()]);
}

#[inline(always)]
fn eight<L: Lanes>(lanes: L, gate: &mut [f32; WIDTH], up: &[f32; WIDTH]) {
    let x = lanes.load(gate);
    let one = lanes.splat(1.0);
    let denominator = lanes.add(one, lanes.exp(lanes.mul(x, lanes.splat(-1.0))));
    lanes.store(lanes.mul(lanes.div(x, denominator), lanes.load(up)), gate);
}
