"""A GGUF that carries a real Mistral vocabulary, of those in the `mistral-common` wheel, and a tiny
random `mistral3` of it: for tokens and conversations, not for words.

Merges are what llama.cpp's converter writes, which `transformers` derives from the ranks: each token's
every division into two tokens, by the ranks of the two.
"""

import base64
import json
import pathlib

import gguf
import numpy
from mistral_common.protocol import instruct  # noqa: F401  (the package, for its folder)
import mistral_common

DATA = pathlib.Path(mistral_common.__file__).parent / "data"
# Wide enough for the file to be larger than its tokenizer: the engine refuses a vocabulary that no model pays for.
HIDDEN = 128


def letters() -> list[str]:
    """The character that byte-level BPE writes for each byte."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = iter(range(256, 512))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)]


def merges(tokens: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Every division of every token into two tokens, best first."""
    ranks = {token: rank for rank, token in enumerate(tokens)}
    found = []
    for token in tokens:
        cuts = ((token[:at], token[at:]) for at in range(1, len(token)))
        pairs = [pair for pair in cuts if pair[0] in ranks and pair[1] in ranks]
        found += sorted(pairs, key=lambda pair: (ranks[pair[0]], ranks[pair[1]]))
    return found


def shape(writer: gguf.GGUFWriter, tokens: int) -> None:
    """The keys and the random weights of a `mistral3` of one layer."""
    writer.add_context_length(4096)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_block_count(1)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_key_length(16)
    writer.add_value_length(16)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(tokens)
    random = numpy.random.default_rng(13)
    writer.add_tensor("token_embd.weight", random.standard_normal((tokens, HIDDEN), dtype=numpy.float32))
    writer.add_tensor("output_norm.weight", numpy.ones(HIDDEN, dtype=numpy.float32))
    wide = {"attn_q": (32, HIDDEN), "attn_k": (16, HIDDEN), "attn_v": (16, HIDDEN), "attn_output": (HIDDEN, 32),
            "ffn_gate": (HIDDEN, HIDDEN), "ffn_up": (HIDDEN, HIDDEN), "ffn_down": (HIDDEN, HIDDEN)}
    for name, size in wide.items():
        writer.add_tensor(f"blk.0.{name}.weight", random.standard_normal(size, dtype=numpy.float32) / 8)
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", numpy.ones(HIDDEN, dtype=numpy.float32))


def finish(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def tekken(path: pathlib.Path, specials: list[str], name: str = "tekken_240911.json") -> None:
    """A byte-level vocabulary: a thousand control tokens, of which the first are named, then text."""
    source = json.loads((DATA / name).read_text())
    controls = source["config"]["default_num_special_tokens"]
    count = source["config"]["default_vocab_size"] - controls
    text = [base64.b64decode(entry["token_bytes"]) for entry in source["vocab"][:count]]
    letter = letters()
    spell = lambda token: "".join(letter[byte] for byte in token)
    named = [*specials, *(f"<SPECIAL_{id}>" for id in range(len(specials), controls))]

    writer = gguf.GGUFWriter(path, "mistral3")
    shape(writer, controls + count)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("tekken")
    writer.add_token_list([*named, *map(spell, text)])
    writer.add_token_types([3] * controls + [1] * count)
    writer.add_token_merges([f"{spell(left)} {spell(right)}" for left, right in merges(text)])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_chat_template("{# not run: the family is found from the control tokens #}")
    finish(writer)


def sentence_piece(path: pathlib.Path, name: str = "mistral_instruct_tokenizer_240323.model.v3") -> None:
    """A SentencePiece vocabulary (v3): pieces, scores and types as the converter copies them."""
    import sentencepiece

    source = sentencepiece.SentencePieceProcessor(model_file=str(DATA / name))
    ids = range(source.vocab_size())
    kind = lambda id: 2 if source.IsUnknown(id) else 3 if source.IsControl(id) else 5 if source.IsUnused(id) else 6 if source.IsByte(id) else 1
    writer = gguf.GGUFWriter(path, "mistral3")
    shape(writer, source.vocab_size())
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([source.IdToPiece(id) for id in ids])
    writer.add_token_scores([source.GetScore(id) for id in ids])
    writer.add_token_types([kind(id) for id in ids])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_chat_template("{# not run: the family is found from the control tokens #}")
    finish(writer)
