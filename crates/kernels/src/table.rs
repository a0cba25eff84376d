//! `Kernels`: the loops of one level. The only place where level and loop meet.

use half::f16;

use crate::attention::{self, Head};
use crate::cpu::Level;
use crate::dense::{self, COLUMNS, ROWS, Tile};
use crate::kept;
#[cfg(target_arch = "x86_64")]
use crate::lanes::avx2::Avx2;
use crate::lanes::portable::Portable;
use crate::product::activation::{self, Block, Superblock};
use crate::product::{self, Panel, Q4_0, Q4_1, Q4K, Q5_0, Q5_1, Q5K, Q6K, Q8_0};
use crate::rows::PANEL;
#[cfg(target_arch = "x86_64")]
use crate::rows::{avx_vnni::AvxVnni, avx512::Avx512};
use crate::{gate, gelu, norm, precision, rotary};

/// The loops of one level. Building one checks that the processor has the level; copies are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernels {
    level: Level,
}

impl Kernels {
    /// The best that this processor and [`crate::cpu::FORCE`] allow.
    pub fn best() -> Self {
        Self {
            level: Level::detect(),
        }
    }

    /// A level by name, or nothing if this processor lacks it.
    pub fn at(level: Level) -> Option<Self> {
        level.is_supported().then_some(Self { level })
    }

    /// Every level that this processor has, lowest first.
    pub fn available() -> impl Iterator<Item = Self> {
        Level::ALL.into_iter().filter_map(Self::at)
    }

    /// The level, for `doctor` and bench rows.
    pub fn level(self) -> Level {
        self.level
    }
}

/// Gives each loop its entry on [`Kernels`]: the loop is compiled once a level, under the level's
/// instructions, and called through the level held.
macro_rules! entries {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),* $(,)?) = $body:path;)+) => {
        impl Kernels {
            $($(#[$doc])*
            pub fn $name(self, $($arg: $type),*) {
                match self.level {
                    Level::Portable => $body(Portable, $($arg),*),
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx2 | Level::AvxVnni | Level::Avx512 => {
                        #[target_feature(enable = "avx2,fma,f16c")]
                        fn avx2($($arg: $type),*) {
                            // SAFETY: this function is compiled with, and only reached on a
                            // processor that has, the three extensions.
                            $body(unsafe { Avx2::new() }, $($arg),*)
                        }
                        // SAFETY: `level` is only `Avx2` or above where `Level::is_supported` said so.
                        unsafe { avx2($($arg),*) }
                    }
                    #[cfg(not(target_arch = "x86_64"))]
                    _ => $body(Portable, $($arg),*),
                }
            })+
        }
    };
}

entries! {
    /// `row ← row / √(mean(row²) + epsilon) · weight`; equal lengths.
    fn rms_norm(row: &mut [f32], weight: &[f32], epsilon: f32) = norm::rms_norm;
    /// `gate ← silu(gate) · up`; equal lengths.
    fn silu_gate(gate: &mut [f32], up: &[f32]) = gate::silu_gate;
    /// `gate ← gelu(gate) · up`, GELU by its tanh; equal lengths.
    fn gelu_gate(gate: &mut [f32], up: &[f32]) = gate::gelu_gate;
    /// `row ← gelu(row)`, exact.
    fn gelu_erf(row: &mut [f32]) = gelu::gelu_erf;
    /// Adds the product of two equally deep panels to a tile: see [`crate::dense`].
    fn multiply(a: &[[f32; ROWS]], b: &[[f32; COLUMNS]], tile: &mut Tile) = dense::multiply;
    /// Softmax down each column of a strip, short of the division by the sums that are returned.
    fn softmax(strip: &mut [[f32; COLUMNS]], sums: &mut [f32; COLUMNS]) = dense::softmax;
    /// Rotates the interleaved pairs of every head of `row` (`[heads, width]`) by one position's
    /// angles (`cos` and `sin`: one value a pair, at most `width / 2`).
    fn rotate(row: &mut [f32], width: usize, cos: &[f32], sin: &[f32]) = rotate;
    /// [`Kernels::rotate`] of pairs whose members are half of the rotated values apart.
    fn rotate_halves(row: &mut [f32], width: usize, cos: &[f32], sin: &[f32]) = rotate_halves;
    /// Half precision to `f32`; equal lengths; exact.
    fn widen(from: &[f16], to: &mut [f32]) = precision::widen;
    /// `f32` to half precision, to nearest; equal lengths.
    fn narrow(from: &[f32], to: &mut [f16]) = precision::narrow;
    /// Quantises a row of whole 256-value blocks.
    fn superblocks(row: &[f32], blocks: &mut [Superblock]) = activation::superblocks;
    /// Quantises a row of whole 32-value blocks.
    fn blocks(row: &[f32], blocks: &mut [Block]) = activation::blocks;
    /// Quantises a row of whole 32-value blocks for the cache; equal lengths: see [`crate::Rows`].
    fn quantise_cache(row: &[f32], blocks: &mut [kept::Q8_0]) = kept::encode;
    /// Attends with consecutive tokens over one key/value head: see [`crate::attention`]. Token `t`
    /// sees the last `window` (at least 1; `usize::MAX`: all) of the first `visible + t` positions;
    /// `queries[t]` (scaled) and `outputs[t]` are `[group, width]`. `scratch` is kept between calls to spare an allocation.
    fn attend(
        head: Head<'_>,
        visible: usize,
        window: usize,
        queries: &[&[f32]],
        outputs: &mut [&mut [f32]],
        scratch: &mut Vec<f32>,
    ) = attention::attend;
}

