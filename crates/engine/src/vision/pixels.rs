//! A decoded picture made ready for the tower: resized, normalised, cut into patches.
//!
//! The resizing is that of `mistral-common`, OpenCV's `INTER_CUBIC` on floats: separable, Keys'
//! cubic convolution with a = −3/4 ("Cubic Convolution Interpolation for Digital Image Processing",
//! 1981), centres aligned, edges repeated, nothing smoothed when it shrinks.
//!
//! Where the grid is coarser than the model's own, a picture would shrink further than it ever does
//! there, and fine print become noise: squares of pixels are then averaged first.

use crate::EngineError;
use crate::vision::config::Config;
use crate::vision::grid::{Grid, check};

/// A decoded picture. Not `Debug`: it is content.
#[derive(Clone)]
pub struct Pixels {
    width: usize,
    height: usize,
    /// `[height, width, 3]`: red, green, blue.
    rgb: Vec<u8>,
}

/// Bytes of a pixel.
const COLOURS: usize = 3;
/// Pixels that each pixel is made of, in a line or a column.
const TAPS: usize = 4;

impl Pixels {
    /// A picture of `width` by `height` pixels; `rgb` is its lines from the top, three bytes a
    /// pixel. [`EngineError::PictureShape`] if it is empty, too large or too long, or if the bytes
    /// are not as many.
    pub fn new(width: usize, height: usize, rgb: Vec<u8>) -> Result<Self, EngineError> {
        check(width, height)?;
        match rgb.len() == width * height * COLOURS {
            true => Ok(Self { width, height, rgb }),
            false => Err(EngineError::PictureShape { width, height }),
        }
    }

    /// Pixels of a line.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Lines.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The patches of a grid: `[patches, 3, patch, patch]`, line by line of patches, each colour
    /// brought to the mean and deviation that the tower was trained with.
    pub(crate) fn patches(&self, config: &Config, grid: Grid) -> Vec<f32> {
        let side = config.patch;
        let (columns, rows) = (grid.columns * config.merge, grid.rows * config.merge);
        let (width, height) = (columns * side, rows * side);
        let size = COLOURS * side * side;
        let mut patches = vec![0.0; columns * rows * size];
        let square = self.square(config, grid);
        let across = taps(self.width.div_ceil(square), width);
        let down = taps(self.height.div_ceil(square), height);
        let mut lines = Lines::new(self, square, &across);
        let mut line = vec![0.0; width * COLOURS];
        for (y, tap) in down.iter().enumerate() {
            lines.weigh(tap, &mut line);
            let first = y / side * columns;
            for (x, pixel) in line.as_chunks::<COLOURS>().0.iter().enumerate() {
                let patch = &mut patches[(first + x / side) * size..][..size];
                for (c, value) in pixel.iter().enumerate() {
                    let place = (c * side + y % side) * side + x % side;
                    patch[place] = (value / 255.0 - config.mean[c]) / config.deviation[c];
                }
            }
        }
        patches
    }

    /// The side of the squares that are averaged: how many times coarser than the model's own the
    /// grid is.
    fn square(&self, config: &Config, grid: Grid) -> usize {
        match Grid::choose(config, self.width, self.height, usize::MAX) {
            Ok(own) => (own.columns / grid.columns)
                .min(own.rows / grid.rows)
                .max(1),
            Err(_) => 1,
        }
    }

    /// A line of squares averaged, three floats a square.
    fn line(&self, y: usize, square: usize, line: &mut [f32]) {
        line.fill(0.0);
        let (sums, _) = line.as_chunks_mut::<COLOURS>();
        let rows = self.rgb.chunks_exact(self.width * COLOURS);
        let rows = rows.skip(y * square).take(square);
        let height = rows.len();
        for row in rows {
            for (sum, pixels) in sums.iter_mut().zip(row.chunks(square * COLOURS)) {
                for pixel in pixels.as_chunks::<COLOURS>().0 {
                    for (sum, byte) in sum.iter_mut().zip(pixel) {
                        *sum += f32::from(*byte);
                    }
                }
            }
        }
        for (x, sum) in sums.iter_mut().enumerate() {
            let width = square.min(self.width - x * square);
            sum.iter_mut()
                .for_each(|sum| *sum /= (width * height) as f32);
        }
    }
}

