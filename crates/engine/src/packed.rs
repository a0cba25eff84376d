//! Matrices packed into panels at load: the kernels' own layout, in as many bytes.
//!
//! The memory of the file's own bytes is given back as they are packed: there is never a second
//! copy. A matrix whose kind or number of rows has no panels stays in the file.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use kernels::product::{Block, Panel, Q4_0, Q4_1, Q4K, Q5_0, Q5_1, Q5K, Q6K, Q8_0, Superblock};
use kernels::{Kernels, PANEL, Pool};

use crate::EngineError;
use crate::gguf::Kind;
use crate::gguf::map::{Block as Bytes, Mapping, bytes_of};
use crate::linear::{Input, Means, piece, shares};
use crate::weights::Matrix;

/// A matrix begins on a line of the processor's cache.
const ALIGNMENT: usize = 64;
/// Bytes packed before the file's own are given back.
const PART: usize = 4 << 20;

/// Calls `$function::<P>` with the panel type of `$kind`.
macro_rules! with_panels {
    ($kind:expr, $function:ident($($arg:expr),*), else $none:expr) => {
        match $kind {
            Kind::Q4K => $function::<Q4K>($($arg),*),
            Kind::Q5K => $function::<Q5K>($($arg),*),
            Kind::Q6K => $function::<Q6K>($($arg),*),
            Kind::Q4_0 => $function::<Q4_0>($($arg),*),
            Kind::Q4_1 => $function::<Q4_1>($($arg),*),
            Kind::Q5_0 => $function::<Q5_0>($($arg),*),
            Kind::Q5_1 => $function::<Q5_1>($($arg),*),
            Kind::Q8_0 => $function::<Q8_0>($($arg),*),
            _ => $none,
        }
    };
}

/// A panel type as the engine uses it.
trait Packed: Panel<Activation: Send> + Bytes + Send {
    fn quantised<'a>(input: &'a Input<'_>, kernels: Kernels) -> &'a [Self::Activation];
    fn product(
        kernels: Kernels,
        panel: &[Self],
        x: &[&[Self::Activation]],
        outputs: &mut [[f32; PANEL]],
    );
}

macro_rules! packed {
    ($($panel:ty, $block:ty, $quantise:ident, $product:ident;)+) => {
        $(impl Packed for $panel {
            fn quantised<'a>(input: &'a Input<'_>, kernels: Kernels) -> &'a [$block] {
                input.$quantise(kernels)
            }
            fn product(kernels: Kernels, panel: &[Self], x: &[&[$block]], outputs: &mut [[f32; PANEL]]) {
                kernels.$product(panel, x, outputs);
            }
        })+
    };
}
packed! {
    Q4K, Superblock, superblocks, product_q4_k;
    Q5K, Superblock, superblocks, product_q5_k;
    Q6K, Superblock, superblocks, product_q6_k;
    Q4_0, Block, blocks, product_q4_0;
    Q4_1, Block, blocks, product_q4_1;
    Q5_0, Block, blocks, product_q5_0;
    Q5_1, Block, blocks, product_q5_1;
    Q8_0, Block, blocks, product_q8_0;
}

/// Packs the matrices that have panels. `progress` is told the bytes done.
pub(crate) fn pack<'a>(
    matrices: impl Iterator<Item = &'a mut Matrix>,
    mapping: &mut Mapping,
    pool: &Pool,
    progress: &mut dyn FnMut(usize),
    cancel: &AtomicBool,
) -> Result<(), EngineError> {
    let mut size = 0;
    let mut chosen: Vec<(&mut Matrix, usize)> = Vec::new();
    for matrix in matrices.filter(|matrix| has_panels(matrix)) {
        let start = size;
        size = (start + matrix.bytes.len()).next_multiple_of(ALIGNMENT);
        chosen.push((matrix, start));
    }
    if size == 0 {
        return Ok(());
    }
    mapping.reserve(size)?;
    for (matrix, start) in chosen {
        if cancel.load(Ordering::Relaxed) {
            return Err(EngineError::Cancelled);
        }
        // Both copies of a part alone are ever in memory.
        let panel = PANEL * (matrix.bytes.len() / matrix.rows);
        let step = PART.next_multiple_of(panel);
        let mut done = 0;
        while done < matrix.bytes.len() {
            let end = matrix.bytes.len().min(done + step);
            let from = matrix.bytes.start + done..matrix.bytes.start + end;
            let (rows, panels) = mapping.pack(from.clone(), start + done..start + end);
            with_panels!(matrix.kind, pack_rows(matrix.columns, rows, panels, pool), else ());
            mapping.release(from);
            done = end;
        }
        progress(start + done);
        matrix.packed = Some(start..start + done);
    }
    Ok(())
}

