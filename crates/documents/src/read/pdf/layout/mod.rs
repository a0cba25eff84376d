//! From glyphs to blocks in reading order.
//!
//! Glyphs → segments (what a hand writes without lifting, `segments`) → regions, columns left to
//! right (`regions`) → lines (`lines`) → paragraphs and headings (`blocks`). Text at another angle
//! (a margin note, a landscape table, a watermark) is turned upright, laid out by itself, and its
//! boxes turned back.
//!
//! Lengths are compared with the type's own size (the em), never with points.

mod blocks;
mod lines;
mod regions;
mod segments;

use std::collections::BTreeMap;

use hayro_interpret::kurbo::{Affine, Point, Rect};

use self::segments::Segment;
use super::glyphs::Glyph;
use crate::document::{self, Block};

/// Angles nearer than this, in degrees, are one direction: a scan is never quite straight.
const SAME_DIRECTION: f64 = 5.0;

/// The blocks that a page's glyphs make: those of its main direction first.
pub(super) fn blocks(glyphs: Vec<Glyph>) -> Vec<Block> {
    let mut directions: BTreeMap<i32, Vec<Glyph>> = BTreeMap::new();
    for glyph in glyphs {
        let angle = glyph.advance.angle().to_degrees();
        let steps = (360.0 / SAME_DIRECTION) as i32;
        let direction = ((angle / SAME_DIRECTION).round() as i32).rem_euclid(steps);
        directions.entry(direction).or_default().push(glyph);
    }
    let mut directions: Vec<_> = directions.into_iter().collect();
    directions.sort_by_key(|(_, glyphs)| std::cmp::Reverse(glyphs.len()));
    let turned = directions.into_iter().flat_map(|(direction, glyphs)| {
        let upright = Affine::rotate(-(f64::from(direction) * SAME_DIRECTION).to_radians());
        let segments =
            segments::segments(glyphs.iter().map(|glyph| (glyph, upright * glyph.origin)));
        lay_out(segments, upright.inverse())
    });
    turned.collect()
}

fn lay_out(segments: Vec<Segment>, turn_back: Affine) -> Vec<Block> {
    let regions = regions::in_reading_order(segments);
    let regions = regions.into_iter().map(lines::lines).collect();
    blocks::blocks(regions, |bounds| {
        box_of(turn_back.transform_rect_bbox(bounds))
    })
}

fn box_of(rect: Rect) -> document::Rect {
    let Point { x: left, y: top } = rect.origin();
    document::Rect {
        left: left as f32,
        top: top as f32,
        right: rect.x1 as f32,
        bottom: rect.y1 as f32,
    }
}
