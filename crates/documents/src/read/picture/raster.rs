//! What a decoder gave: samples of some width, in some colours, read as red, green and blue.

use image::DynamicImage;

use crate::worker::Refusal;

/// How samples stand for a colour.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Grey,
    Rgb,
    /// Inks: none is white.
    Cmyk,
    /// Luma and the two differences, as JPEG has them.
    YCbCr,
}

impl Colour {
    fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb | Self::YCbCr => 3,
            Self::Cmyk => 4,
        }
    }
}

/// Samples, row by row, those of a dot together.
pub(super) enum Samples {
    /// Of 1, 2 or 4 bits; each row begins on a byte.
    Bits(u8, Vec<u8>),
    Bytes(Vec<u8>),
    Words(Vec<u16>),
    /// From 0 to 1.
    Floats(Vec<f32>),
}

/// A picture at its own size.
pub(super) struct Raster {
    pub(super) width: usize,
    pub(super) height: usize,
    colour: Colour,
    /// One more sample says how opaque a dot is.
    alpha: bool,
    samples: Samples,
}

impl Raster {
    /// # Errors
    /// [`Refusal::Broken`] if there are not as many samples as the size asks for.
    pub(super) fn new(
        (width, height): (u32, u32),
        colour: Colour,
        alpha: bool,
        samples: Samples,
    ) -> Result<Self, Refusal> {
        let raster = Self {
            width: width as usize,
            height: height as usize,
            colour,
            alpha,
            samples,
        };
        let (wanted, given) = (raster.stride(), &raster.samples);
        let given = match given {
            Samples::Bits(_, of) | Samples::Bytes(of) => of.len(),
            Samples::Words(of) => of.len(),
            Samples::Floats(of) => of.len(),
        };
        match wanted.checked_mul(raster.height) {
            Some(wanted) if wanted <= given => Ok(raster),
            _ => Err(Refusal::Broken),
        }
    }

    fn channels(&self) -> usize {
        self.colour.channels() + usize::from(self.alpha)
    }

    /// Elements of a row.
    fn stride(&self) -> usize {
        let samples = self.width * self.channels();
        match self.samples {
            Samples::Bits(bits, _) => (samples * usize::from(bits)).div_ceil(8),
            _ => samples,
        }
    }

    /// A row as red, green and blue from 0 to 1, on white. `line` is room for its samples.
    pub(super) fn row(&self, row: usize, line: &mut Vec<f32>, out: &mut [[f32; 3]]) {
        let (stride, count) = (self.stride(), self.width * self.channels());
        let place = row * stride..(row + 1) * stride;
        line.clear();
        match &self.samples {
            Samples::Bits(bits, of) => {
                let (bytes, bits) = (&of[place], usize::from(*bits));
                let most = (1u8 << bits) - 1;
                line.extend((0..count).map(|at| {
                    let place = at * bits;
                    let value = bytes[place / 8] >> (8 - bits - place % 8) & most;
                    f32::from(value) / f32::from(most)
                }));
            }
            Samples::Bytes(of) => line.extend(of[place].iter().map(|&v| f32::from(v) / 255.0)),
            Samples::Words(of) => line.extend(of[place].iter().map(|&v| f32::from(v) / 65535.0)),
            Samples::Floats(of) => line.extend(of[place].iter().map(|&value| match value {
                value if value.is_nan() => 0.0,
                value => value.clamp(0.0, 1.0),
            })),
        }
        for (dot, samples) in out.iter_mut().zip(line.chunks_exact(self.channels())) {
            *dot = match (self.colour, samples) {
                (Colour::Grey, [grey, ..]) => [*grey; 3],
                (Colour::Rgb, [r, g, b, ..]) => [*r, *g, *b],
                (Colour::Cmyk, [c, m, y, k, ..]) => [c, m, y].map(|ink| (1.0 - ink) * (1.0 - k)),
                (Colour::YCbCr, [y, cb, cr, ..]) => from_ycbcr(*y, *cb, *cr),
                _ => [1.0; 3],
            };
            if let (true, Some(opaque)) = (self.alpha, samples.last()) {
                *dot = dot.map(|value| value * opaque + 1.0 - opaque);
            }
        }
    }
}