/// As `entries`, for the products: compiled once a level and format.
macro_rules! products {
    ($($(#[$doc:meta])* fn $name:ident = $format:ty;)+) => {
        impl Kernels {
            $($(#[$doc])*
            pub fn $name(
                self,
                panel: &[$format],
                x: &[&[<$format as Panel>::Activation]],
                outputs: &mut [[f32; PANEL]],
            ) {
                match self.level {
                    Level::Portable => product::panel(Portable, panel, x, outputs),
                    #[cfg(target_arch = "x86_64")]
                    level => {
                        type X<'a> = &'a [&'a [<$format as Panel>::Activation]];
                        #[target_feature(enable = "avx2,fma,f16c")]
                        fn avx2(panel: &[$format], x: X<'_>, outputs: &mut [[f32; PANEL]]) {
                            // SAFETY: this function is compiled with, and only reached on a
                            // processor that has, the extensions of the level.
                            product::panel(unsafe { Avx2::new() }, panel, x, outputs);
                        }
                        #[target_feature(enable = "avx2,fma,f16c,avxvnni")]
                        fn avx_vnni(panel: &[$format], x: X<'_>, outputs: &mut [[f32; PANEL]]) {
                            // SAFETY: as above.
                            product::panel(unsafe { AvxVnni::new() }, panel, x, outputs);
                        }
                        #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512vnni")]
                        fn avx512(panel: &[$format], x: X<'_>, outputs: &mut [[f32; PANEL]]) {
                            // SAFETY: as above.
                            product::panel(unsafe { Avx512::new() }, panel, x, outputs);
                        }
                        // SAFETY: `level` is only what `Level::is_supported` said.
                        unsafe {
                            match level {
                                Level::Avx512 => avx512(panel, x, outputs),
                                Level::AvxVnni => avx_vnni(panel, x, outputs),
                                _ => avx2(panel, x, outputs),
                            }
                        }
                    }
                    #[cfg(not(target_arch = "x86_64"))]
                    _ => product::panel(Portable, panel, x, outputs),
                }
            })+
        }
    };
}

products! {
    /// `outputs[t] = panel · x[t]`: see [`crate::product`].
    fn product_q4_k = Q4K;
    /// As [`Self::product_q4_k`].
    fn product_q5_k = Q5K;
    /// As [`Self::product_q4_k`].
    fn product_q6_k = Q6K;
    /// As [`Self::product_q4_k`].
    fn product_q4_0 = Q4_0;
    /// As [`Self::product_q4_k`].
    fn product_q4_1 = Q4_1;
    /// As [`Self::product_q4_k`].
    fn product_q5_0 = Q5_0;
    /// As [`Self::product_q4_k`].
    fn product_q5_1 = Q5_1;
    /// As [`Self::product_q4_k`].
    fn product_q8_0 = Q8_0;
}

#[inline(always)]
fn rotate<L>(_: L, row: &mut [f32], width: usize, cos: &[f32], sin: &[f32]) {
    rotary::rotate(row, width, cos, sin);
}

#[inline(always)]
fn rotate_halves<L>(_: L, row: &mut [f32], width: usize, cos: &[f32], sin: &[f32]) {
    rotary::rotate_halves(row, width, cos, sin);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Deterministic values in [-1, 1), from a linear congruential generator.
    pub(crate) fn noise(seed: u64, count: usize) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2) + 1;
        let next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    pub(crate) fn close(got: &[f32], expected: &[f32], tolerance: f32) {
        assert_eq!(got.len(), expected.len());
        for (i, (a, b)) in got.iter().zip(expected).enumerate() {
            assert!(
                (a - b).abs() <= tolerance * b.abs().max(1.0),
                "{i}: {a} {b}"
            );
        }
    }

    #[test]
    fn norm_agrees_with_the_textbook() {
        for kernels in Kernels::available() {
            for length in [1, 7, 8, 9, 64, 577] {
                let (row, weight) = (noise(1, length), noise(2, length));
                let mean = row.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / length as f64;
                let expected: Vec<f32> = row
                    .iter()
                    .zip(&weight)
                    .map(|(x, w)| (f64::from(*x) / (mean + 1e-5).sqrt() * f64::from(*w)) as f32)
                    .collect();
                let mut got = row.clone();
                kernels.rms_norm(&mut got, &weight, 1e-5);
                close(&got, &expected, 1e-6);
            }
        }
    }

    #[test]
    fn gates_agree_with_the_textbook_far_from_zero_too() {
        let silu = |x: f64| x / (1.0 + (-x).exp());
        let gelu = |x: f64| {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
            0.5 * x * (1.0 + inner.tanh())
        };
        for (kernels, reach) in Kernels::available().flat_map(|k| [(k, 4.0), (k, 120.0)]) {
            for length in [1, 8, 13, 64] {
                let gate: Vec<f32> = noise(3, length).iter().map(|x| x * reach).collect();
                let up = noise(4, length);
                let expected = |gated: &dyn Fn(f64) -> f64| -> Vec<f32> {
                    let pairs = gate.iter().zip(&up);
                    pairs
                        .map(|(g, u)| (gated(f64::from(*g)) * f64::from(*u)) as f32)
                        .collect()
                };
                let (mut got, mut other) = (gate.clone(), gate.clone());
                kernels.silu_gate(&mut got, &up);
                close(&got, &expected(&silu), 1e-6);
                kernels.gelu_gate(&mut other, &up);
                close(&other, &expected(&gelu), 1e-6);
            }
        }
    }

    #[test]
    fn a_gate_of_any_finite_number_is_finite() {
        for kernels in Kernels::available() {
            let extremes = [
                f32::MAX,
                f32::MIN,
                1e20,
                -1e20,
                f32::MIN_POSITIVE,
                0.0,
                -0.0,
            ];
            for gated in [Kernels::silu_gate, Kernels::gelu_gate] {
                let mut gate = extremes;
                gated(kernels, &mut gate, &[1.0; 7]);
                assert!(gate.iter().all(|x| x.is_finite()), "{gate:?}");
            }
        }
    }

    #[test]
    fn rotation_turns_pairs_and_leaves_the_rest() {
        for kernels in Kernels::available() {
            let mut row = vec![1.0, 0.0, 0.0, 1.0, 5.0, 6.0, 1.0, 1.0, 2.0, 2.0, 7.0, 8.0];
            let (sin, cos) = (std::f32::consts::FRAC_PI_2).sin_cos();
            kernels.rotate(&mut row, 6, &[cos, 1.0], &[sin, 0.0]);
            close(
                &row,
                &[0.0, 1.0, 0.0, 1.0, 5.0, 6.0, -1.0, 1.0, 2.0, 2.0, 7.0, 8.0],
                1e-6,
            );
        }
    }

    #[test]
    fn rotation_by_halves_turns_what_is_half_a_head_apart() {
        for kernels in Kernels::available() {
            let mut row = vec![1.0, 0.0, 0.0, 1.0, 5.0, 6.0];
            let (sin, cos) = (std::f32::consts::FRAC_PI_2).sin_cos();
            kernels.rotate_halves(&mut row, 6, &[cos, cos], &[sin, sin]);
            close(&row, &[0.0, -1.0, 1.0, 0.0, 5.0, 6.0], 1e-6);
        }
    }

    #[test]
    fn every_half_float_survives_the_round_trip_at_every_level() {
        let halves: Vec<f16> = (0..=u16::MAX).map(f16::from_bits).collect();
        for kernels in Kernels::available() {
            let mut wide = vec![0.0; halves.len()];
            kernels.widen(&halves, &mut wide);
            let mut back = vec![f16::ZERO; halves.len()];
            kernels.narrow(&wide, &mut back);
            for ((half, wide), back) in halves.iter().zip(&wide).zip(&back) {
                if half.is_nan() {
                    assert!(wide.is_nan() && back.is_nan());
                } else {
                    assert_eq!(half.to_f32(), *wide);
                    assert_eq!(half.to_bits(), back.to_bits());
                }
            }
        }
    }

    #[test]
    fn levels_narrow_alike_between_two_half_floats() {
        let values: Vec<f32> = noise(7, 4096).iter().map(|x| x * 70_000.0).collect();
        let results: Vec<Vec<u16>> = Kernels::available()
            .map(|kernels| {
                let mut halves = vec![f16::ZERO; values.len()];
                kernels.narrow(&values, &mut halves);
                halves.into_iter().map(f16::to_bits).collect()
            })
            .collect();
        assert!(results.iter().all(|result| *result == results[0]));
    }
}
