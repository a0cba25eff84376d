//! The engine's numeric loops, over slices: norm, rotary, gate, attention, half precision, the
//! products of dense tiles and of one quantised format, and the threads they run on.
//!
//! Three things never meet here but in [`table`]: the processor's level ([`cpu`]), the operations
//! of that level (`lanes` of eight floats, `rows` of a panel's integers), and the loop written once over them (`norm`, `gate`,
//! `attention`…). The choice of level is made once, held in a [`Kernels`] value and passed down, so
//! that a test or a bench can run two levels side by side.
//!
//! This crate knows no model, no file format and no tensor library. It never answers "not
//! handled": the portable level is total.
//!
//! ```
//! use kernels::Kernels;
//! let mut row = [3.0_f32, 4.0];
//! Kernels::best().rms_norm(&mut row, &[1.0, 1.0], 0.0);
//! assert!((row[0] - 3.0 / 12.5_f32.sqrt()).abs() < 1e-6);
//! ```

pub mod attention;
pub mod cpu;
pub mod dense;
mod gate;
mod gelu;
mod kept;
mod lanes;
mod norm;
pub mod pool;
mod precision;
pub mod product;
mod rotary;
mod rows;
pub mod table;

pub use attention::Head;
pub use cpu::Level;
pub use half::f16;
pub use kept::{Q8_0, QUANTUM, Rows};
pub use pool::Pool;
pub use rows::PANEL;
pub use table::Kernels;
