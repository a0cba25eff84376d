"""Perplexity of a French text of a town hall, ours against llama.cpp's on the same file, as it is used:
keys and values in half precision here.
"""

import math
import pathlib

from oracle import REAL, Engine, Llama, begin, row

GOAL = 0.5


def main() -> None:
    engine = Engine()
    text = (pathlib.Path(__file__).parent / "french.txt").read_text()
    for name, path in REAL.items():
        target = f"{name}: perplexity in French against llama.cpp"
        if not path.is_file():
            row(target, f"within {GOAL} %", f"{path.name} is not there", False)
            continue
        tokens = begin(name) + engine.ask(do="tokenize", model=path, texts=[text])["tokens"][0]
        nats = engine.ask(do="surprise", model=path, tokens=tokens)["nats"]
        peer = Llama(path, len(tokens) + 8)
        theirs = peer.surprise(tokens)
        peer.close()
        ours, other = (math.exp(sum(values) / len(values)) for values in (nats, theirs))
        apart = 100 * abs(ours / other - 1)
        row(target, f"within {GOAL} %", f"{apart:.3f} %: {ours:.3f}, {other:.3f}; {len(tokens)} tokens",
            apart <= GOAL and len(tokens) >= 2000 and len(nats) == len(theirs) == len(tokens) - 1)


main()
