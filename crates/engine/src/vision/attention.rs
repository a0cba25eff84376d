//! Attention inside a picture: every patch sees every other.
//!
//! Keys and values are packed once a layer, queries by sixteens. The scores of sixteen queries stand
//! side by side in a strip, position under position, so that the softmax goes down it and the
//! product with the values reads it as it lies; no more of the scores ever exists.

use std::sync::atomic::Ordering;

use kernels::dense::{COLUMNS, ROWS, Tile};

use crate::linear::Means;

/// Queries of a piece of work.
const PIECE: usize = 4 * COLUMNS;

/// Keys and values of a layer, packed by heads.
pub(crate) struct Heads {
    heads: usize,
    width: usize,
    positions: usize,
    /// `[heads][positions / ROWS][width][ROWS]`
    keys: Vec<[f32; ROWS]>,
    /// `[heads][width / ROWS][positions][ROWS]`
    values: Vec<[f32; ROWS]>,
}

impl Heads {
    /// Room for `positions`.
    pub(crate) fn new(heads: usize, width: usize, positions: usize) -> Self {
        let keys = heads * positions.div_ceil(ROWS) * width;
        let values = heads * width.div_ceil(ROWS) * positions;
        Self {
            heads,
            width,
            positions,
            keys: vec![[0.0; ROWS]; keys],
            values: vec![[0.0; ROWS]; values],
        }
    }

    /// Floats that [`Heads::new`] takes.
    pub(crate) fn floats(heads: usize, width: usize, positions: usize) -> usize {
        let keys = positions.next_multiple_of(ROWS) * width;
        heads * (keys + width.next_multiple_of(ROWS) * positions)
    }

    /// Floats that a thread needs at a time.
    pub(crate) fn strip(positions: usize, width: usize) -> usize {
        (positions.next_multiple_of(ROWS) + width) * COLUMNS
    }

    /// Sets the keys of the positions from `first`: `[.., heads · width]`, rotated.
    pub(crate) fn set_keys(&mut self, first: usize, rows: &[f32]) {
        let panels = self.positions.div_ceil(ROWS);
        for (position, row) in (first..).zip(rows.chunks_exact(self.heads * self.width)) {
            let (panel, place) = (position / ROWS, position % ROWS);
            for (head, key) in row.chunks_exact(self.width).enumerate() {
                let start = (head * panels + panel) * self.width;
                for (packed, x) in self.keys[start..].iter_mut().zip(key) {
                    packed[place] = *x;
                }
            }
        }
    }

    /// Sets the values of the positions from `first`: `[.., heads · width]`.
    pub(crate) fn set_values(&mut self, first: usize, rows: &[f32]) {
        let panels = self.width.div_ceil(ROWS);
        for (position, row) in (first..).zip(rows.chunks_exact(self.heads * self.width)) {
            for (head, value) in row.chunks_exact(self.width).enumerate() {
                for (panel, part) in value.chunks(ROWS).enumerate() {
                    let at = (head * panels + panel) * self.positions + position;
                    self.values[at][..part.len()].copy_from_slice(part);
                }
            }
        }
    }

    /// Attends with `queries` (`[rows, heads · width]`, scaled) over all positions; `attended` has
    /// the same shape.
    pub(crate) fn attend(&self, means: Means<'_>, queries: &[f32], attended: &mut [f32]) {
        let row = self.heads * self.width;
        let count = queries.len() / row;
        // Each piece writes a stretch of its own: `[heads][rows][width]`.
        let mut by_head = vec![0.0; queries.len()];
        let pieces: Vec<_> = by_head
            .chunks_mut(count * self.width)
            .enumerate()
            .flat_map(|(head, rows)| {
                let stretches = rows.chunks_mut(PIECE * self.width);
                stretches
                    .zip((0..).step_by(PIECE))
                    .map(move |(out, first)| (head, first, out))
            })
            .collect();
        means.pool.each(pieces, |(head, first, out)| {
            self.piece(means, head, &queries[first * row..], out);
        });
        for (head, rows) in by_head.chunks_exact(count * self.width).enumerate() {
            for (from, to) in rows
                .chunks_exact(self.width)
                .zip(attended.chunks_exact_mut(row))
            {
                to[head * self.width..][..self.width].copy_from_slice(from);
            }
        }
    }

