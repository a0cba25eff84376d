//! The Gaussian error linear unit, exact: `x · Φ(x) = x/2 · (1 + erf(x / √2))`. Hendrycks and Gimpel
//! (arXiv 1606.08415); what `transformers` calls `gelu`.

use crate::lanes::{Lanes, WIDTH};

/// Applies it in place.
#[inline(always)]
pub(crate) fn gelu_erf<L: Lanes>(lanes: L, row: &mut [f32]) {
    let (eights, rest) = row.as_chunks_mut();
    for eight in eights {
        unit(lanes, eight);
    }
    let mut pad = [0.0; WIDTH];
    pad[..rest.len()].copy_from_slice(rest);
    unit(lanes, &mut pad);
    rest.copy_from_slice(&pad[..rest.len()]);
}

/// erf by Abramowitz and Stegun's formula 7.1.26, off by 1.5e-7 at most: with `z = |x| / √2` and
/// `t = 1 / (1 + p z)`, `1 − erf(z) = t (a₁ + t (a₂ + …)) e^(−z²)`.
#[inline(always)]
fn unit<L: Lanes>(lanes: L, xs: &mut [f32; WIDTH]) {
    const P: f32 = 0.327_591_1;
    const A: [f32; 5] = [
        1.061_405_4,
        -1.453_152,
        1.421_413_8,
        -0.284_496_74,
        0.254_829_6,
    ];
    let x = lanes.load(xs);
    let z = lanes.mul(
        lanes.max(x, lanes.mul(x, lanes.splat(-1.0))),
        lanes.splat(std::f32::consts::FRAC_1_SQRT_2),
    );
    let one = lanes.splat(1.0);
    let t = lanes.div(one, lanes.fma(z, lanes.splat(P), one));
    let mut sum = lanes.splat(A[0]);
    for a in &A[1..] {
        sum = lanes.fma(sum, t, lanes.splat(*a));
    }
    let bell = lanes.exp(lanes.mul(lanes.mul(z, z), lanes.splat(-1.0)));
    let tail = lanes.mul(lanes.mul(sum, t), bell);
    // x Φ(x) = max(x, 0) − |x| (1 − erf(z)) / 2, on either side of zero.
    let positive = lanes.max(x, lanes.splat(0.0));
    let lost = lanes.mul(z, lanes.splat(-std::f32::consts::FRAC_1_SQRT_2));
    lanes.store(lanes.fma(lost, tail, positive), xs);
}

#[cfg(test)]
mod tests {
    use crate::Kernels;

    #[test]
    fn it_is_the_exact_one_and_not_its_usual_approximation() {
        // Φ(x), to ten digits.
        let table = [
            (0.0, 0.5),
            (0.1, 0.539_827_837_3),
            (0.5, 0.691_462_461_3),
            (1.0, 0.841_344_746_1),
            (1.5, 0.933_192_798_7),
            (2.0, 0.977_249_868_1),
            (3.0, 0.998_650_102_0),
            (4.0, 0.999_968_328_8),
            (40.0, 1.0),
        ];
        for kernels in Kernels::available() {
            let mut row: Vec<f32> = table.iter().flat_map(|(x, _)| [*x, -*x]).collect();
            kernels.gelu_erf(&mut row);
            for (pair, (x, phi)) in row.as_chunks::<2>().0.iter().zip(table) {
                let expected = [f64::from(x) * phi, -f64::from(x) * (1.0 - phi)];
                for (got, expected) in pair.iter().zip(expected) {
                    assert!(
                        (f64::from(*got) - expected).abs() < 5e-7,
                        "{x}: {got} {expected}"
                    );
                }
            }
        }
    }
}
