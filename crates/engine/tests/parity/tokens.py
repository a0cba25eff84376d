"""Token ids against `mistral-common`: tekken and SentencePiece v3, in French, in code, in every script.

The texts are the same everywhere: the repository's own, the catalogues of Django in a hundred
languages and the code of `transformers`, both of pinned versions, and samples of Unicode.
"""

import pathlib
import random
import unicodedata

import django
import transformers
from mistral_common.tokens.tokenizers.sentencepiece import SentencePieceTokenizer
from mistral_common.tokens.tokenizers.tekken import Tekkenizer

import tekken
from oracle import ROOT, Engine, row, work

TEKKEN = "tekken_240911.json"
SENTENCE_PIECE = "mistral_instruct_tokenizer_240323.model.v3"
HERE = pathlib.Path(__file__).parent
EMOJI = "👩‍👩‍👧‍👦 🇫🇷 👍🏽 🏳️‍🌈 ☎️ ✔︎ 🧑‍🚒 1️⃣ 🤷🏾‍♀️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿"


def scripts() -> str:
    """Words of the letters of every block of Unicode below the emoji, and emoji."""
    lots = random.Random(13)
    words = []
    for start in range(0xA1, 0x1FB00, 64):
        letters = [chr(code) for code in range(start, start + 64) if unicodedata.category(chr(code))[0] in "LMNPS"]
        if letters:
            words += ["".join(lots.choices(letters, k=lots.randint(1, 9))) for _ in range(3)]
    return f"{' '.join(words)}\n{EMOJI}\n"


def spaces() -> str:
    """Blanks of every sort, alone and in runs, between words, digits and signs."""
    lots = random.Random(14)
    blanks = [" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u202f", "\u2009", "\u3000", "\n\n", " \n", "\u2028", "\x0b", "\r"]
    words = ["l’an", "2026", "n°", "12,50", "€", "«", "»", "Mme", "d'", "I'LL", "ÉTÉ", "é", "/", "//", "...", "ǅ", "ﬁ", "e\u0301", "<s>", "[INST]", "</s>", "\u200b", "\ufeff"]
    return "".join("".join(lots.choices(blanks, k=lots.randint(0, 3))) + lots.choice(words) for _ in range(6000))


def corpus() -> dict[str, list[str]]:
    """The texts, by what they are."""
    read = lambda folder, *patterns: [path.read_text() for pattern in patterns for path in sorted(folder.glob(pattern))]
    catalogues = pathlib.Path(django.__file__).parent / "conf/locale"
    models = pathlib.Path(transformers.__file__).parent / "models"
    return {
        "French": [
            *read(HERE, "french.txt"),
            *read(ROOT, "assets/messages/fr.json", "assets/prompts/*.md", "tests/corpus/rules.md", "tests/corpus/notice-utf-8.txt"),
            *read(catalogues, "fr/LC_MESSAGES/django.po"),
        ],
        "code": [
            *read(ROOT, "crates/engine/src/*.rs", "ui/src/lib/state/*.ts", "ui/src/lib/components/*.svelte"),
            *read(models, "ministral3/*.py", "pixtral/*.py"),
        ],
        "languages": read(catalogues, "*/LC_MESSAGES/django.po"),
        "Unicode": [scripts(), spaces()],
    }


def compare(engine: Engine, name: str, path: pathlib.Path, encode) -> None:
    """A row a sort of text: every text whole, and every line alone."""
    for sort, texts in corpus().items():
        lines = sorted({line for text in texts for line in text.splitlines() if line})[:20_000]
        parts = [*texts, *lines]
        expected = [encode(part) for part in parts]
        got = engine.ask(do="tokenize", model=path, texts=parts)["tokens"]
        count = sum(map(len, expected))
        wrong = [part for part, a, b in zip(parts, expected, got) if a != b]
        if wrong:
            first = min(wrong, key=len)
            print(f"  {len(wrong)} texts differ, the shortest {first[:80]!r}: {encode(first)[:24]}, ours "
                  f"{engine.ask(do='tokenize', model=path, texts=[first])['tokens'][0][:24]}")
        row(f"{name}: {sort}, token ids against mistral-common",
            "0 texts differ", f"{len(wrong)} of {len(parts)} ({count} ids)", not wrong and count >= 10_000)


def main() -> None:
    engine = Engine()
    path = work() / "tekken.gguf"
    tekken.tekken(path, ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]",
                         "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]"])
    peer = Tekkenizer.from_file(tekken.DATA / TEKKEN)
    compare(engine, "tekken", path, lambda text: peer.encode(text, bos=False, eos=False))
    path = work() / "sentence-piece.gguf"
    tekken.sentence_piece(path, SENTENCE_PIECE)
    other = SentencePieceTokenizer(tekken.DATA / SENTENCE_PIECE)
    compare(engine, "SentencePiece v3", path, lambda text: other.encode(text, bos=False, eos=False))


main()
