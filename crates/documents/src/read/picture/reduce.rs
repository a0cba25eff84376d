//! Makes a picture small: cubic interpolation widened to what it leaves out, which keeps the
//! strokes of letters and lets no pattern appear. Rows go by once; only those being made are held.
//!
//! The kernel is Keys' of 1981 with a = −1/2, the "bicubic" of image libraries.

use std::collections::VecDeque;

use image::RgbImage;

use super::raster::Raster;
use crate::document::Picture;

/// The size at which a picture is looked at: its own, or with the longest side that is.
pub(super) fn size(width: usize, height: usize) -> (usize, usize) {
    let (long, longest) = (width.max(height), Picture::LONGEST as usize);
    if long <= longest {
        return (width, height);
    }
    let side = |of: usize| ((of * longest + long / 2) / long).max(1);
    (side(width), side(height))
}

/// A picture at the size at which it is looked at.
pub(super) fn reduce(raster: &Raster) -> RgbImage {
    let (width, height) = size(raster.width, raster.height);
    let columns = taps(raster.width, width);
    let rows = taps(raster.height, height);
    let mut out = Vec::with_capacity(width * height * 3);
    let (mut line, mut whole) = (Vec::new(), vec![[0.0; 3]; raster.width]);
    let mut narrow = vec![[0.0f32; 3]; width];
    // Rows being made: those that the row at hand adds to.
    let mut growing: VecDeque<(&Taps, Vec<[f32; 3]>)> = VecDeque::new();
    let mut waiting = rows.iter().peekable();
    for row in 0..raster.height {
        while let Some(taps) = waiting.next_if(|taps| taps.first == row) {
            growing.push_back((taps, vec![[0.0; 3]; width]));
        }
        raster.row(row, &mut line, &mut whole);
        for (dot, taps) in narrow.iter_mut().zip(&columns) {
            *dot = taps.sum(&whole);
        }
        for (taps, sums) in &mut growing {
            let weight = taps.weights[row - taps.first];
            for (sum, dot) in sums.iter_mut().zip(&narrow) {
                (0..3).for_each(|channel| sum[channel] += weight * dot[channel]);
            }
        }
        while let Some((_, sums)) = growing.pop_front_if(|(taps, _)| taps.last() == row) {
            let byte = |value: f32| (value * 255.0).round().clamp(0.0, 255.0) as u8;
            out.extend(sums.into_iter().flatten().map(byte));
        }
    }
    // As many rows came out as were asked for: each has its last row among those that went by.
    RgbImage::from_raw(width as u32, height as u32, out).unwrap_or_default()
}

/// What one dot is made of: neighbours, from `first` on, and what each counts for.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

impl Taps {
    fn last(&self) -> usize {
        self.first + self.weights.len() - 1
    }

    fn sum(&self, of: &[[f32; 3]]) -> [f32; 3] {
        let mut sum = [0.0f32; 3];
        for (dot, weight) in of[self.first..].iter().zip(&self.weights) {
            (0..3).for_each(|channel| sum[channel] += weight * dot[channel]);
        }
        sum
    }
}

/// For each of `output` dots in a line, those of `input` that it is made of.
fn taps(input: usize, output: usize) -> Vec<Taps> {
    let scale = input as f64 / output as f64;
    let reach = 2.0 * scale.max(1.0);
    let taps = (0..output).map(|dot| {
        let centre = (dot as f64 + 0.5) * scale;
        let first = (centre - reach).floor().max(0.0) as usize;
        let end = ((centre + reach).ceil() as usize).clamp(first + 1, input);
        let weight = |at: usize| keys((at as f64 + 0.5 - centre) / scale.max(1.0));
        let weights: Vec<f64> = (first..end).map(weight).collect();
        let total: f64 = weights.iter().sum();
        let weights = weights.iter().map(|weight| (weight / total) as f32);
        Taps {
            first,
            weights: weights.collect(),
        }
    });
    taps.collect()
}

fn keys(x: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::raster::{Colour, Samples};
    use super::*;

    fn grey(width: u32, height: u32, of: impl Fn(u32, u32) -> u8) -> RgbImage {
        let all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let samples = Samples::Bytes(all.map(|(x, y)| of(x, y)).collect());
        let raster = Raster::new((width, height), Colour::Grey, false, samples);
        reduce(&raster.ok().unwrap())
    }

    #[test]
    fn a_small_picture_stays_as_it_is() {
        let image = grey(40, 30, |x, y| (x * 6 + y) as u8);
        assert_eq!(image.dimensions(), (40, 30));
        assert!(
            image
                .enumerate_pixels()
                .all(|(x, y, dot)| dot.0 == [(x * 6 + y) as u8; 3])
        );
    }

    #[test]
    fn sides_keep_their_ratio_and_none_is_lost() {
        assert_eq!(size(1540, 20), (1540, 20));
        assert_eq!(size(4000, 3000), (1540, 1155));
        assert_eq!(size(3000, 4000), (1155, 1540));
        assert_eq!(size(65_535, 328), (1540, 8));
        assert_eq!(grey(20_000, 100, |_, _| 7).dimensions(), (1540, 8));
    }

    #[test]
    fn what_is_flat_stays_flat_and_fine_stripes_become_grey() {
        let flat = grey(3000, 1000, |_, _| 200);
        assert!(flat.pixels().all(|dot| dot.0 == [200; 3]));
        let stripes = grey(6160, 64, |x, _| if x % 2 == 0 { 0 } else { 255 });
        let inside = stripes
            .enumerate_pixels()
            .filter(|(x, ..)| (4..1536).contains(x));
        for (x, y, dot) in inside {
            assert!((120..=136).contains(&dot.0[0]), "{x}, {y}: {dot:?}");
        }
    }

    #[test]
    fn a_slope_keeps_its_values() {
        let image = grey(3080, 4, |x, _| (x / 13) as u8);
        for (x, _, dot) in image
            .enumerate_pixels()
            .filter(|(x, ..)| (3..1537).contains(x))
        {
            let wanted = (2 * x + 1) as f32 / 13.0;
            assert!((f32::from(dot.0[0]) - wanted).abs() < 1.5, "{x}: {dot:?}");
        }
    }
}
