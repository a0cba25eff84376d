"""The same file in llama.cpp and here, 256 tokens of the likeliest: real models, and a tiny random
Ministral 3 in each type of weights.

Both quantise activations, each in its own order of sums, so logits differ by rounding, and answers part
where two tokens are as likely. Hence both read llama.cpp's answer: a position where the likeliest token
differs although llama.cpp's two best stand further apart than rounding reaches is a mistake.
`transformers`, with the file's own weights in single precision, tells how far from exact llama.cpp is
(`its own`): two independent roundings stand twice as far from each other as each from the truth, and
ours must stand no further from it.
"""

import ctypes

import llama_cpp
import numpy

import tiny
from oracle import REAL, Engine, Llama, begin, divergence, row, silence, work

COUNT = 256
# The types by their llama.cpp file type.
KINDS = {"F32": 0, "F16": 1, "BF16": 32, "Q4_0": 2, "Q4_1": 3, "Q5_0": 8, "Q5_1": 9, "Q8_0": 7,
         "Q2_K": 10, "Q3_K": 12, "Q4_K": 15, "Q5_K": 17, "Q6_K": 18}
TEXT = "Le conseil municipal s’est réuni à la mairie, sous la présidence de Mme la maire."


def quantise(source, path, kind: int) -> None:
    """A file whose matrices are all of one type, by llama.cpp."""
    silence(llama_cpp)
    options = llama_cpp.llama_model_quantize_default_params()
    options.ftype, options.pure, options.nthread = kind, True, 2
    if llama_cpp.llama_model_quantize(str(source).encode(), str(path).encode(), ctypes.byref(options)):
        raise RuntimeError(f"llama.cpp does not quantise to type {kind}")


def compare(engine: Engine, name: str, path, tokens: list[int], exact) -> None:
    """Rows of one file. `exact` gives the reference's logits after each token."""
    peer = Llama(path, len(tokens) + COUNT + 8)
    theirs = peer.greedy(tokens, COUNT)
    ours = engine.ask(do="greedy", model=path, tokens=tokens, n=COUNT)["tokens"]
    same = next((at for at in range(COUNT) if ours[at] != theirs[at]), COUNT)

    # Both read llama.cpp's answer: what each would have said at every position.
    read = [*tokens, *theirs[:-1]]
    a, b = peer.logits(read), engine.logits(path, read, cache="f32")
    peer.close()
    centred = lambda x: x - x.mean(axis=1, keepdims=True)
    noise = float(((centred(a) - centred(b)) ** 2).mean() ** 0.5)
    best = numpy.partition(a, -2, axis=1)[:, -2:]
    margin = best[:, 1] - best[:, 0]
    differ = a.argmax(axis=1) != b.argmax(axis=1)
    # Three deviations of the difference between two logits.
    beyond = int((differ & (margin > 3 * 2**0.5 * noise)).sum())
    row(f"{name}: likeliest tokens unlike llama.cpp's, past rounding", "0",
        f"{beyond}; {int(differ.sum())} of {len(read)} within {noise:.0e}; {same} of {COUNT} alike", beyond == 0)
    truth = exact(read)
    between, far, near = divergence(a, b), divergence(truth, a), divergence(truth, b)
    row(f"{name}: mean KL from llama.cpp", "≤ 2.5 × its own + 1e-6", f"{between:.1e}; its own {far:.1e}",
        between <= 2.5 * far + 1e-6)
    row(f"{name}: mean KL from transformers", "≤ 1.25 × its own + 1e-6", f"{near:.1e}", near <= 1.25 * far + 1e-6)


def reference(path):
    """`transformers` on the file's own weights, dequantised."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()

    def logits(tokens: list[int]):
        with torch.no_grad():
            return model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0].numpy()

    return logits


def main() -> None:
    engine = Engine()
    for name, path in REAL.items():
        if not path.is_file():
            row(f"{name}: greedy against llama.cpp", "0", f"{path.name} is not there", False)
            continue
        tokens = begin(name) + engine.ask(do="tokenize", model=path, texts=[TEXT])["tokens"][0]
        compare(engine, name, path, tokens, reference(path))
    made = tiny.model(hidden_size=256, num_attention_heads=16, tie_word_embeddings=False, num_hidden_layers=4,
                      intermediate_size=512, head_dim=32, vocab_size=384)
    source = work() / "tiny.gguf"
    tiny.write(source, made)
    for name, kind in KINDS.items():
        path = work() / f"tiny-{name}.gguf"
        quantise(source, path, kind)
        tiny.restore(made, path)
        compare(engine, f"tiny {name}", path, tiny.prompt(384, 64), lambda tokens: tiny.logits(made, tokens))


main()
