//! How many cells a picture becomes: as `mistral-common` counts (`tokens/tokenizers/image.py`), and
//! fewer where memory or patience ask for fewer.

use crate::EngineError;
use crate::vision::config::Config;

/// A picture's cells, as the model will see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grid {
    /// Cells of a line; at least one.
    pub columns: usize,
    /// Lines; at least one.
    pub rows: usize,
}

/// The most pixels of a picture, before it is scaled.
pub const MOST_PIXELS: usize = 16_000_000;
/// The longest a picture may be for its width, or the widest for its height.
pub const MOST_RATIO: usize = 200;

impl Grid {
    /// Cells, in number.
    #[must_use]
    pub fn cells(self) -> usize {
        self.columns * self.rows
    }

    /// The grid of a picture of `width` by `height` pixels: the finest that the model knows and that
    /// has at most `most` cells.
    pub(crate) fn choose(
        config: &Config,
        width: usize,
        height: usize,
        most: usize,
    ) -> Result<Self, EngineError> {
        check(width, height)?;
        let (mut least, mut side) = (1, config.longest_side);
        let at = |side| Self::within(side, config.cell(), width, height);
        if at(side).cells() <= most {
            return Ok(at(side));
        }
        // The longest side whose grid is small enough; one pixel always is.
        while side - least > 1 {
            let middle = least.midpoint(side);
            match at(middle).cells() <= most {
                true => least = middle,
                false => side = middle,
            }
        }
        Ok(at(least))
    }

    /// The grid of a picture reduced, if need be, so that neither side is longer than `longest`.
    fn within(longest: usize, cell: usize, width: usize, height: usize) -> Self {
        let ratio = width.max(height) as f64 / longest as f64;
        let reduced = |side: usize| match ratio > 1.0 {
            true => ((side as f64 / ratio).round_ties_even() as usize).max(1),
            false => side,
        };
        Self {
            columns: reduced(width).div_ceil(cell),
            rows: reduced(height).div_ceil(cell),
        }
    }
}

/// Refuses what no model was trained on, before anything is computed of it.
pub(crate) fn check(width: usize, height: usize) -> Result<(), EngineError> {
    let long = width.max(height);
    let short = width.min(height);
    let pixels = width.checked_mul(height);
    let fits = pixels.is_some_and(|pixels| (1..=MOST_PIXELS).contains(&pixels));
    match fits && long <= MOST_RATIO.saturating_mul(short) {
        true => Ok(()),
        false => Err(EngineError::PictureShape { width, height }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vision::tests::config;

    #[test]
    fn known_sizes() {
        let grid = |width, height, most| {
            let grid = Grid::choose(&config(), width, height, most).unwrap();
            (grid.columns, grid.rows)
        };
        assert_eq!(grid(1540, 1540, 10_000), (55, 55));
        assert_eq!(grid(3000, 2000, 10_000), (55, 37));
        assert_eq!(grid(1, 1, 10_000), (1, 1));
        assert_eq!(grid(29, 28, 10_000), (2, 1));
        assert_eq!(grid(1540, 1540, 1024), (32, 32));
        assert_eq!(grid(3000, 2000, 1), (1, 1));
        assert_eq!(grid(3000, 2000, 0), (1, 1));
    }

    #[test]
    fn what_is_too_long_or_too_large_is_refused() {
        for (width, height) in [
            (0, 0),
            (0, 10),
            (20_000, 1),
            (1, 20_000),
            (201, 1),
            (4001, 4000),
            (usize::MAX, 2),
            (usize::MAX, usize::MAX),
        ] {
            let outcome = Grid::choose(&config(), width, height, 512);
            assert!(matches!(outcome, Err(EngineError::PictureShape { .. })));
        }
        assert!(Grid::choose(&config(), 200, 1, 512).is_ok());
        assert!(Grid::choose(&config(), 4000, 4000, 512).is_ok());
    }

    proptest! {
        #[test]
        fn a_grid_fits_and_keeps_the_pictures_proportions(
            width in 1usize..4000,
            height in 1usize..4000,
            most in 1usize..4000,
        ) {
            prop_assume!(check(width, height).is_ok());
            let grid = Grid::choose(&config(), width, height, most).unwrap();
            prop_assert!(grid.columns >= 1 && grid.rows >= 1 && grid.cells() <= most);
            prop_assert!(grid.columns <= 55 && grid.rows <= 55);
            // Transposed, the same.
            let turned = Grid::choose(&config(), height, width, most).unwrap();
            prop_assert_eq!((turned.rows, turned.columns), (grid.columns, grid.rows));
        }
    }
}
