//! The table of rotary angles, for the positions of the context in use.
//!
//! YaRN as `transformers` computes it (`_compute_yarn_parameters`) and llama.cpp's `rope_yarn`: with
//! `corr(n) = d · ln(L / 2πn) / (2 ln base)`, pairs below `corr(beta_fast)` keep their frequency,
//! pairs above `corr(beta_slow)` have it divided, a linear ramp between. It holds at every position,
//! inside the original context too.

use std::f64::consts::PI;

use crate::config::{Config, Local, Rotary, Scaling};
use crate::{EngineError, memory};

/// The tables of a model's layers.
pub(crate) struct Rotaries {
    global: RotaryTable,
    local: Option<RotaryTable>,
}

impl Rotaries {
    /// The tables of the first `positions` positions. `divisors`: see [`RotaryTable::new`].
    pub(crate) fn new(
        config: &Config,
        divisors: Option<&[f32]>,
        positions: usize,
    ) -> Result<Self, EngineError> {
        let local = config.local.as_ref();
        Ok(Self {
            global: RotaryTable::new(&config.rotary, divisors, positions)?,
            local: local
                .map(|local| RotaryTable::new(&local.rotary, None, positions))
                .transpose()?,
        })
    }

    /// Bytes of the tables.
    pub(crate) fn bytes(config: &Config, positions: usize) -> u64 {
        let rotaries = [
            Some(&config.rotary),
            config.local.as_ref().map(|l| &l.rotary),
        ];
        let each = rotaries.into_iter().flatten();
        each.map(|rotary| RotaryTable::bytes(rotary, positions))
            .sum()
    }

    /// Cosines and sines of a position of the tables, for a layer that is [`Config::local`] or not.
    pub(crate) fn at(&self, local: Option<&Local>, position: usize) -> (&[f32], &[f32]) {
        let table = self.local.as_ref().filter(|_| local.is_some());
        table.unwrap_or(&self.global).at(position)
    }
}

/// Cosines and sines, `[positions, width / 2]`.
struct RotaryTable {
    pairs: usize,
    cos: Vec<f32>,
    sin: Vec<f32>,
}

impl RotaryTable {
    /// The table of the first `positions` positions. `divisors`, one a pair, are the file's own
    /// `rope_freqs` if it has any.
    fn new(
        rotary: &Rotary,
        divisors: Option<&[f32]>,
        positions: usize,
    ) -> Result<Self, EngineError> {
        let mut frequencies = frequencies(rotary);
        for (frequency, divisor) in frequencies.iter_mut().zip(divisors.unwrap_or_default()) {
            *frequency /= f64::from(*divisor);
        }
        let magnitude = magnitude(&rotary.scaling);
        let mut table = Self {
            pairs: frequencies.len(),
            cos: Vec::new(),
            sin: Vec::new(),
        };
        let size = frequencies.len() * positions;
        let reserved = table.cos.try_reserve_exact(size);
        if reserved.and(table.sin.try_reserve_exact(size)).is_err() {
            return Err(EngineError::OutOfMemory {
                needed: Self::bytes(rotary, positions),
                available: memory::available().unwrap_or(0),
            });
        }
        for position in 0..positions {
            for frequency in &frequencies {
                let (sin, cos) = (position as f64 * frequency).sin_cos();
                table.cos.push((cos * magnitude) as f32);
                table.sin.push((sin * magnitude) as f32);
            }
        }
        Ok(table)
    }

    /// Bytes of a table.
    fn bytes(rotary: &Rotary, positions: usize) -> u64 {
        (positions * rotary.width * size_of::<f32>()) as u64
    }

    /// Cosines and sines of a position of the table.
    fn at(&self, position: usize) -> (&[f32], &[f32]) {
        let row = position * self.pairs..(position + 1) * self.pairs;
        (&self.cos[row.clone()], &self.sin[row])
    }
}

/// The angle of each pair at position 1.
fn frequencies(rotary: &Rotary) -> Vec<f64> {
    let (width, base) = (rotary.width as f64, f64::from(rotary.base));
    let plain = (0..rotary.width / 2).map(|i| base.powf(-2.0 * i as f64 / width));
    match rotary.scaling {
        Scaling::None => plain.collect(),
        Scaling::Linear { factor } => plain.map(|f| f / f64::from(factor)).collect(),
        Scaling::Yarn {
            factor,
            original_context,
            beta_fast,
            beta_slow,
            ..
        } => {
            let correction = |turns: f32| {
                let ratio = f64::from(original_context) / (2.0 * PI * f64::from(turns));
                width * ratio.ln() / (2.0 * base.ln())
            };
            let low = correction(beta_fast).floor().max(0.0);
            let high = correction(beta_slow).ceil().min(width - 1.0);
            plain
                .enumerate()
                .map(|(i, f)| {
                    let ramp = ((i as f64 - low) / (high - low).max(0.001)).clamp(0.0, 1.0);
                    f * (1.0 - ramp) + f / f64::from(factor) * ramp
                })
                .collect()
        }
    }
}

/// What YaRN multiplies cosines and sines by: `m(1) / m(log_multiplier)` with
/// `m(k) = 1 + 0.1 · k · ln factor`, which is 1 for Ministral 3.
fn magnitude(scaling: &Scaling) -> f64 {
    match scaling {
        Scaling::Yarn {
            factor,
            log_multiplier,
            ..
        } => {
            let scale = |k: f64| 1.0 + 0.1 * k * f64::from(*factor).ln();
            scale(1.0) / scale(f64::from(*log_multiplier))
        }
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ministral(base: f32) -> Rotary {
        Rotary {
            base,
            width: 128,
            scaling: Scaling::Yarn {
                factor: 16.0,
                original_context: 16_384,
                beta_fast: 32.0,
                beta_slow: 1.0,
                log_multiplier: 1.0,
            },
        }
    }

    #[test]
    fn yarn_ramps_between_the_published_pairs() {
        for (base, low, high) in [(1e6_f32, 20, 37), (1e9, 13, 25)] {
            let plain = |i: usize| f64::from(base).powf(-(i as f64) / 64.0);
            let got = frequencies(&ministral(base));
            for (i, frequency) in got.iter().enumerate() {
                let ratio = frequency / plain(i);
                if i <= low {
                    assert!((ratio - 1.0).abs() < 1e-12, "{i}");
                } else if i >= high {
                    assert!((ratio - 1.0 / 16.0).abs() < 1e-12, "{i}");
                } else {
                    assert!(ratio < 1.0 && ratio > 1.0 / 16.0, "{i}");
                }
            }
        }
        assert!((magnitude(&ministral(1e6).scaling) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_table_holds_each_position() {
        let rotary = Rotary {
            base: 100.0,
            width: 4,
            scaling: Scaling::Linear { factor: 2.0 },
        };
        let table = RotaryTable::new(&rotary, Some(&[1.0, 4.0]), 8).unwrap();
        let (cos, sin) = table.at(6);
        assert!((cos[0] - 3f32.cos()).abs() < 1e-6 && (sin[0] - 3f32.sin()).abs() < 1e-6);
        assert!((cos[1] - 0.075f32.cos()).abs() < 1e-6);
    }
}