/// JFIF 1.02: ITU-R BT.601, full range.
fn from_ycbcr(y: f32, cb: f32, cr: f32) -> [f32; 3] {
    let (cb, cr) = (cb - 128.0 / 255.0, cr - 128.0 / 255.0);
    let rgb = [
        y + 1.402 * cr,
        y - 0.344_136 * cb - 0.714_136 * cr,
        y + 1.772 * cb,
    ];
    rgb.map(|value| value.clamp(0.0, 1.0))
}

impl TryFrom<DynamicImage> for Raster {
    type Error = Refusal;

    fn try_from(image: DynamicImage) -> Result<Self, Refusal> {
        let size = (image.width(), image.height());
        let (colour, alpha, samples) = match image {
            DynamicImage::ImageLuma8(of) => (Colour::Grey, false, Samples::Bytes(of.into_raw())),
            DynamicImage::ImageLumaA8(of) => (Colour::Grey, true, Samples::Bytes(of.into_raw())),
            DynamicImage::ImageRgb8(of) => (Colour::Rgb, false, Samples::Bytes(of.into_raw())),
            DynamicImage::ImageRgba8(of) => (Colour::Rgb, true, Samples::Bytes(of.into_raw())),
            DynamicImage::ImageLuma16(of) => (Colour::Grey, false, Samples::Words(of.into_raw())),
            DynamicImage::ImageLumaA16(of) => (Colour::Grey, true, Samples::Words(of.into_raw())),
            DynamicImage::ImageRgb16(of) => (Colour::Rgb, false, Samples::Words(of.into_raw())),
            DynamicImage::ImageRgba16(of) => (Colour::Rgb, true, Samples::Words(of.into_raw())),
            DynamicImage::ImageRgb32F(of) => (Colour::Rgb, false, Samples::Floats(of.into_raw())),
            DynamicImage::ImageRgba32F(of) => (Colour::Rgb, true, Samples::Floats(of.into_raw())),
            _ => return Err(Refusal::UnknownFormat),
        };
        Self::new(size, colour, alpha, samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dots(width: u32, colour: Colour, alpha: bool, samples: Samples) -> Vec<[u8; 3]> {
        let raster = Raster::new((width, 1), colour, alpha, samples)
            .ok()
            .unwrap();
        let mut out = vec![[0.0; 3]; width as usize];
        raster.row(0, &mut Vec::new(), &mut out);
        out.iter()
            .map(|dot| dot.map(|value| (value * 255.0).round() as u8))
            .collect()
    }

    #[test]
    fn every_kind_of_sample_is_red_green_and_blue() {
        use Samples::{Bits, Bytes, Floats, Words};
        let grey = |samples| dots(3, Colour::Grey, false, samples);
        assert_eq!(grey(Bits(1, vec![0b0100_0000])), [[0; 3], [255; 3], [0; 3]]);
        assert_eq!(
            grey(Bits(4, vec![0x0f, 0x80])),
            [[0; 3], [255; 3], [136; 3]]
        );
        assert_eq!(grey(Bytes(vec![0, 128, 255])), [[0; 3], [128; 3], [255; 3]]);
        assert_eq!(
            grey(Words(vec![0, 0x8080, 0xffff])),
            [[0; 3], [128; 3], [255; 3]]
        );
        assert_eq!(
            grey(Floats(vec![-1.0, f32::NAN, 7.0])),
            [[0; 3], [0; 3], [255; 3]]
        );
    }

    #[test]
    fn inks_luma_and_what_is_not_opaque() {
        use Samples::Bytes;
        let inks = Bytes(vec![0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255]);
        assert_eq!(
            dots(3, Colour::Cmyk, false, inks),
            [[255; 3], [0, 255, 255], [0; 3]]
        );
        let luma = Bytes(vec![76, 85, 255, 255, 128, 128]);
        let [red, white] = dots(2, Colour::YCbCr, false, luma)[..] else {
            panic!()
        };
        assert!(red[0] > 250 && red[1] < 5 && red[2] < 5, "{red:?}");
        assert_eq!(white, [255; 3]);
        let clear = Bytes(vec![0, 0, 0, 0, 255, 0, 0, 128]);
        assert_eq!(
            dots(2, Colour::Rgb, true, clear),
            [[255; 3], [255, 127, 127]]
        );
    }

    #[test]
    fn missing_samples_are_refused() {
        let short = Raster::new((3, 2), Colour::Rgb, false, Samples::Bytes(vec![0; 17]));
        assert_eq!(short.err(), Some(Refusal::Broken));
    }
}