/// Where a pixel of the result comes from, in one direction.
struct Tap {
    from: [usize; TAPS],
    weights: [f32; TAPS],
}

/// The taps of each of `to` pixels made of `from`.
fn taps(from: usize, to: usize) -> Vec<Tap> {
    const A: f32 = -0.75;
    let scale = from as f64 / to as f64;
    let near = |x: f32| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f32| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    (0..to)
        .map(|x| {
            let centre = ((x as f64 + 0.5) * scale - 0.5) as f32;
            let left = centre.floor();
            let past = centre - left;
            let mut weights = [far(past + 1.0), near(past), near(1.0 - past), 0.0];
            weights[3] = 1.0 - weights[0] - weights[1] - weights[2];
            Tap {
                from: std::array::from_fn(|i| {
                    (left as i64 + i as i64 - 1).clamp(0, from as i64 - 1) as usize
                }),
                weights,
            }
        })
        .collect()
}

/// Lines of a picture resized across, the last few kept: neighbours share them.
struct Lines<'a> {
    pixels: &'a Pixels,
    square: usize,
    across: &'a [Tap],
    /// The line read last, before it is resized.
    whole: Vec<f32>,
    kept: [(Option<usize>, Vec<f32>); TAPS],
}

impl<'a> Lines<'a> {
    fn new(pixels: &'a Pixels, square: usize, across: &'a [Tap]) -> Self {
        Self {
            pixels,
            square,
            across,
            whole: vec![0.0; pixels.width.div_ceil(square) * COLOURS],
            kept: std::array::from_fn(|_| (None, vec![0.0; across.len() * COLOURS])),
        }
    }

    /// The line that a tap of the columns makes.
    fn weigh(&mut self, tap: &Tap, line: &mut [f32]) {
        line.fill(0.0);
        for (y, weight) in tap.from.iter().zip(tap.weights) {
            // Four neighbours have four places.
            let (kept, across) = &mut self.kept[y % TAPS];
            if *kept != Some(*y) {
                self.pixels.line(*y, self.square, &mut self.whole);
                resize(&self.whole, self.across, across);
                *kept = Some(*y);
            }
            for (sum, value) in line.iter_mut().zip(across.iter()) {
                *sum += weight * value;
            }
        }
    }
}