    /// One head of the first queries, as many as `out` (`[rows, width]`) has room for.
    fn piece(&self, means: Means<'_>, head: usize, queries: &[f32], out: &mut [f32]) {
        let (row, width) = (self.heads * self.width, self.width);
        let panels = self.positions.div_ceil(ROWS);
        let keys = &self.keys[head * panels * width..][..panels * width];
        let size = width.div_ceil(ROWS) * self.positions;
        let values = &self.values[head * size..][..size];
        let mut strip = vec![[0.0; COLUMNS]; panels * ROWS];
        let mut packed = vec![[0.0; COLUMNS]; width];
        let tiles = queries
            .chunks(COLUMNS * row)
            .zip(out.chunks_mut(COLUMNS * width));
        for (queries, out) in tiles {
            if means.cancel.load(Ordering::Relaxed) {
                return;
            }
            let count = out.len() / width;
            for (c, query) in queries.chunks_exact(row).take(count).enumerate() {
                let query = &query[head * width..][..width];
                for (packed, x) in packed.iter_mut().zip(query) {
                    packed[c] = *x;
                }
            }
            let scores = keys
                .chunks_exact(width)
                .zip(strip.as_chunks_mut::<ROWS>().0);
            for (keys, scores) in scores {
                *scores = Tile::default();
                means.kernels.multiply(keys, &packed, scores);
            }
            let strip = &mut strip[..self.positions];
            let mut sums = [0.0; COLUMNS];
            means.kernels.softmax(strip, &mut sums);
            for (panel, values) in values.chunks_exact(self.positions).enumerate() {
                let mut tile = Tile::default();
                means.kernels.multiply(values, strip, &mut tile);
                for (i, tile) in (panel * ROWS..width).zip(&tile) {
                    for (c, out) in out.chunks_exact_mut(width).enumerate() {
                        out[i] = tile[c] / sums[c];
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use kernels::{Kernels, Pool};

    use super::*;
    use crate::gguf::map::Mapping;
    use crate::sampling::Lots;

    #[test]
    fn every_position_sees_all_the_others() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("nothing");
        std::fs::write(&path, [0; 32]).unwrap();
        let mapping = Mapping::open(&path).unwrap();
        let cancel = AtomicBool::new(false);
        for (heads, width, positions) in [(1, 4, 1), (2, 8, 7), (3, 12, 83)] {
            let row = heads * width;
            let mut lots = Lots(9);
            let mut noise = || -> Vec<f32> {
                std::iter::repeat_with(|| 4.0 * lots.fraction() - 2.0)
                    .take(positions * row)
                    .collect()
            };
            let (queries, keys, values) = (noise(), noise(), noise());
            let means = Means {
                mapping: &mapping,
                kernels: Kernels::best(),
                pool: &Pool::new(2),
                cancel: &cancel,
            };
            let mut packed = Heads::new(heads, width, positions);
            let cut = positions / 3 * row;
            packed.set_keys(0, &keys[..cut]);
            packed.set_keys(cut / row, &keys[cut..]);
            packed.set_values(0, &values);
            let mut got = vec![f32::NAN; queries.len()];
            packed.attend(means, &queries, &mut got);
            for (t, query) in queries.chunks(row).enumerate() {
                for h in 0..heads {
                    let part = h * width..(h + 1) * width;
                    let weights: Vec<f64> = keys
                        .chunks(row)
                        .map(|key| {
                            let pairs = query[part.clone()].iter().zip(&key[part.clone()]);
                            pairs.map(|(q, k)| f64::from(q * k)).sum::<f64>().exp()
                        })
                        .collect();
                    let total: f64 = weights.iter().sum();
                    for i in part {
                        let terms = values.chunks(row).zip(&weights);
                        let sum: f64 = terms.map(|(v, w)| f64::from(v[i]) * w).sum();
                        assert!((f64::from(got[t * row + i]) - sum / total).abs() < 1e-5);
                    }
                }
            }
        }
    }
}
