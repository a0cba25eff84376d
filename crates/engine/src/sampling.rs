//! The choice of the next token.

use std::sync::Arc;

use crate::{Grammar, TokenId};

/// How an answer is decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoding {
    /// How each token is chosen.
    pub sampling: Sampling,
    /// Tokens after which the answer is cut.
    pub max_tokens: usize,
    /// Divides the odds of tokens seen in the last [`Self::repetition_window`]; 1 changes nothing
    /// (Keskar et al., CTRL, arXiv 1909.05858).
    pub repetition_penalty: f32,
    /// Tokens, of the prompt and the answer, that the penalty looks back at.
    pub repetition_window: usize,
    /// Goes on past the end of the turn: to measure a rate, never to answer.
    pub past_end: bool,
    /// The form that the answer must have: every token that would leave it is ruled out.
    pub grammar: Option<Arc<Grammar>>,
}

impl Default for Decoding {
    /// Greedy, without penalty, at most 1,024 tokens.
    fn default() -> Self {
        Self {
            sampling: Sampling::Greedy,
            max_tokens: 1024,
            repetition_penalty: 1.0,
            repetition_window: 64,
            past_end: false,
            grammar: None,
        }
    }
}

/// How a token is chosen among those that the model proposes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sampling {
    /// The likeliest; the lowest id among equals.
    Greedy,
    /// By lot, in proportion to `softmax(logits / temperature)` restricted by the three bounds in
    /// turn. A temperature of 0 is greedy.
    Sampled {
        /// Above 1 flattens, below 1 sharpens.
        temperature: f32,
        /// Keeps the k likeliest; 0 keeps all.
        top_k: usize,
        /// Keeps the likeliest whose probabilities reach this sum; 1 keeps all.
        top_p: f32,
        /// Drops those less likely than this fraction of the likeliest; 0 drops none.
        min_p: f32,
        /// The same seed gives the same answer.
        seed: u64,
    },
}

/// One answer's sampler.
pub(crate) struct Sampler {
    decoding: Decoding,
    lots: Lots,
}

impl Sampler {
    pub(crate) fn new(decoding: &Decoding) -> Self {
        let seed = match decoding.sampling {
            Sampling::Greedy => 0,
            Sampling::Sampled { seed, .. } => seed,
        };
        Self {
            decoding: decoding.clone(),
            lots: Lots(seed),
        }
    }

    /// The next token after `seen`; nothing if no logit is finite. `logits` is left changed.
    pub(crate) fn choose(&mut self, logits: &mut [f32], seen: &[TokenId]) -> Option<TokenId> {
        self.penalise(logits, seen);
        match self.decoding.sampling {
            Sampling::Sampled {
                temperature,
                top_k,
                top_p,
                min_p,
                ..
            } if temperature > 0.0 => {
                let mut ranked = ranked(logits, top_k)?;
                weigh(&mut ranked, temperature);
                bound(&mut ranked, top_p, min_p);
                draw(&ranked, self.lots.fraction())
            }
            _ => greatest(logits),
        }
    }

    fn penalise(&self, logits: &mut [f32], seen: &[TokenId]) {
        let penalty = self.decoding.repetition_penalty;
        if penalty == 1.0 || !(penalty.is_finite() && penalty > 0.0) {
            return;
        }
        let from = seen.len().saturating_sub(self.decoding.repetition_window);
        let mut recent = seen[from..].to_vec();
        recent.sort_unstable();
        recent.dedup();
        for token in recent {
            if let Some(logit) = logits.get_mut(token.0 as usize) {
                *logit = if *logit > 0.0 {
                    *logit / penalty
                } else {
                    *logit * penalty
                };
            }
        }
    }
}

fn greatest(logits: &[f32]) -> Option<TokenId> {
    let finite = logits.iter().enumerate().filter(|(_, x)| x.is_finite());
    // `max_by` keeps the last of equals: compare in reverse order of identifiers.
    finite
        .rev()
        .max_by(|a, b| a.1.total_cmp(b.1))
        .map(|(id, _)| TokenId(id as u32))
}

/// Finite logits, the greatest first, at most `top_k` unless 0.
fn ranked(logits: &[f32], top_k: usize) -> Option<Vec<(TokenId, f32)>> {
    let mut all: Vec<(TokenId, f32)> = (0..)
        .map(TokenId)
        .zip(logits.iter().copied())
        .filter(|(_, logit)| logit.is_finite())
        .collect();
    let order =
        |a: &(TokenId, f32), b: &(TokenId, f32)| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0));
    if top_k > 0 && top_k < all.len() {
        all.select_nth_unstable_by(top_k, order);
        all.truncate(top_k);
    }
    all.sort_unstable_by(order);
    (!all.is_empty()).then_some(all)
}

/// Logits, the greatest first, become probabilities.
fn weigh(ranked: &mut [(TokenId, f32)], temperature: f32) {
    let top = ranked.first().map_or(0.0, |(_, logit)| *logit);
    let mut sum = 0.0;
    for (_, x) in ranked.iter_mut() {
        *x = ((*x - top) / temperature).exp();
        sum += *x;
    }
    ranked.iter_mut().for_each(|(_, x)| *x /= sum);
}