/// Whether a matrix can be packed.
fn has_panels(matrix: &Matrix) -> bool {
    with_panels!(matrix.kind, fits(matrix), else false)
}

fn fits<P: Packed>(matrix: &Matrix) -> bool {
    let row = matrix.columns / P::LENGTH * P::BYTES;
    matrix.rows.is_multiple_of(PANEL)
        && matrix.columns.is_multiple_of(P::LENGTH)
        && matrix.bytes.len() == matrix.rows * row
}

fn pack_rows<P: Packed>(columns: usize, from: &[u8], to: &mut [u8], pool: &Pool) {
    let row = columns / P::LENGTH * P::BYTES;
    let panels: Vec<_> = from
        .chunks(PANEL * row)
        .zip(to.chunks_mut(PANEL * row))
        .collect();
    pool.each(panels, |(rows, panel)| {
        for (b, block) in panel.chunks_mut(PANEL * P::BYTES).enumerate() {
            let bytes = |r: usize| &rows[r * row + b * P::BYTES..][..P::BYTES];
            let packed = P::pack(std::array::from_fn(bytes));
            block.copy_from_slice(bytes_of(std::slice::from_ref(&packed)));
        }
    });
}

/// `output[t] = matrix · input[t]`, of a matrix packed at `place`.
pub(crate) fn apply(
    matrix: &Matrix,
    place: &Range<usize>,
    means: Means<'_>,
    input: &Input<'_>,
    output: &mut [f32],
) {
    with_panels!(matrix.kind, product(matrix, place, means, input, output), else ());
}

/// The row `index` of a matrix packed at `place`, dequantised; zeros if it has no such row.
pub(crate) fn row(
    matrix: &Matrix,
    place: &Range<usize>,
    mapping: &Mapping,
    index: usize,
    output: &mut [f32],
) {
    with_panels!(matrix.kind, decode(matrix, place, mapping, index, output), else ());
}

fn decode<P: Packed>(
    matrix: &Matrix,
    place: &Range<usize>,
    mapping: &Mapping,
    index: usize,
    output: &mut [f32],
) {
    let width = matrix.columns / P::LENGTH;
    let panels: &[P] = mapping.packed(place.clone()).unwrap_or_default();
    match panels.chunks(width).nth(index / PANEL) {
        Some(panel) => {
            for (block, weights) in panel.iter().zip(output.chunks_mut(P::LENGTH)) {
                block.decode(index % PANEL, weights);
            }
        }
        None => output.fill(0.0),
    }
}

fn product<P: Packed>(
    matrix: &Matrix,
    place: &Range<usize>,
    means: Means<'_>,
    input: &Input<'_>,
    output: &mut [f32],
) {
    let width = matrix.columns / P::LENGTH;
    let panels: &[P] = means.mapping.packed(place.clone()).unwrap_or_default();
    assert_eq!(panels.len() * PANEL, matrix.rows * width, "whole panels");
    let tokens = input.len() / matrix.columns;
    assert_eq!(output.len(), tokens * matrix.rows, "a row for each token");
    let x = P::quantised(input, means.kernels);
    let x: Vec<&[P::Activation]> = x.chunks(width).collect();

    let pieces = shares(
        output,
        matrix.rows,
        piece(means, matrix.rows, tokens, PANEL),
    );
    means.pool.each(pieces, |(range, mut rows)| {
        let panels = &panels[range.start / PANEL * width..range.end / PANEL * width];
        let mut outputs = vec![[0.0; PANEL]; tokens];
        for (i, panel) in panels.chunks(width).enumerate() {
            if means.cancel.load(Ordering::Relaxed) {
                return;
            }
            P::product(means.kernels, panel, &x, &mut outputs);
            for (row, output) in rows.iter_mut().zip(&outputs) {
                row[i * PANEL..][..PANEL].copy_from_slice(output);
            }
        }
    });
}
