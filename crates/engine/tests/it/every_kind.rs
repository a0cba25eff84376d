//! Every tensor type: a matrix is multiplied, and gives what its dequantised rows give.

use engine::gguf::Kind;
use engine::synth::{Architecture, Mix, Shape};
use engine::{Decoding, Session};

use crate::{answer, greedy, open, synthetic};

#[test]
fn every_kind_loads_and_computes() {
    use Kind::*;
    for kind in [
        F32, F16, Bf16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2K, Q3K, Q4K, Q5K, Q6K,
    ] {
        let shape = Shape {
            mix: Mix::Uniform(kind),
            layers: 1,
            ..Shape::tiny(Architecture::Llama)
        };
        let (_directory, path) = synthetic(&shape);
        let model = open(&path, 2).unwrap();
        assert_eq!(model.info().quantisation, kind.name());
        let prompt = model.tokenize("hello world of councils");
        let decoding = Decoding {
            past_end: true,
            ..greedy(4)
        };
        let (first, _) = answer(
            &mut Session::new(model.clone(), 64).unwrap(),
            &prompt,
            &decoding,
        );
        assert_eq!(first.tokens.len(), 4, "{kind:?}");
        let mut resumed = Session::new(model, 64).unwrap();
        answer(&mut resumed, &prompt[..3], &greedy(1));
        let (second, _) = answer(&mut resumed, &prompt, &decoding);
        assert_eq!(first.tokens, second.tokens, "{kind:?}");
    }
}
