//! A page without text, drawn as it is seen: scanners cut a sheet into strips, lay a mask of ink
//! over a coarse ground, or turn it, and only the whole page puts that together again.

use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use hayro_interpret::InterpreterSettings;
use hayro_syntax::page::Page;
use image::RgbImage;

use crate::document::Picture;
use crate::read::picture::{encode, is_shown};

/// Points in an inch, over the dots in one that a printed sheet is scanned with: drawn finer, a
/// small page shows nothing more.
const FINEST: f32 = 300.0 / 72.0;

/// The page as a picture. `None` when its shape is no page's.
pub(super) fn draw<'a>(page: &'a Page<'a>, settings: &InterpreterSettings) -> Option<Picture> {
    let (width, height) = page.render_dimensions();
    let scale = (Picture::LONGEST as f32 / width.max(height)).min(FINEST);
    let side = |points: f32| (points * scale) as u32;
    if !is_shown(side(width), side(height)) {
        return None;
    }
    let size = PixmapSettings {
        x_scale: scale,
        y_scale: scale,
        bg_color: WHITE,
    };
    // A page of a scan shares nothing with the next: kept, their images would fill the memory.
    let cache = RenderCache::new();
    let drawn = render(page, &cache, settings, &RenderSettings::default(), &size);
    let dots = drawn.data().iter().flat_map(|dot| [dot.r, dot.g, dot.b]);
    let (width, height) = (u32::from(drawn.width()), u32::from(drawn.height()));
    encode(&RgbImage::from_raw(width, height, dots.collect())?)
}
