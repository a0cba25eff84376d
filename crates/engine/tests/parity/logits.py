"""Logits against `transformers`: tiny random Ministral 3 of each size's shape, in single precision,
beyond the positions where YaRN's original context ends.

    target/measure/oracle/bin/python crates/engine/tests/parity/logits.py

(the environment of requirements.txt; after `cargo build --release -p engine --example parity`)

With the argument `fixtures` it writes instead what the engine's own tests compare with, into
crates/engine/tests/fixtures; made with torch 2.15.0, transformers 5.24.0, numpy 2.3.5, gguf 0.19.0.
"""

import logging
import pathlib
import sys

import gguf
import numpy
import torch
import transformers
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

import tiny
from oracle import Engine, divergence, row, work
from tekken import finish

GOAL = 1e-3
# Tokens read: past twice the original context, and past it.
LENGTHS = {"3B": 33_000, "8B": 16_900, "14B": 16_900}
SHORT = {"3B": 16_450, "14B": 1024}
FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures"


def positions(length: int) -> list[int]:
    """The first and the last, those about each multiple of the original context, and some between."""
    edges = [edge + step for edge in (16_384, 32_768) for step in (-2, -1, 0, 1, 2)]
    between = numpy.random.default_rng(19).integers(0, length, 48)
    return sorted({0, 1, 2, length - 1, *(at for at in edges if at < length), *map(int, between)})


def halved(module, query, key, value, mask, **options):
    """Attention whose keys and values are kept in half precision."""
    return ALL_ATTENTION_FUNCTIONS["sdpa"](module, query, key.half().float(), value.half().float(), mask, **options)


def mistakes(shape: dict, tokens: list[int], at: list[int], reference) -> float:
    """How far the logits go, at least, when one thing of the graph is wrong."""
    moved = []
    for wrong in (dict(llama_4_scaling_beta=0.0), dict(rope_type="default"), dict(beta_fast=4.0), dict(factor=8.0)):
        made = tiny.model(**shape, rope=wrong)
        moved.append(float(abs(tiny.logits(made, tokens, at) - reference).max()))
    return min(moved)


def fixtures() -> None:
    """Two models, and for each a file of its prompt, of some positions and of the logits there."""
    for name, length in SHORT.items():
        made = tiny.model(**tiny.SHAPES[name])
        path = FIXTURES / f"ministral-{name.lower()}.gguf"
        tiny.write(path, made)
        tokens, at = tiny.prompt(made.config.vocab_size, length), positions(length)
        writer = gguf.GGUFWriter(path.with_suffix(".expected.gguf"), "expected")
        writer.add_description(f"{pathlib.Path(__file__).name} fixtures: transformers {transformers.__version__}, torch {torch.__version__}")
        writer.add_array("tokens", tokens)
        writer.add_array("positions", at)
        writer.add_tensor("logits", tiny.logits(made, tokens, at))
        finish(writer)


def main() -> None:
    logging.disable(logging.WARNING)
    engine = Engine()
    ALL_ATTENTION_FUNCTIONS.register("halved", halved)
    for name, length in LENGTHS.items():
        made = tiny.model(**tiny.SHAPES[name])
        path = work() / f"tiny-{name}.gguf"
        tiny.write(path, made)
        tokens, at = tiny.prompt(made.config.vocab_size, length), positions(length)
        reference = tiny.logits(made, tokens, at)
        ours = engine.logits(path, tokens, at, cache="f32")
        worst = float(abs(ours - reference).max())
        row(f"logits against transformers: {name}, to position {length - 1}", f"≤ {GOAL}", f"{worst:.2e}", worst <= GOAL)
        if name == "14B":
            short, few = tokens[:16_500], [position for position in at if position < 16_500]
            half = engine.logits(path, short, few, cache="f16")
            kl = divergence(reference[: len(few)], half)
            row("the same with keys and values in half precision: mean KL", "≤ 1e-5", f"{kl:.1e}", kl <= 1e-5)
            made.set_attn_implementation("halved")
            apart = float(abs(half - tiny.logits(made, short, few)).max())
            row("and against transformers with its own so rounded", "≤ 5e-3", f"{apart:.2e}", apart <= 5e-3)
            seen = mistakes(tiny.SHAPES[name], tokens, at, reference)
            row("a wrong angle, ramp or query scale moves a logit by", f"≥ {10 * GOAL}", f"{seen:.2f}", seen >= 10 * GOAL)


if __name__ == "__main__":
    fixtures() if sys.argv[1:] == ["fixtures"] else main()
