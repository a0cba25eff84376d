"""What every part of `cargo measure exact` stands on: rows, our engine, llama.cpp, distributions.

A part is run from the repository's root, by the environment of requirements.txt, and prints rows.
"""

import ctypes
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[4]
# Real models: the demonstration's, and the French yardstick.
REAL = {
    "SmolLM2 135M": ROOT / "models/SmolLM2-135M-Instruct.Q4_1.gguf",
    "Gemma 3 270M": ROOT / "models/gemma-3-270m-q4_k_m.gguf",
}
# What is compared lies on this machine: no library need ask elsewhere.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TQDM_DISABLE"] = "1"


def begin(name: str) -> list[int]:
    """The token that begins a text of a real model, where its file asks for one."""
    return [2] if name.startswith("Gemma") else []


def work() -> pathlib.Path:
    """The folder of what is made on the way."""
    folder = ROOT / "target/measure/exact"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def row(target: str, goal: str, figure: str, met: bool) -> None:
    """Prints a row of the measure."""
    print(json.dumps(dict(target=target, goal=goal, figure=figure, met=bool(met)), ensure_ascii=False), flush=True)


class Engine:
    """Our side: the example `parity`, which answers JSON lines (see its header)."""

    def __init__(self) -> None:
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        program = target / "release/examples/parity"
        self.child = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **command) -> dict:
        """The answer to a command."""
        self.child.stdin.write(json.dumps({name: str(value) if isinstance(value, pathlib.Path) else value for name, value in command.items()}) + "\n")
        self.child.stdin.flush()
        answer = json.loads(self.child.stdout.readline() or '{"error": "the program ended"}')
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def logits(self, model, tokens: list[int], positions: list[int] | None = None, **options):
        """The logits after some positions, all where none are named: `[positions, vocabulary]`."""
        import numpy

        out = work() / f"logits-{os.getpid()}.f32"
        if positions is not None:
            options["positions"] = positions
        count = self.ask(do="logits", model=model, tokens=tokens, out=out, **options)["positions"]
        assert count == len(positions if positions is not None else tokens)
        values = numpy.fromfile(out, dtype="<f4").reshape(count, -1)
        out.unlink()
        return values


class Llama:
    """llama.cpp, on one file.

    Keys and values are kept in full precision, so that what differs is the products alone; and the
    weights stay as they lie in the file (`use_extra_bufts` would repack them).
    """

    def __init__(self, path, context: int) -> None:
        import llama_cpp

        self.api = llama_cpp
        silence(llama_cpp)
        llama_cpp.llama_backend_init()
        options = llama_cpp.llama_model_default_params()
        options.use_extra_bufts = False
        options.n_gpu_layers = 0
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), options)
        if not self.model:
            raise RuntimeError(f"llama.cpp does not load {path}")
        options = llama_cpp.llama_context_default_params()
        options.n_ctx = context
        options.n_batch = options.n_ubatch = 512
        options.n_threads = options.n_threads_batch = os.cpu_count()
        options.type_k = options.type_v = llama_cpp.GGML_TYPE_F32
        options.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self.context = llama_cpp.llama_init_from_model(self.model, options)
        if not self.context:
            raise RuntimeError(f"llama.cpp has no context for {path}")
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))
        self.length = 0

    def passes(self, tokens: list[int], every: bool):
        """Reads on by 512 tokens, and gives each time the logits after each, or after the last alone."""
        import numpy

        for start in range(0, len(tokens), 512):
            part = tokens[start : start + 512]
            batch = self.api.llama_batch_init(len(part), 0, 1)
            batch.n_tokens = len(part)
            for index, token in enumerate(part):
                batch.token[index] = token
                batch.pos[index] = self.length + index
                batch.n_seq_id[index] = 1
                batch.seq_id[index][0] = 0
                batch.logits[index] = every or start + index == len(tokens) - 1
            if self.api.llama_decode(self.context, batch):
                raise RuntimeError("llama.cpp does not decode")
            rows = []
            for index in range(len(part)):
                if batch.logits[index]:
                    pointer = self.api.llama_get_logits_ith(self.context, index)
                    rows.append(numpy.ctypeslib.as_array(pointer, (self.vocabulary,)).copy())
            self.api.llama_batch_free(batch)
            self.length += len(part)
            if rows:
                yield numpy.stack(rows)

    def forget(self) -> None:
        """Forgets what was read."""
        self.api.llama_memory_clear(self.api.llama_get_memory(self.context), True)
        self.length = 0

    def logits(self, tokens: list[int]):
        """The logits after each token: `[tokens, vocabulary]`."""
        import numpy

        self.forget()
        return numpy.concatenate(list(self.passes(tokens, True)))

    def surprise(self, tokens: list[int]) -> list[float]:
        """`-ln p` of each token after those before it, the first excepted."""
        self.forget()
        nats: list[float] = []
        for logits in self.passes(tokens, True):
            for row in logits[: len(tokens) - 1 - len(nats)]:
                nats.append(-float(log_probabilities(row[None])[0, tokens[len(nats) + 1]]))
        return nats

    def greedy(self, tokens: list[int], count: int) -> list[int]:
        """The likeliest tokens in turn."""
        self.forget()
        answer: list[int] = []
        read = tokens
        while len(answer) < count:
            (last,) = self.passes(read, False)
            answer.append(int(last[0].argmax()))
            read = answer[-1:]
        return answer

    def close(self) -> None:
        """Gives its memory back."""
        self.api.llama_free(self.context)
        self.api.llama_model_free(self.model)


@ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
def _quiet(level, text, data):
    pass


def silence(llama_cpp) -> None:
    """Keeps llama.cpp from writing its log."""
    llama_cpp.llama_log_set(_quiet, ctypes.c_void_p(0))


def log_probabilities(logits):
    """`log softmax`, row by row, in double precision."""
    import numpy

    shifted = logits.astype(numpy.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    return shifted - numpy.log(numpy.exp(shifted).sum(axis=1, keepdims=True))


def divergence(reference, other) -> float:
    """The mean Kullback-Leibler divergence of next-token distributions, in nats."""
    import numpy

    total = 0.0
    for index in range(len(reference)):
        p, q = (log_probabilities(x[index : index + 1])[0] for x in (reference, other))
        total += float((numpy.exp(p) * (p - q)).sum())
    return total / len(reference)