/// One line, resized.
fn resize(row: &[f32], taps: &[Tap], line: &mut [f32]) {
    for (pixel, tap) in line.as_chunks_mut::<COLOURS>().0.iter_mut().zip(taps) {
        *pixel = [0.0; COLOURS];
        for (x, weight) in tap.from.iter().zip(tap.weights) {
            for (sum, value) in pixel.iter_mut().zip(&row[x * COLOURS..][..COLOURS]) {
                *sum += weight * value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::tests::config;

    #[test]
    fn a_plain_picture_stays_plain_and_its_patches_are_in_order() {
        let config = config();
        let rgb = [10, 100, 250].repeat(31 * 57);
        let pixels = Pixels::new(31, 57, rgb).unwrap();
        let grid = Grid {
            columns: 2,
            rows: 3,
        };
        let patches = pixels.patches(&config, grid);
        assert_eq!(patches.len(), 4 * 6 * 3 * 14 * 14);
        for colours in patches.chunks(3 * 14 * 14) {
            for (c, colour) in colours.chunks(14 * 14).enumerate() {
                let byte = [10.0, 100.0, 250.0][c];
                let expected = (byte / 255.0 - config.mean[c]) / config.deviation[c];
                assert!(colour.iter().all(|x| (x - expected).abs() < 1e-5));
            }
        }
    }

    #[test]
    fn a_picture_of_its_own_size_is_only_cut() {
        let config = config();
        let rgb: Vec<u8> = (0..28 * 56 * 3).map(|i| (i % 251) as u8).collect();
        let pixels = Pixels::new(56, 28, rgb.clone()).unwrap();
        let patches = pixels.patches(
            &config,
            Grid {
                columns: 2,
                rows: 1,
            },
        );
        for (x, y, c) in [(0, 0, 0), (13, 3, 1), (14, 3, 2), (55, 27, 0), (20, 15, 1)] {
            let patch = y / 14 * 4 + x / 14;
            let got = patches[((patch * 3 + c) * 14 + y % 14) * 14 + x % 14];
            let byte = f32::from(rgb[(y * 56 + x) * 3 + c]);
            let expected = (byte / 255.0 - config.mean[c]) / config.deviation[c];
            assert!((got - expected).abs() < 1e-5, "{x} {y} {c}");
        }
    }

    #[test]
    fn what_is_finer_than_a_coarse_grid_becomes_grey_instead_of_noise() {
        let config = config();
        // Lines of one pixel, black and white in turn, and a few pixels over.
        let (width, height) = (563, 561);
        let stripes = (0..width * height).flat_map(|i| [(i % width % 2 * 254) as u8; 3]);
        let pixels = Pixels::new(width, height, stripes.collect()).unwrap();
        let grid = Grid::choose(&config, width, height, 25).unwrap();
        let patches = pixels.patches(&config, grid);
        let grey = |c: usize| (127.0 / 255.0 - config.mean[c]) / config.deviation[c];
        // All but the last squares, which are cut.
        let inner = patches.chunks(3 * 14 * 14).enumerate();
        let inner = inner.filter(|(patch, _)| patch % (grid.columns * 2) < grid.columns * 2 - 1);
        for (_, colours) in inner {
            for (c, colour) in colours.chunks(14 * 14).enumerate() {
                assert!(colour.iter().all(|x| (x - grey(c)).abs() < 0.2));
            }
        }
        // At the model's own grid nothing is averaged.
        let own = Grid::choose(&config, width, height, usize::MAX).unwrap();
        let patches = pixels.patches(&config, own);
        assert!(patches.iter().any(|x| (x - grey(0)).abs() > 1.0));
    }

    #[test]
    fn bytes_that_are_not_a_picture_are_refused() {
        assert!(Pixels::new(2, 2, vec![0; 11]).is_err());
        assert!(Pixels::new(2, 2, vec![0; 13]).is_err());
        assert!(Pixels::new(0, 2, Vec::new()).is_err());
        assert!(Pixels::new(2, 2, vec![0; 12]).is_ok());
    }

    /// The pictures of `tests/parity/vision.py`, prepared by `mistral-common` with OpenCV.
    #[test]
    fn pictures_are_prepared_as_mistral_common_prepares_them() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/vision");
        let config = Config {
            patch: 8,
            longest_side: 160,
            ..config()
        };
        let bytes = std::fs::read(format!("{folder}/silu.expected.gguf")).unwrap();
        let header = crate::gguf::Header::parse(&bytes).unwrap();
        for (index, (width, height)) in [(37, 53), (200, 121), (333, 47), (19, 3)]
            .into_iter()
            .enumerate()
        {
            let file = std::fs::read(format!("{folder}/{index}.ppm")).unwrap();
            let start = file.len() - width * height * COLOURS;
            let pixels = Pixels::new(width, height, file[start..].to_vec()).unwrap();
            let grid = Grid::choose(&config, width, height, 1000).unwrap();
            let ours = pixels.patches(&config, grid);
            let name = format!("values.{index}");
            let tensor = header.tensors().iter().find(|t| t.name == name).unwrap();
            let (across, side) = (tensor.dims[0] as usize, config.patch);
            let theirs = bytes[tensor.bytes.clone()].as_chunks().0.iter();
            for (place, theirs) in theirs.map(|x| f32::from_le_bytes(*x)).enumerate() {
                let (x, y) = (place % across, place / across);
                let (c, y) = (y / tensor.dims[1] as usize, y % tensor.dims[1] as usize);
                let patch = y / side * (across / side) + x / side;
                let at = ((patch * COLOURS + c) * side + y % side) * side + x % side;
                assert!((ours[at] - theirs).abs() < 1e-4, "{index}: {x} {y} {c}");
            }
        }
    }
}
