//! The vision tower, on tiny synthetic companion files: what it makes, and what it refuses.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use engine::gguf::Kind;
use engine::synth::{self, Architecture, Shape, VisionShape};
use engine::{EngineError, Model, Picture, Pixels, Vision};
use proptest::prelude::*;

use crate::{open, synthetic};

/// Bytes of a companion file.
fn companion(shape: &VisionShape) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mmproj.gguf");
    synth::write_vision(&path, shape, 3, &mut |_| {}, &AtomicBool::new(false)).unwrap();
    (directory, path)
}

fn model(threads: usize) -> Arc<Model> {
    let (_directory, path) = synthetic(&Shape::tiny(Architecture::Mistral3));
    open(&path, threads).unwrap()
}

/// A picture that is nowhere plain.
fn pixels(width: usize, height: usize) -> Pixels {
    let rgb = (0..width * height * 3).map(|i| (i * i % 255) as u8);
    Pixels::new(width, height, rgb.collect()).unwrap()
}

fn look(vision: &Vision, pixels: &Pixels, most: usize) -> Result<Arc<Picture>, EngineError> {
    let grid = vision.grid(pixels.width(), pixels.height(), most)?;
    vision.encode(pixels, grid, &mut |_| {}, &AtomicBool::new(false))
}

#[test]
fn a_picture_becomes_cells_the_same_whatever_the_threads() {
    let (_directory, path) = companion(&VisionShape::tiny(256));
    let info = Vision::inspect(&path).unwrap();
    assert_eq!((info.model_hidden, info.cell_side), (256, 16));
    let picture = pixels(150, 90);
    let [one, three] = [1, 3].map(|threads| {
        let vision = Vision::open(&path, &model(threads)).unwrap();
        look(&vision, &picture, 10_000).unwrap()
    });
    assert_eq!((one.columns(), one.rows(), one.tokens()), (10, 6, 66));
    assert_eq!(one.cells().len(), 60 * 256);
    assert_eq!(one.cells(), three.cells());
    assert!(one.cells().iter().all(|x| x.is_finite()));

    let vision = Vision::open(&path, &model(2)).unwrap();
    let small = look(&vision, &picture, 12).unwrap();
    assert!(small.columns() * small.rows() <= 12);
    // Another picture of the same size is another.
    let other = Pixels::new(150, 90, vec![7; 150 * 90 * 3]).unwrap();
    let other = look(&vision, &other, 10_000).unwrap();
    assert_ne!(one.cells(), other.cells());
    assert!(vision.cost(vision.grid(160, 160, 100).unwrap()) > 100_000);
}

#[test]
fn every_kind_of_matrix_computes_nearly_the_same() {
    let shape = |kind| VisionShape {
        hidden: 256,
        feed_forward: 512,
        kind,
        ..VisionShape::tiny(256)
    };
    let model = model(2);
    for kind in [Kind::F16, Kind::Bf16, Kind::Q8_0, Kind::Q4K, Kind::Q6K] {
        let (_directory, path) = companion(&shape(kind));
        let vision = Vision::open(&path, &model).unwrap();
        let picture = look(&vision, &pixels(40, 40), 100).unwrap();
        assert_eq!(picture.cells().len(), 9 * 256, "{kind:?}");
    }
}

#[test]
fn progress_ends_and_a_raised_flag_stops_it() {
    let (_directory, path) = companion(&VisionShape::tiny(256));
    let vision = Vision::open(&path, &model(2)).unwrap();
    let picture = pixels(100, 100);
    let grid = vision.grid(100, 100, 100).unwrap();
    let mut seen = Vec::new();
    let cancel = AtomicBool::new(false);
    vision
        .encode(&picture, grid, &mut |done| seen.push(done), &cancel)
        .unwrap();
    assert_eq!((seen.first(), seen.last()), (Some(&0.0), Some(&1.0)));
    assert!(seen.is_sorted() && seen.len() >= 4);
    let cancel = AtomicBool::new(true);
    let outcome = vision.encode(&picture, grid, &mut |_| {}, &cancel);
    assert!(matches!(outcome, Err(EngineError::Cancelled)));
}

#[test]
fn the_companion_of_another_model_and_what_is_no_companion_are_refused() {
    let (_directory, path) = companion(&VisionShape::tiny(128));
    let outcome = Vision::open(&path, &model(1));
    assert!(matches!(
        outcome,
        Err(EngineError::OtherModel {
            file: 128,
            model: 256
        })
    ));
    let (_directory, text) = synthetic(&Shape::tiny(Architecture::Mistral3));
    let outcome = Vision::inspect(&text);
    assert!(matches!(
        outcome,
        Err(EngineError::UnsupportedArchitecture { name }) if name == "mistral3"
    ));
    assert!(matches!(
        Model::inspect(&path),
        Err(EngineError::UnsupportedArchitecture { name }) if name == "clip"
    ));
}

