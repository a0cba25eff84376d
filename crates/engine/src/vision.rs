//! Sight: a companion GGUF (`mmproj`) makes cells of a picture, which a [`Model`] reads in the place
//! of tokens.
//!
//! ```text
//! decoded pixels → grid (capped) → resized, normalised patches → tower → projector → [`Picture`]
//! ```
//!
//! The tower is Pixtral's, as Ministral 3 and Mistral Small 3 have it (arXiv 2410.07073): patches of
//! a picture of any size, attention both ways between all of them, positions in two directions. All
//! of it runs in `f32`, whatever the file's types. Reference: `transformers`,
//! `models/pixtral/modeling_pixtral.py` and `models/mistral3/modeling_mistral3.py`.
//!
//! Decoding a picture's file is not done here: foreign bytes are read in a confined process.

mod attention;
mod config;
mod grid;
mod pixels;
mod rotary;
mod tower;
mod weights;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::gguf::Header;
use crate::gguf::map::Mapping;
use crate::linear::Means;
use crate::{EngineError, Model, Picture, memory};
use config::Config;
use tower::Tower;
use weights::Weights;

pub use grid::{Grid, MOST_PIXELS, MOST_RATIO};
pub use pixels::Pixels;

/// What a companion file says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisionInfo {
    /// Floats of a state of the model that it was made for.
    pub model_hidden: u32,
    /// Pixels of a cell's side.
    pub cell_side: u32,
    /// Pixels of the longest side that it was trained for; larger pictures are reduced.
    pub longest_side: u32,
    /// Weights, in number.
    pub parameters: u64,
    /// Size of the file.
    pub file_bytes: u64,
    /// Bytes that looking at a page takes, at a thousand cells; finer ones take more.
    pub look_bytes: u64,
}

/// The sight of a model.
pub struct Vision {
    model: Arc<Model>,
    mapping: Mapping,
    config: Config,
    weights: Weights,
    info: VisionInfo,
}

impl Vision {
    /// Reads a file's header and table of tensors, and no weights.
    pub fn inspect(path: &Path) -> Result<VisionInfo, EngineError> {
        let mapping = Mapping::open(path)?;
        let (config, _, parameters) = read(&mapping)?;
        Ok(info(&mapping, &config, parameters))
    }

    /// Maps and checks the companion file of `model`, whose threads will compute.
    /// [`EngineError::OtherModel`] if it was made for another.
    pub fn open(path: &Path, model: &Arc<Model>) -> Result<Self, EngineError> {
        let mapping = Mapping::open(path)?;
        let (config, weights, parameters) = read(&mapping)?;
        if config.model_hidden != model.config.hidden {
            return Err(EngineError::OtherModel {
                file: config.model_hidden,
                model: model.config.hidden,
            });
        }
        mapping.will_need();
        Ok(Self {
            model: Arc::clone(model),
            info: info(&mapping, &config, parameters),
            mapping,
            config,
            weights,
        })
    }

    /// What the file says.
    pub fn info(&self) -> &VisionInfo {
        &self.info
    }

    /// The grid of a picture of `width` by `height` pixels: the finest that the tower knows and that
    /// has at most `most_cells` cells. [`EngineError::PictureShape`] if it is empty, has more than
    /// [`MOST_PIXELS`], or a side more than [`MOST_RATIO`] times the other.
    pub fn grid(
        &self,
        width: usize,
        height: usize,
        most_cells: usize,
    ) -> Result<Grid, EngineError> {
        Grid::choose(&self.config, width, height, most_cells)
    }

    /// Bytes that [`Vision::encode`] takes at most beside the file and the pixels.
    pub fn cost(&self, grid: Grid) -> u64 {
        let floats = tower::floats(&self.config, grid, self.model.threads());
        (floats * size_of::<f32>()) as u64
    }

    /// Looks at a picture. `grid` is [`Vision::grid`]'s for its size. `progress` goes from 0 to 1.
    ///
    /// When `cancel` is raised it returns [`EngineError::Cancelled`] within a fraction of a second.
    pub fn encode(
        &self,
        pixels: &Pixels,
        grid: Grid,
        progress: &mut dyn FnMut(f32),
        cancel: &AtomicBool,
    ) -> Result<Arc<Picture>, EngineError> {
        progress(0.0);
        // Whatever the caller did, no grid is larger than the tower's own.
        let largest = self.grid(pixels.width(), pixels.height(), usize::MAX)?;
        let of = |cells, most| (1..=most).contains(&cells);
        if !of(grid.columns, largest.columns) || !of(grid.rows, largest.rows) {
            return Err(EngineError::PictureShape {
                width: pixels.width(),
                height: pixels.height(),
            });
        }
        let needed = self.cost(grid);
        if let Some(available) = memory::available()
            && available < needed
        {
            return Err(EngineError::OutOfMemory { needed, available });
        }
        let tower = Tower {
            config: &self.config,
            weights: &self.weights,
            model_epsilon: self.model.config.epsilon,
            means: Means {
                mapping: &self.mapping,
                ..self.model.means(cancel)
            },
        };
        let cells = tower.run(pixels.patches(&self.config, grid), grid, progress)?;
        if !cells.iter().all(|x| x.is_finite()) {
            return Err(EngineError::NotFinite);
        }
        progress(1.0);
        Picture::new(grid.columns, grid.rows, cells).map(Arc::new)
    }
}

/// The checked hyper-parameters and tensors of a companion file, and how many weights it has.
fn read(mapping: &Mapping) -> Result<(Config, Weights, u64), EngineError> {
    let header = Header::parse(mapping.bytes())?;
    let config = Config::read(&header)?;
    let weights = Weights::read(&header, mapping, &config)?;
    let tensors = header.tensors().iter();
    let parameters = tensors.map(|tensor| tensor.dims.iter().product::<u64>());
    Ok((config, weights, parameters.sum()))
}

fn info(mapping: &Mapping, config: &Config, parameters: u64) -> VisionInfo {
    let side = (config.longest_side / config.cell()).clamp(1, 32);
    let page = Grid {
        columns: side,
        rows: side,
    };
    VisionInfo {
        model_hidden: config.model_hidden as u32,
        cell_side: config.cell() as u32,
        longest_side: config.longest_side as u32,
        parameters,
        file_bytes: mapping.bytes().len() as u64,
        look_bytes: (tower::floats(config, page, 1) * size_of::<f32>()) as u64,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::config::{Activation, Config};

    /// Ministral 3 3B's.
    pub(crate) fn config() -> Config {
        Config {
            layers: 24,
            hidden: 1024,
            feed_forward: 4096,
            heads: 16,
            epsilon: 1e-5,
            rotary_base: 10_000.0,
            activation: Activation::Silu,
            patch: 14,
            merge: 2,
            longest_side: 1540,
            model_hidden: 3072,
            mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
            deviation: [0.268_629_54, 0.261_302_6, 0.275_777_1],
        }
    }
}
