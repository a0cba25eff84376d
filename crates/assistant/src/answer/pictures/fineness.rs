//! How finely a picture is looked at: as finely as it is, unless the context, the memory or the
//! agent's patience ask for less. The same question later finds the same answer, so that what was
//! looked at serves again: nothing measured by a clock counts.

use engine::{EngineError, Grid, Vision};

/// Tokens below which letters of a page are lost: rather than that, pages are left out.
const LEAST: usize = 256;
/// Products that a thread makes in a second in `f32`, at least, on an office computer.
const PACE: f64 = 15e9;
/// How long a picture may take, in seconds.
const PATIENCE: f64 = 20.0;
/// Patches at which attention between all of them costs as much as the rest, in a Pixtral tower.
const EVEN: f64 = 7000.0;

/// What a picture may take.
pub struct Means {
    /// Tokens of the context.
    pub tokens: usize,
    /// Bytes of memory, where the system tells.
    pub memory: Option<u64>,
    /// Threads at work.
    pub threads: usize,
}

impl Means {
    /// How many of `pages` can be looked at in `room` tokens.
    pub fn affordable(pages: usize, room: usize) -> usize {
        pages.min((room / LEAST).max(1))
    }

    fn allow(&self, vision: &Vision, grid: Grid) -> bool {
        let tokens = grid.rows * (grid.columns + 1);
        tokens <= self.tokens
            && self.memory.is_none_or(|bytes| vision.cost(grid) <= bytes)
            && self.seconds(vision, grid) <= PATIENCE
    }

    fn seconds(&self, vision: &Vision, grid: Grid) -> f64 {
        // Two by two patches make a cell; each meets each weight once, and every other patch.
        let patches = 4.0 * grid.cells() as f64;
        let products = patches * vision.info().parameters as f64 * (1.0 + patches / EVEN);
        products / (PACE * self.threads.max(1) as f64)
    }
}

/// The grid of a picture of that size, and what it is of the finest: 1 when nothing is lost.
pub fn fineness(
    vision: &Vision,
    (width, height): (u32, u32),
    means: &Means,
) -> Result<(Grid, f32), EngineError> {
    let (width, height) = (width as usize, height as usize);
    let finest = vision.grid(width, height, usize::MAX)?;
    let mut grid = finest;
    while grid.cells() > 1 && !means.allow(vision, grid) {
        grid = vision.grid(width, height, grid.cells() * 4 / 5)?;
    }
    Ok((grid, grid.cells() as f32 / finest.cells() as f32))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use engine::Model;
    use testkit::SealedHome;

    use super::*;
    use crate::bench::{Size, synthesize};
    use crate::model::sight::Sight;

    fn eyes(home: &SealedHome) -> Arc<Vision> {
        let file = home.path().join("tiny.gguf");
        synthesize(&file, Size::Tiny, &mut |_| ()).unwrap();
        let model = Model::open(&file, 1, &mut |_| (), &AtomicBool::new(false)).unwrap();
        Sight::beside(&file, &model).vision.unwrap()
    }

    #[test]
    fn a_picture_is_reduced_by_the_scarcest_of_its_means() {
        let home = SealedHome::new();
        let vision = eyes(&home);
        let means = |tokens, memory| Means {
            tokens,
            memory,
            threads: 1,
        };
        let size = (480, 360);
        let (whole, fraction) = fineness(&vision, size, &means(10_000, None)).unwrap();
        assert_eq!((whole.columns, whole.rows, fraction), (10, 8, 1.0));
        let (grid, fraction) = fineness(&vision, size, &means(40, None)).unwrap();
        assert!(grid.rows * (grid.columns + 1) <= 40 && fraction < 0.5);
        let memory = vision.cost(whole) - 1;
        let (grid, fraction) = fineness(&vision, size, &means(10_000, Some(memory))).unwrap();
        assert!(vision.cost(grid) <= memory && fraction < 1.0);
        let (grid, _) = fineness(&vision, size, &means(0, Some(0))).unwrap();
        assert_eq!(
            grid.cells(),
            1,
            "the least there is, which the engine may refuse"
        );
    }

    #[test]
    fn pages_are_left_out_rather_than_blurred() {
        assert_eq!(Means::affordable(100, 3000), 11);
        assert_eq!(Means::affordable(3, 3000), 3);
        assert_eq!(Means::affordable(2, 10), 1);
    }
}
