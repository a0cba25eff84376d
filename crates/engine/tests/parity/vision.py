"""Pictures against `transformers` and `mistral-common`: preparation, tower, projector, and the answers
to a prompt that holds some; in single precision, on tiny random models.

    target/measure/oracle/bin/python crates/engine/tests/parity/vision.py

(the environment of requirements.txt; after `cargo build --release -p engine --example parity`)

With the argument `fixtures` it writes instead what the engine's own tests compare with, into
crates/engine/tests/fixtures/vision; made with torch 2.15.0, transformers 5.24.0, mistral-common 1.13.1,
opencv-python-headless 5.0.0.93, numpy 2.3.5, gguf 0.19.0.
"""

import pathlib
import sys

import gguf
import numpy

import mtmd
import pixtral
import tiny
from oracle import Engine, row, work
from tekken import finish, letters

GOAL = 1e-3
# Width and height; none is a multiple of a cell. One cell alone makes `transformers` fail (`squeeze`).
SIZES = [(37, 53), (200, 121), (333, 47), (19, 3)]
# Bytes that no merge joins.
QUESTION = "QUI ?"
ANSWER = 24
FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures/vision"


def picture(width: int, height: int) -> numpy.ndarray:
    """Shapes, edges, a slope and some grain: `[height, width, 3]`, bytes."""
    lots = numpy.random.default_rng(width * 1000 + height)
    x, y = numpy.arange(width)[None, :, None], numpy.arange(height)[:, None, None]
    phase = numpy.array([0.0, 2.0, 4.0])[None, None]
    slope = 127 + 100 * numpy.sin(x / 17 + phase) * numpy.cos(y / 23 - phase)
    slope = numpy.where((x // 13 + y // 11) % 3 == 0, 255 - slope, slope)
    grain = lots.integers(-20, 21, (height, width, 3))
    return numpy.clip(slope + grain, 0, 255).astype(numpy.uint8)


def ids(text: str) -> list[int]:
    """The tokens of a text that no merge joins."""
    table = letters()
    return [tiny.CONTROLS + table.index(table[byte]) for byte in text.encode()]


def conversation(tokens: list[list[int]]) -> list[int]:
    """A picture, a text, a picture, a text, in the form v13."""
    first, second = tokens
    return [1, 3, *first, *ids("ICI "), *second, *ids(QUESTION), 4]


def references(made):
    """What a model makes of each picture: tokens, prepared values, cells."""
    return [(*(prepared := pixtral.prepare(picture(*size))), pixtral.cells(made, prepared[1])) for size in SIZES]


def fixtures() -> None:
    """Small files for the tests of the engine: models, pictures, and what they give."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for (name, shape), short in zip(pixtral.TOWERS.items(), ("silu", "gelu")):
        made = pixtral.model(**shape)
        pixtral.write(FIXTURES / f"{short}.mmproj.gguf", made)
        seen = references(made)
        writer = gguf.GGUFWriter(FIXTURES / f"{short}.expected.gguf", "expected")
        for index, (_, values, cells) in enumerate(seen):
            writer.add_tensor(f"cells.{index}", numpy.ascontiguousarray(cells))
            if short == "silu":
                writer.add_tensor(f"values.{index}", numpy.ascontiguousarray(values))
        if short == "silu":
            tiny.write(FIXTURES / "text.gguf", made.text, tiny.SEEING)
            tokens = conversation([tokens for tokens, _, _ in seen[:2]])
            pictures = [values for _, values, _ in seen[:2]]
            answer, margin = pixtral.greedy(made, tokens, pictures, ANSWER)
            assert margin > 10 * GOAL, margin
            writer.add_array("prompt", tokens)
            writer.add_array("answer", answer)
            writer.add_tensor("logits", pixtral.logits(made, tokens, pictures)[-16:].copy())
        finish(writer)
    for index, size in enumerate(SIZES):
        header = f"P6 {size[0]} {size[1]} 255\n".encode()
        (FIXTURES / f"{index}.ppm").write_bytes(header + picture(*size).tobytes())


def worst(ours: numpy.ndarray, reference: numpy.ndarray) -> float:
    """The greatest distance."""
    return float(abs(ours - reference).max()) if ours.shape == reference.shape else float("inf")


class Eyes:
    """The engine with a text model and a companion."""

    def __init__(self, engine: Engine, text: pathlib.Path, companion: pathlib.Path, hidden: int) -> None:
        self.engine, self.files, self.hidden = engine, dict(model=text, mmproj=companion), hidden

    def file(self, size: tuple[int, int]) -> dict:
        """A picture as the engine is given it."""
        path = work() / f"{size[0]}x{size[1]}.rgb"
        path.write_bytes(picture(*size).tobytes())
        return dict(rgb=str(path), width=size[0], height=size[1])

    def cells(self, size: tuple[int, int]) -> numpy.ndarray:
        """What it makes of a picture."""
        out = work() / "cells.f32"
        self.engine.ask(do="look", **self.files, out=out, picture=self.file(size))
        return numpy.fromfile(out, dtype="<f4").reshape(-1, self.hidden)

    def answer(self, sizes: list[tuple[int, int]], texts: list[str]):
        """The prompt's tokens, the logits after each, and the likeliest tokens in turn."""
        out = work() / "logits.f32"
        parts = [part for size, text in zip(sizes, texts) for part in (dict(picture=self.file(size)), dict(text=text))]
        said = self.engine.ask(do="see", **self.files, out=out, parts=parts, n=ANSWER)
        return said["tokens"], numpy.fromfile(out, dtype="<f4").reshape(len(said["tokens"]), -1), said["answer"]


def mistakes(cells: list[numpy.ndarray]) -> float:
    """How far cells go, at least, when one thing of the graph is wrong."""
    values = [pixtral.prepare(picture(*size))[1] for size in SIZES[:2]]
    turned = pixtral.model(**pixtral.TOWERS["silu"])
    weight = turned.model.multi_modal_projector.patch_merger.merging_layer.weight
    rows = weight.detach().reshape(len(weight), -1, 2, 2)
    weight.data = rows.transpose(2, 3).reshape(weight.shape).contiguous()
    wrong = [
        pixtral.model(**pixtral.TOWERS["silu"], theta=5e3),
        pixtral.model(**pixtral.TOWERS["silu"] | dict(hidden_act="gelu")),
        turned,
    ]
    moved = [max(worst(pixtral.cells(made, value), right) for value, right in zip(values, cells)) for made in wrong]
    return min(moved)


def grids(eyes: Eyes) -> None:
    """How many cells pictures of many sizes have."""
    lots = numpy.random.default_rng(29)
    sizes = [tuple(map(int, size)) for size in lots.integers(1, 700, (500, 2)) if max(size) <= 200 * min(size)]
    encoder = pixtral.encoder()

    class Sized:
        def __init__(self, size):
            self.size = size

    theirs = [list(encoder._image_to_num_tokens(Sized(size))) for size in sizes]
    ours = eyes.engine.ask(do="grids", **eyes.files, sizes=sizes)["grids"]
    wrong = sum(a != b for a, b in zip(ours, theirs, strict=True))
    row(f"grids of {len(sizes)} pictures against mistral-common", "0 differ", f"{wrong} differ", wrong == 0)


def peer(eyes: Eyes, name: str) -> None:
    """llama.cpp on the same two files, of a picture that it need not resize."""
    size = (6 * pixtral.SIDE, 4 * pixtral.SIDE)
    cells = mtmd.cells(eyes.files["model"], eyes.files["mmproj"], picture(*size), 6, eyes.hidden)
    # Its GELU is the approximation by tanh, from a table in half precision.
    far = worst(eyes.cells(size), cells)
    row(f"cells against llama.cpp, the same file: {name}", "≤ 0.005", f"{far:.1e}", far <= 5e-3)


def main() -> None:
    engine = Engine()
    text = work() / "tiny-seeing.gguf"
    tiny.write(text, tiny.model(**tiny.SHAPES["3B"]), tiny.SEEING)
    for name, shape in pixtral.TOWERS.items():
        made = pixtral.model(**shape)
        companion = work() / f"tiny-seeing.{shape['hidden_act']}.gguf"
        pixtral.write(companion, made)
        eyes = Eyes(engine, text, companion, made.config.text_config.hidden_size)
        seen = references(made)
        far = max(worst(eyes.cells(size), cells) for size, (_, _, cells) in zip(SIZES, seen))
        row(f"cells of {len(SIZES)} pictures against transformers: {name}", f"≤ {GOAL}", f"{far:.1e}", far <= GOAL)
        tokens = conversation([tokens for tokens, _, _ in seen[:2]])
        pictures = [values for _, values, _ in seen[:2]]
        ids, ours, answer = eyes.answer(SIZES[:2], ["ICI ", QUESTION])
        far = worst(ours, pixtral.logits(made, tokens, pictures))
        row("logits of a prompt with two pictures", f"≤ {GOAL}", f"{far:.1e}" if ids == tokens else "other tokens",
            ids == tokens and far <= GOAL)
        expected, margin = pixtral.greedy(made, tokens, pictures, ANSWER)
        same = sum(a == b for a, b in zip(answer, expected))
        row(f"its greedy answer (margins ≥ {margin:.0e})", f"the same {ANSWER} tokens", f"{same} the same", answer == expected)
        peer(eyes, name)
        if name == "silu":
            least = mistakes([cells for _, _, cells in seen])
            row("a wrong angle, activation or merge moves a cell by", f"≥ {10 * GOAL}", f"{least:.2f}", least >= 10 * GOAL)
            grids(eyes)
    for kind in ("F16", "BF16", "Q8_0", "Q4_0"):
        made = pixtral.model(**pixtral.TOWERS["silu"], hidden_size=64)
        kind = pixtral.Kind[kind]
        pixtral.settle(made, kind)
        companion = work() / f"tiny-seeing.{kind.name}.gguf"
        pixtral.write(companion, made, kind)
        eyes = Eyes(engine, text, companion, made.config.text_config.hidden_size)
        far = worst(eyes.cells(SIZES[0]), pixtral.cells(made, pixtral.prepare(picture(*SIZES[0]))[1]))
        row(f"cells against transformers, the weights of the file in {kind.name}", f"≤ {GOAL}", f"{far:.1e}", far <= GOAL)
    spent = engine.ask(do="time-a-look", model=text, folder=work(), cells=512)
    seconds = spent["seconds"]
    row(f"a picture of {spent['cells']} cells, Pixtral's true shape in Q8_0, {spent['threads']} threads", "≤ 60 s",
        f"{seconds:.1f} s", seconds <= 60)


if __name__ == "__main__":
    fixtures() if sys.argv[1:] == ["fixtures"] else main()
