//! Rows in plain Rust: any processor, and the reference of the others.

use half::f16;

use super::{Chunk, PANEL, Rows};
use crate::lanes::portable::Portable;

fn each<T>(make: impl FnMut(usize) -> T) -> [T; PANEL] {
    std::array::from_fn(make)
}

fn fours(weights: [[u8; 4]; PANEL], x: [[u8; 4]; PANEL], signed: bool) -> [i32; PANEL] {
    each(|r| {
        let pairs = weights[r].iter().zip(x[r]);
        let product = |(w, x): (&u8, u8)| {
            let w = if signed {
                i32::from(*w as i8)
            } else {
                i32::from(*w)
            };
            w * i32::from(x as i8)
        };
        pairs.map(product).sum()
    })
}

impl Rows for Portable {
    const ROWS: usize = PANEL;
    type Bytes = [[u8; 4]; PANEL];
    type Part = [i32; PANEL];
    type Factor = [i32; PANEL];
    type Pairs = [[i16; 2]; PANEL];
    type Ints = [i32; PANEL];
    type Floats = [f32; PANEL];

    fn bytes(self, chunk: &Chunk, _: usize) -> Self::Bytes {
        each(|r| each_four(|i| chunk[4 * r + i]))
    }
    fn low(self, a: Self::Bytes) -> Self::Bytes {
        a.map(|four| four.map(|byte| byte & 15))
    }
    fn high(self, a: Self::Bytes) -> Self::Bytes {
        a.map(|four| four.map(|byte| byte >> 4))
    }
    fn two_bits<const FIELD: u32>(self, a: Self::Bytes) -> Self::Bytes {
        a.map(|four| four.map(|byte| (byte >> (2 * FIELD) & 3) << 4))
    }
    fn one_bit<const FIELD: u32>(self, a: Self::Bytes) -> Self::Bytes {
        a.map(|four| four.map(|byte| (byte >> FIELD & 1) << 4))
    }
    fn or(self, a: Self::Bytes, b: Self::Bytes) -> Self::Bytes {
        each(|r| each_four(|i| a[r][i] | b[r][i]))
    }
    fn spread(self, four: [i8; 4]) -> Self::Bytes {
        [four.map(|x| x as u8); PANEL]
    }
    fn part(self, weights: Self::Bytes, x: Self::Bytes) -> Self::Part {
        fours(weights, x, false)
    }
    fn more(self, part: Self::Part, weights: Self::Bytes, x: Self::Bytes) -> Self::Part {
        self.whole(part, fours(weights, x, false))
    }
    fn scaled(self, sum: Self::Ints, part: Self::Part, factor: Self::Factor) -> Self::Ints {
        each(|r| sum[r] + part[r] * factor[r])
    }
    fn whole(self, sum: Self::Ints, part: Self::Part) -> Self::Ints {
        each(|r| sum[r] + part[r])
    }
    fn signed(self, sum: Self::Ints, weights: Self::Bytes, x: Self::Bytes) -> Self::Ints {
        self.whole(sum, fours(weights, x, true))
    }
    fn factor(self, row: &[u8; PANEL], _: usize) -> Self::Factor {
        row.map(i32::from)
    }
    fn signed_factor(self, row: &[u8; PANEL], _: usize) -> Self::Factor {
        row.map(|byte| i32::from(byte as i8))
    }
    fn pairs(self, a: &[u8; PANEL], b: &[u8; PANEL], _: usize) -> Self::Pairs {
        each(|r| [i16::from(a[r]), i16::from(b[r])])
    }
    fn signed_pairs(self, a: &[u8; PANEL], b: &[u8; PANEL], _: usize) -> Self::Pairs {
        each(|r| [i16::from(a[r] as i8), i16::from(b[r] as i8)])
    }
    fn dot_pairs(self, sum: Self::Ints, a: Self::Pairs, x: [i16; 2]) -> Self::Ints {
        let product = |r: usize, i: usize| i32::from(a[r][i]) * i32::from(x[i]);
        each(|r| sum[r] + product(r, 0) + product(r, 1))
    }
    fn none(self) -> Self::Ints {
        [0; PANEL]
    }
    fn less_32(self, a: Self::Ints, b: Self::Ints) -> Self::Ints {
        each(|r| a[r] - 32 * b[r])
    }
    fn floats(self, a: Self::Ints) -> Self::Floats {
        a.map(|x| x as f32)
    }
    fn halves(self, row: &[f16; PANEL], _: usize) -> Self::Floats {
        row.map(f16::to_f32_const)
    }
    fn splat(self, x: f32) -> Self::Floats {
        [x; PANEL]
    }
    fn mul(self, a: Self::Floats, b: Self::Floats) -> Self::Floats {
        each(|r| a[r] * b[r])
    }
    fn fma(self, a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats {
        each(|r| a[r].mul_add(b[r], c[r]))
    }
    fn store(self, a: Self::Floats, row: &mut [f32; PANEL], _: usize) {
        *row = a;
    }
}

fn each_four(make: impl FnMut(usize) -> u8) -> [u8; 4] {
    std::array::from_fn(make)
}
