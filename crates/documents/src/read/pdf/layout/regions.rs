//! Regions: the page cut along its white space until no column is left to find.
//!
//! A recursive X-Y cut (Nagy & Seth, 1984) with one restraint: a vertical cut is made only
//! between two sides that look like columns of running text. The gaps of a table, or between a
//! letterhead and its date, are left alone, so that rows stay rows.

use super::lines;
use super::segments::Segment;

/// The narrowest gutter between two columns, in ems.
const GUTTER: f64 = 0.8;
/// Fewer segments hold no two columns.
const FEWEST: usize = 6;
/// How often a region may be cut again.
const DEPTH: u32 = 24;

/// The regions, in the order they are read. None is empty.
pub(super) fn in_reading_order(segments: Vec<Segment>) -> Vec<Vec<Segment>> {
    if segments.is_empty() {
        Vec::new()
    } else {
        cut(segments, DEPTH)
    }
}

fn cut(mut segments: Vec<Segment>, depth: u32) -> Vec<Vec<Segment>> {
    if depth == 0 || segments.len() < FEWEST {
        return vec![segments];
    }
    if let Some((left, right)) = columns(&mut segments) {
        let mut regions = cut(left, depth - 1);
        regions.extend(cut(right, depth - 1));
        return regions;
    }
    // No gutter all the way down: perhaps above or below the widest horizontal gap.
    segments.sort_by(|a, b| a.top().total_cmp(&b.top()));
    let gaps = gaps(&segments, Segment::top, Segment::bottom);
    let Some(&(_, at)) = gaps.iter().max_by(|a, b| a.0.total_cmp(&b.0)) else {
        return vec![segments];
    };
    let below = segments.split_off(at);
    let (above, below) = (cut(segments, depth - 1), cut(below, depth - 1));
    let mut regions = above;
    let undivided = regions.len() == 1 && below.len() == 1;
    regions.extend(below);
    if undivided {
        vec![regions.concat()]
    } else {
        regions
    }
}

/// The two sides of the widest gutter between columns.
fn columns(segments: &mut [Segment]) -> Option<(Vec<Segment>, Vec<Segment>)> {
    segments.sort_by(|a, b| a.left.total_cmp(&b.left));
    let mut gaps = gaps(segments, |segment| segment.left, |segment| segment.right);
    gaps.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut sizes: Vec<f64> = segments.iter().map(|segment| segment.size).collect();
    sizes.sort_by(f64::total_cmp);
    let gutter = GUTTER * sizes[sizes.len() / 2];
    let wide = gaps
        .into_iter()
        .take_while(|(width, _)| *width >= gutter)
        .take(8);
    let mut sides = wide.map(|(_, at)| segments.split_at(at));
    let (left, right) = sides.find(|(left, right)| is_column(left) && is_column(right))?;
    Some((left.to_vec(), right.to_vec()))
}

/// The white gaps between sorted segments: their width, and how many segments are before.
fn gaps(
    sorted: &[Segment],
    start: fn(&Segment) -> f64,
    end: fn(&Segment) -> f64,
) -> Vec<(f64, usize)> {
    let mut reached = f64::NEG_INFINITY;
    let mut gaps = Vec::new();
    for (index, segment) in sorted.iter().enumerate() {
        if index > 0 && start(segment) > reached {
            gaps.push((start(segment) - reached, index));
        }
        reached = reached.max(end(segment));
    }
    gaps
}

/// Running text fills its column: several lines, most of them long and near as wide as it.
fn is_column(segments: &[Segment]) -> bool {
    let lines = lines::lines(segments.to_vec());
    let count = lines.len() as f64;
    let left = lines
        .iter()
        .map(|line| line.bounds.x0)
        .fold(f64::INFINITY, f64::min);
    let right = lines
        .iter()
        .map(|line| line.bounds.x1)
        .fold(f64::NEG_INFINITY, f64::max);
    let filled: f64 = lines.iter().map(|line| line.bounds.width()).sum();
    let letters: usize = lines.iter().map(|line| line.letters).sum();
    count >= 3.0 && filled >= 0.6 * count * (right - left) && letters as f64 >= 15.0 * count
}
