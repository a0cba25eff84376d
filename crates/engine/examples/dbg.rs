//! scratch
#![allow(clippy::print_stdout)]
use std::path::Path;
use std::sync::atomic::AtomicBool;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let c = AtomicBool::new(false);
    let m = engine::Model::open(Path::new(&a[1]), 2, &mut |_| (), &c).unwrap();
    let mut s = engine::Session::new(m.clone(), 64).unwrap();
    let p = m.tokenize("The council").into();
    let r = s.each_logits(&p, &c, &mut |i, l| println!("{i} {:?} nan {}", &l[..4], l.iter().filter(|x| !x.is_finite()).count()));
    println!("{:?}", r.is_ok());
}
