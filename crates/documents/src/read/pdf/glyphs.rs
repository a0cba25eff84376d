//! What a page draws: every glyph with its letters and its place.

use hayro_interpret::font::{Glyph as Shape, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect, Vec2};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, SoftMask, TransformExt, interpret_page,
};
use hayro_syntax::Pdf;
use hayro_syntax::page::Page;

/// A page with more is no page to read: about thirty times the densest newspaper.
const MOST_GLYPHS: usize = 500_000;

/// A glyph on the displayed page: points, origin top left.
#[derive(Clone)]
pub(super) struct Glyph {
    /// What it says: mostly one character, sometimes several (a ligature).
    pub text: BfString,
    /// Its origin: on the baseline, at its left.
    pub origin: Point,
    /// From its origin to the next glyph's.
    pub advance: Vec2,
    /// The height of its font's em.
    pub size: f64,
    /// Whether its font is bold.
    pub bold: bool,
}

/// What drawing a page gave.
#[derive(Default)]
pub(super) struct Drawn {
    /// Its glyphs, in the order they were drawn.
    pub glyphs: Vec<Glyph>,
    /// Whether anything can be seen on it.
    pub shows_something: bool,
    /// Glyphs whose font does not say which letters they are.
    nameless: usize,
    /// Whether its content could not be decoded, or is beyond all bounds.
    lost: bool,
}

impl Drawn {
    /// Whether what was read is not what the page says.
    pub(super) fn is_unreadable(&self) -> bool {
        self.lost || self.nameless > self.glyphs.len()
    }
}

/// Draws a page and keeps its glyphs.
pub(super) fn draw<'a>(
    pdf: &'a Pdf,
    page: &Page<'a>,
    cache: &InterpreterCache<'a>,
    settings: &InterpreterSettings,
) -> Drawn {
    let (width, height) = page.render_dimensions();
    let visible = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let transform = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(transform, visible, cache, pdf.xref(), settings.clone());
    let has_content = page.raw().contains_key(b"Contents".as_slice());
    let lost = has_content && page.page_stream().is_none();
    let mut pen = Pen {
        visible,
        drawn: Drawn {
            lost,
            ..Drawn::default()
        },
        last_run: 0,
    };
    interpret_page(page, &mut context, &mut pen);
    pen.drawn
}

/// The device that notes instead of painting.
struct Pen {
    visible: Rect,
    drawn: Drawn,
    /// How many glyphs the last run gave.
    last_run: usize,
}

impl Pen {
    fn take(&mut self, run: &GlyphRun<'_, '_>, transform: Affine) {
        let start = self.drawn.glyphs.len();
        let bold = run.glyphs().first().is_some_and(|glyph| is_bold(glyph));
        for glyph in run.glyphs() {
            if self.drawn.glyphs.len() == MOST_GLYPHS {
                self.drawn.lost = true;
                return;
            }
            let place = transform * glyph.transform();
            let origin = place * Point::ZERO;
            if !self.visible.contains(origin) {
                continue;
            }
            let Some(text) = glyph.as_unicode() else {
                self.drawn.nameless += 1;
                continue;
            };
            let advance = match &**glyph {
                Shape::Outline(outline) => outline.advance_width(),
                Shape::Type3(shape) => shape.advance_width(),
            };
            let along = |x: f64, y: f64| place * Point::new(x, y) - origin;
            let advance = along(f64::from(advance.unwrap_or(500.0)), 0.0);
            let size = along(0.0, 1000.0).hypot();
            // A broken matrix gives a place nowhere.
            if size.is_finite() && size > 0.0 && advance.is_finite() {
                self.drawn.glyphs.push(Glyph {
                    text,
                    origin,
                    advance,
                    size,
                    bold,
                });
            }
        }
        self.forget_repetition(start);
    }

    /// Bold type is often faked by drawing a run twice, and filled and stroked type arrives
    /// twice: a run that says the same at the same place as the one before is dropped.
    fn forget_repetition(&mut self, start: usize) {
        let glyphs = &mut self.drawn.glyphs;
        let length = glyphs.len() - start;
        let (before, run) = glyphs.split_at(start);
        let same = |(a, b): (&Glyph, &Glyph)| {
            a.text == b.text && (a.origin - b.origin).hypot() < 0.15 * a.size
        };
        if length == self.last_run
            && before.len() >= length
            && before[before.len() - length..].iter().zip(run).all(same)
        {
            glyphs.truncate(start);
        } else {
            self.last_run = length;
        }
    }
}

fn is_bold(shape: &Shape<'_>) -> bool {
    let Shape::Outline(outline) = shape else {
        return false;
    };
    outline.font_data().is_some_and(|font| {
        font.weight.is_some_and(|weight| weight >= 600)
            || font
                .postscript_name
                .is_some_and(|name| name.contains("Bold"))
    })
}

impl<'a> Device<'a> for Pen {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        self.drawn.shows_something = true;
        self.take(run, props.transform);
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {
        self.drawn.shows_something = true;
    }

    fn draw_rect(&mut self, _: &Rect, _: DrawProps<'a>, _: &DrawMode) {
        self.drawn.shows_something = true;
    }

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.drawn.shows_something = true;
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_clip_rect(&mut self, _: &Rect) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
