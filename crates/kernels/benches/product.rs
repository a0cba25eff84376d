//! `cargo bench -p kernels`: billions of multiplications a second on one thread, a row a format,
//! level and number of tokens. The matrix (3,072 rows of 3,072) does not fit the caches' first two
//! levels, as in a model.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::time::Instant;

use kernels::product::{Block, Panel, Q4K, Q6K, Superblock};
use kernels::{Kernels, PANEL};

const WIDTH: usize = 3072;

fn main() {
    println!("format  level        tokens  GMAC/s  GB/s");
    for kernels in Kernels::available().skip(1) {
        row::<Q4K>("Q4_K", kernels, Kernels::product_q4_k);
        row::<Q6K>("Q6_K", kernels, Kernels::product_q6_k);
        small(kernels);
    }
}

type Product<P> = fn(Kernels, &[P], &[&[<P as Panel>::Activation]], &mut [[f32; PANEL]]);

fn panels<P: Panel>() -> Vec<P> {
    let blocks = WIDTH / PANEL * (WIDTH / P::LENGTH);
    let bytes: Vec<u8> = (0..P::BYTES * PANEL)
        .map(|i| (i * 37 % 251) as u8)
        .collect();
    let rows = |b: usize| std::array::from_fn(|r| &bytes[(b + r) % PANEL * P::BYTES..][..P::BYTES]);
    (0..blocks).map(|b| P::pack(rows(b))).collect()
}

fn time<P: Panel>(name: &str, kernels: Kernels, product: Product<P>, x: &[Vec<P::Activation>]) {
    let panels: Vec<P> = panels();
    let width = WIDTH / P::LENGTH;
    for tokens in [1, 2, 3, 4, 8, 64] {
        let views: Vec<&[P::Activation]> = x[..tokens].iter().map(Vec::as_slice).collect();
        let mut outputs = vec![[0.0; PANEL]; tokens];
        let mut best = f64::INFINITY;
        for _ in 0..(256 / tokens).clamp(3, 20) {
            let begun = Instant::now();
            for panel in panels.chunks(width) {
                product(kernels, panel, &views, &mut outputs);
                std::hint::black_box(&outputs);
            }
            best = best.min(begun.elapsed().as_secs_f64());
        }
        println!(
            "{name:<7} {:<12} {tokens:>6} {:>7.1} {:>5.1}",
            kernels.level().name(),
            (tokens * WIDTH * WIDTH) as f64 / best / 1e9,
            size_of_val(panels.as_slice()) as f64 / best / 1e9,
        );
    }
}

fn noise(tokens: usize) -> Vec<Vec<f32>> {
    let value = |i: usize| ((i * 7919 % 2003) as f32 / 1001.5) - 1.0;
    (0..tokens)
        .map(|t| (0..WIDTH).map(|i| value(t * WIDTH + i)).collect())
        .collect()
}

fn row<P: Panel<Activation = Superblock>>(name: &str, kernels: Kernels, product: Product<P>) {
    let quantise = |row: Vec<f32>| {
        let mut blocks = vec![Superblock::ZERO; WIDTH / Superblock::LENGTH];
        kernels.superblocks(&row, &mut blocks);
        blocks
    };
    let x: Vec<_> = noise(64).into_iter().map(quantise).collect();
    time(name, kernels, product, &x);
}

fn small(kernels: Kernels) {
    let quantise = |row: Vec<f32>| {
        let mut blocks = vec![Block::ZERO; WIDTH / Block::LENGTH];
        kernels.blocks(&row, &mut blocks);
        blocks
    };
    let x: Vec<_> = noise(64).into_iter().map(quantise).collect();
    time("Q4_0", kernels, Kernels::product_q4_0, &x);
    time("Q4_1", kernels, Kernels::product_q4_1, &x);
    time("Q8_0", kernels, Kernels::product_q8_0, &x);
}