/// The file with one value of its metadata replaced.
fn spoilt(path: &Path, key: &str, value: [u8; 4]) -> PathBuf {
    let mut bytes = std::fs::read(path).unwrap();
    let key = [&(key.len() as u64).to_le_bytes(), key.as_bytes()].concat();
    let at = bytes.windows(key.len()).position(|w| w == key).unwrap() + key.len() + 4;
    bytes[at..at + 4].copy_from_slice(&value);
    let path = path.with_file_name("spoilt.gguf");
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn every_number_of_the_metadata_is_refused_outside_its_range() {
    let (_directory, path) = companion(&VisionShape::tiny(256));
    for key in [
        "projection_dim",
        "image_size",
        "patch_size",
        "embedding_length",
        "feed_forward_length",
        "block_count",
        "attention.head_count",
        "spatial_merge_size",
    ] {
        for value in [0, 65_537, 1 << 31, u32::MAX] {
            let key = format!("clip.vision.{key}");
            let spoilt = spoilt(&path, &key, u32::to_le_bytes(value));
            let outcome = Vision::inspect(&spoilt);
            assert!(
                matches!(outcome, Err(EngineError::Malformed { .. })),
                "{key} = {value}"
            );
        }
    }
    let epsilon = "clip.vision.attention.layer_norm_epsilon";
    for value in [0.0, -1.0, 2.0, f32::NAN, f32::INFINITY] {
        let spoilt = spoilt(&path, epsilon, value.to_le_bytes());
        assert!(Vision::inspect(&spoilt).is_err(), "{value}");
    }
    // The type of the array's elements stands where its first four bytes do.
    for key in ["clip.vision.image_mean", "clip.vision.image_std"] {
        let spoilt = spoilt(&path, key, 5u32.to_le_bytes());
        assert!(Vision::inspect(&spoilt).is_err(), "{key}");
    }
}

#[test]
fn a_grid_that_is_not_the_pictures_is_refused() {
    let (_directory, path) = companion(&VisionShape::tiny(256));
    let vision = Vision::open(&path, &model(1)).unwrap();
    let small = pixels(16, 16);
    for (columns, rows) in [(0, 0), (0, 1), (2, 1), (usize::MAX, 1), (1, 1 << 40)] {
        let grid = engine::Grid { columns, rows };
        let cancel = AtomicBool::new(false);
        let outcome = vision.encode(&small, grid, &mut |_| {}, &cancel);
        assert!(matches!(outcome, Err(EngineError::PictureShape { .. })));
    }
    assert!(vision.grid(20_000, 1, 100).is_err() && vision.grid(1, 20_000, 100).is_err());
    assert!(vision.grid(46_368, 46_368, 100).is_err() && vision.grid(0, 0, 100).is_err());
}

#[test]
fn a_finer_grid_costs_more() {
    let (_directory, path) = companion(&VisionShape::tiny(256));
    let vision = Vision::open(&path, &model(1)).unwrap();
    let grids = [1, 9, 36, 10_000].map(|most| vision.grid(160, 120, most).unwrap());
    let costs = grids.map(|grid| (grid.cells(), vision.cost(grid)));
    assert!(
        costs.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1),
        "{costs:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn bytes_changed_anywhere_in_the_header_are_refused_or_computed(
        changes in prop::collection::vec((0usize..3000, any::<u8>()), 1..4),
    ) {
        static FILES: OnceLock<(tempfile::TempDir, PathBuf, Arc<Model>)> = OnceLock::new();
        let (_, path, model) = FILES.get_or_init(|| {
            let (directory, path) = companion(&VisionShape::tiny(256));
            (directory, path, model(1))
        });
        let mut bytes = std::fs::read(path).unwrap();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        let directory = tempfile::tempdir().unwrap();
        let changed = directory.path().join("changed.gguf");
        std::fs::write(&changed, bytes).unwrap();
        if let Ok(vision) = Vision::open(&changed, model) {
            prop_assert!(Vision::inspect(&changed).is_ok());
            match look(&vision, &pixels(50, 30), 100) {
                Ok(picture) => prop_assert!(picture.cells().iter().all(|x| x.is_finite())),
                Err(error) => prop_assert!(matches!(error, EngineError::NotFinite)),
            }
        }
    }
}