/// Keeps the beginning of the ranking that both bounds allow; always the first.
fn bound(ranked: &mut Vec<(TokenId, f32)>, top_p: f32, min_p: f32) {
    let least = ranked.first().map_or(0.0, |(_, p)| p * min_p);
    let mut sum = 0.0;
    let kept = ranked
        .iter()
        .take_while(|(_, p)| {
            let keep = sum < top_p && *p >= least;
            sum += p;
            keep
        })
        .count();
    ranked.truncate(kept.max(1));
}

/// The token at `lot`, in [0, 1), of the probabilities' sum.
fn draw(ranked: &[(TokenId, f32)], lot: f32) -> Option<TokenId> {
    let sum: f32 = ranked.iter().map(|(_, p)| p).sum();
    let mut left = lot * sum;
    for (token, p) in ranked {
        left -= p;
        if left < 0.0 {
            return Some(*token);
        }
    }
    ranked.last().map(|(token, _)| *token)
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): small, seeded, the same everywhere.
pub(crate) struct Lots(pub(crate) u64);

impl Lots {
    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A float in [0, 1).
    pub(crate) fn fraction(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u32 << 24) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sampled(temperature: f32, top_k: usize, top_p: f32, min_p: f32, seed: u64) -> Decoding {
        Decoding {
            sampling: Sampling::Sampled {
                temperature,
                top_k,
                top_p,
                min_p,
                seed,
            },
            ..Decoding::default()
        }
    }

    fn counts(decoding: &Decoding, logits: &[f32], draws: usize) -> Vec<usize> {
        let mut sampler = Sampler::new(decoding);
        let mut counts = vec![0; logits.len()];
        for _ in 0..draws {
            let token = sampler.choose(&mut logits.to_vec(), &[]).unwrap();
            counts[token.0 as usize] += 1;
        }
        counts
    }

    #[test]
    fn greedy_takes_the_first_of_the_greatest() {
        let mut sampler = Sampler::new(&Decoding::default());
        let mut choose = |logits: &[f32]| sampler.choose(&mut logits.to_vec(), &[]);
        assert_eq!(choose(&[0.0, 3.0, f32::NAN, 3.0]), Some(TokenId(1)));
        assert_eq!(choose(&[f32::NAN, f32::INFINITY]), None);
    }

    #[test]
    fn frequencies_are_the_softmax() {
        let logits = [1f32.ln(), 2f32.ln(), 5f32.ln()];
        let counts = counts(&sampled(1.0, 0, 1.0, 0.0, 7), &logits, 16_000);
        for (count, expected) in counts.iter().zip([2_000.0, 4_000.0, 10_000.0]) {
            assert!((*count as f64 - expected).abs() < 300.0, "{counts:?}");
        }
    }

    #[test]
    fn each_bound_keeps_what_it_says() {
        let logits = [1f32.ln(), 2f32.ln(), 5f32.ln(), 8f32.ln()];
        let never = |decoding, who: &[usize]| {
            let counts = counts(&decoding, &logits, 3_000);
            for (token, count) in counts.iter().enumerate() {
                assert_eq!(*count == 0, who.contains(&token), "{token}");
            }
        };
        never(sampled(1.0, 2, 1.0, 0.0, 1), &[0, 1]);
        never(sampled(1.0, 0, 0.6, 0.0, 1), &[0, 1]);
        never(sampled(1.0, 0, 1.0, 0.2, 1), &[0]);
        never(sampled(0.0, 0, 1.0, 0.0, 1), &[0, 1, 2]);
    }

    #[test]
    fn the_penalty_turns_to_another_token() {
        let decoding = Decoding {
            repetition_penalty: 1.3,
            repetition_window: 2,
            ..Decoding::default()
        };
        let mut sampler = Sampler::new(&decoding);
        let logits = [1.0, 1.2, -0.5];
        let seen = [1, 0, 2].map(TokenId);
        assert_eq!(
            sampler.choose(&mut logits.to_vec(), &seen[..1]),
            Some(TokenId(0))
        );
        assert_eq!(
            sampler.choose(&mut logits.to_vec(), &seen),
            Some(TokenId(1))
        );
    }

    proptest! {
        #[test]
        fn any_logits_and_bounds_give_a_token_or_nothing(
            mut logits in proptest::collection::vec(proptest::num::f32::ANY, 0..40),
            temperature in proptest::num::f32::ANY,
            top_k in 0usize..50,
            top_p in proptest::num::f32::ANY,
            min_p in proptest::num::f32::ANY,
            seed: u64,
        ) {
            let finite = logits.iter().any(|x| x.is_finite());
            let count = logits.len();
            let mut sampler = Sampler::new(&sampled(temperature, top_k, top_p, min_p, seed));
            let token = sampler.choose(&mut logits, &[TokenId(3)]);
            prop_assert_eq!(token.is_some(), finite);
            prop_assert!(token.is_none_or(|token| (token.0 as usize) < count));
        }
    }
}
