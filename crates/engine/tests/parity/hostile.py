"""Shows the files of the hostile campaign to llama.cpp, each in a process of its own.

    cargo test --release -p engine --test hostile -- --files 20000 --dump target/hostile --every 40
    python crates/engine/tests/parity/hostile.py target/hostile

With llama-cpp-python as requirements.txt pins it. A file is loaded, a context is made and a word is
tokenised, no more: it computes no token, because version 0.3.36 faults when it decodes with the
valid files too, whose rows are 32 wide. How the process ends is counted: refused, accepted, ended by
a signal, or not ended in ten seconds. The companion files (row 23) are no models by themselves, and
are left out.
"""

import collections
import os
import pathlib
import signal
import sys
import time

SECONDS = 10


def load(path: pathlib.Path) -> None:
    """Loads a file; in a child."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    import llama_cpp

    try:
        model = llama_cpp.Llama(str(path), n_ctx=64, n_threads=1, verbose=False)
        model.tokenize(b"hello")
    except Exception:
        os._exit(1)
    os._exit(0)


def outcome(path: pathlib.Path) -> str:
    child = os.fork()
    if child == 0:
        load(path)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            if os.WIFSIGNALED(status):
                return signal.Signals(os.WTERMSIG(status)).name
            return {0: "accepted", 1: "refused"}.get(os.WEXITSTATUS(status), "ended")
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "hung"


def main(folder: pathlib.Path) -> None:
    import llama_cpp

    print(f"llama-cpp-python {llama_cpp.__version__}")
    total = collections.Counter()
    families = collections.defaultdict(collections.Counter)
    for line in (folder / "list.tsv").read_text().splitlines():
        index, rows, what, name = line.split("\t", 3)
        if rows.startswith("23"):
            continue
        found = outcome(folder / f"{index}.gguf")
        total[found] += 1
        families[rows, what][found] += 1
        if found not in ("accepted", "refused"):
            print(f"{found}\t{rows}\t{what}\t{name[:120]}", flush=True)
    for (rows, what), counts in families.items():
        print(f"{rows:<14} {what:<62} {dict(counts)}")
    print(f"llama.cpp: {sum(total.values())} files, {dict(total)}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
