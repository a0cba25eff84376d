//! scratch
#![allow(clippy::print_stdout)]
use std::path::Path;
use std::sync::atomic::AtomicBool;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let n = |i: usize, d: usize| a.get(i).map_or(d, |x| x.parse().unwrap());
    let plan = engine::bench::Plan { threads: n(2, 2), prompt: n(3, 128), answer: n(4, 32) };
    let m = engine::bench::measure(Path::new(&a[1]), plan, &mut |_| (), &AtomicBool::new(false)).unwrap();
    println!("{:?} load {:.2} first {:.2} prefill {:.1} decode {:.2} peak/file {:.3}", m.level, m.load.as_secs_f64(), m.first_token.as_secs_f64(), m.prompt_rate, m.answer_rate, m.peak_resident.unwrap() as f64 / m.model.file_bytes as f64);
}
