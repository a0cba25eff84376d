//! How a conversation is made to fit the model's context: a pure computation on token counts.

/// How the context is shared out, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// For the prompt: everything but the answer.
    pub prompt: usize,
    /// Kept for the answer.
    pub answer: usize,
}

impl Budget {
    /// A quarter of the context for the answer, up to a long letter's length; the rest is read.
    #[must_use]
    pub fn of(context: usize) -> Self {
        let answer = (context / 4).min(1024);
        Self {
            prompt: context - answer,
            answer,
        }
    }
}

/// How many of the latest exchanges fit: `costs` oldest first, one entry an exchange (question
/// and answer together, so that turns are dropped whole).
#[must_use]
pub fn exchanges_kept(costs: &[usize], room: usize) -> usize {
    let mut left = room;
    costs
        .iter()
        .rev()
        .take_while(|cost| {
            let fits = **cost <= left;
            left = left.saturating_sub(**cost);
            fits
        })
        .count()
}

/// Which of `costs` (best first) fit together in `room`: the best ones, passing over those that
/// are too large.
#[must_use]
pub fn passages_kept(costs: &[usize], room: usize) -> Vec<usize> {
    let mut left = room;
    let mut kept = Vec::new();
    for (index, cost) in costs.iter().enumerate() {
        if *cost <= left {
            left -= cost;
            kept.push(index);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_exchanges_go_first_and_whole() {
        assert_eq!(exchanges_kept(&[10, 20, 30], 60), 3);
        assert_eq!(exchanges_kept(&[10, 20, 30], 59), 2);
        assert_eq!(exchanges_kept(&[10, 20, 30], 29), 0);
        assert_eq!(
            exchanges_kept(&[5, 100, 5], 50),
            1,
            "an exchange before one that was dropped is dropped"
        );
        assert_eq!(exchanges_kept(&[], 50), 0);
    }

    #[test]
    fn the_best_passages_that_fit() {
        assert_eq!(passages_kept(&[40, 70, 20, 30], 95), [0, 2, 3]);
        assert_eq!(passages_kept(&[40], 10), Vec::<usize>::new());
    }

    #[test]
    fn the_budget_never_exceeds_the_context() {
        for context in [0, 1, 100, 2048, 8192, 262_144] {
            let budget = Budget::of(context);
            assert_eq!(budget.prompt + budget.answer, context);
        }
        assert_eq!(
            Budget::of(8192),
            Budget {
                prompt: 7168,
                answer: 1024
            }
        );
    }
}
