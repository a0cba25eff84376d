"""Tiny random Ministral 3: a `transformers` model, and the same weights as a GGUF.

Weights are drawn wide enough for attention to choose: with the library's own narrow ones every
position weighs the same, and a wrong angle would not be seen.
"""

import pathlib

import gguf
import numpy
import torch
from transformers import Ministral3Config, Ministral3ForCausalLM

from tekken import finish, letters

CONTROLS = 64
NAMED = {0: "<unk>", 1: "<s>", 2: "</s>", 3: "[INST]", 4: "[/INST]"}
# Those of the form v13, pictures included: with them the file has a form of conversation.
SEEING = NAMED | {
    9: "[TOOL_CALLS]", 10: "[IMG]", 12: "[IMG_BREAK]", 13: "[IMG_END]", 17: "[SYSTEM_PROMPT]", 18: "[/SYSTEM_PROMPT]",
    32: "[ARGS]", 33: "[CALL_ID]", 34: "[THINK]", 35: "[/THINK]",
}
# Query width ≠ hidden, tied output: the 3B's oddities. The 8B has neither, the 14B a larger base.
SHAPES = {
    "3B": dict(hidden_size=64, num_attention_heads=8, tie_word_embeddings=True),
    "8B": dict(hidden_size=128, num_attention_heads=8, tie_word_embeddings=False),
    "14B": dict(hidden_size=96, num_attention_heads=8, tie_word_embeddings=False, theta=1e9),
}


def model(hidden_size: int, num_attention_heads: int, tie_word_embeddings: bool, theta: float = 1e6,
          num_hidden_layers: int = 2, intermediate_size: int = 96, head_dim: int = 16, vocab_size: int = 384,
          seed: int = 13, rope: dict | None = None) -> Ministral3ForCausalLM:
    """A model of random weights, in single precision, ready to compute; `rope` changes its rotary."""
    config = Ministral3Config(
        hidden_size=hidden_size, num_attention_heads=num_attention_heads, num_key_value_heads=2,
        num_hidden_layers=num_hidden_layers, intermediate_size=intermediate_size, head_dim=head_dim,
        vocab_size=vocab_size, tie_word_embeddings=tie_word_embeddings, max_position_embeddings=262144,
        rope_parameters=dict(rope_type="yarn", rope_theta=theta, factor=16.0, beta_fast=32.0, beta_slow=1.0,
                             mscale=1.0, mscale_all_dim=1.0, llama_4_scaling_beta=0.1,
                             original_max_position_embeddings=16384) | (rope or {}),
        attn_implementation="sdpa",
    )
    torch.manual_seed(seed)
    made = Ministral3ForCausalLM(config).to(torch.float32).eval()
    with torch.no_grad():
        for name, weight in made.named_parameters():
            if weight.dim() == 1:
                weight.copy_(1 + 0.2 * torch.randn_like(weight))
            elif "embed_tokens" in name:
                weight.copy_(torch.randn_like(weight) * (1 if not tie_word_embeddings else 0.5))
            else:
                gain = 1.5 if "q_proj" in name or "k_proj" in name else 1.0
                weight.copy_(gain * torch.randn_like(weight) / weight.shape[1] ** 0.5)
    return made


def permute(weight, heads: int):
    """Rows of queries or keys from halves to neighbours, as llama.cpp's converter lays them."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def write(path: pathlib.Path, made: Ministral3ForCausalLM, named: dict[int, str] = NAMED) -> None:
    """The model as a GGUF, every tensor in single precision."""
    config, rope = made.config, made.config.rope_parameters
    writer = gguf.GGUFWriter(path, "mistral3")
    writer.add_name("tiny random Ministral 3")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
    writer.add_rope_scaling_factor(rope["factor"])
    writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    writer.add_rope_scaling_yarn_beta_fast(rope["beta_fast"])
    writer.add_rope_scaling_yarn_beta_slow(rope["beta_slow"])
    writer.add_rope_scaling_yarn_log_mul(rope["mscale_all_dim"])
    writer.add_attn_temperature_scale(rope["llama_4_scaling_beta"])
    vocabulary(writer, config.vocab_size, named)
    for name, weight in tensors(made).items():
        writer.add_tensor(name, weight)
    finish(writer)


def vocabulary(writer: gguf.GGUFWriter, size: int, named: dict[int, str]) -> None:
    """Control tokens, then a token a byte, then pairs of letters."""
    tokens = [*(named.get(id, f"<SPECIAL_{id}>") for id in range(CONTROLS)), *letters()]
    pairs = [(left, right) for left in "etaoinsrhl" for right in "etaoinsrhl"][: size - len(tokens)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("tekken")
    writer.add_token_list([*tokens, *(left + right for left, right in pairs)])
    writer.add_token_types([3] * CONTROLS + [1] * (size - CONTROLS))
    writer.add_token_merges([f"{left} {right}" for left, right in pairs])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    if named is not NAMED:
        writer.add_chat_template("{# not run: the family is found from the control tokens #}")


def tensors(made: Ministral3ForCausalLM) -> dict[str, numpy.ndarray]:
    """The weights under their names in a GGUF."""
    config = made.config
    layer = {
        "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    }
    names = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    for index in range(config.num_hidden_layers):
        names |= {f"model.layers.{index}.{theirs}": f"blk.{index}.{ours}" for theirs, ours in layer.items()}
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    found = {}
    for name, weight in made.named_parameters():
        name = names[name.removesuffix(".weight")]
        weight = weight.detach().numpy()
        part = name.rpartition(".")[2]
        found[f"{name}.weight"] = numpy.ascontiguousarray(permute(weight, heads[part]) if part in heads else weight)
    return found


def restore(made: Ministral3ForCausalLM, path: pathlib.Path) -> None:
    """Gives the model the weights of a quantised file: the exact reference of that file."""
    config = made.config
    read = {tensor.name: gguf.dequantize(tensor.data, tensor.tensor_type).reshape(tuple(tensor.shape)[::-1])
            for tensor in gguf.GGUFReader(path).tensors}
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    shapes = dict(made.named_parameters())
    with torch.no_grad():
        for (name, weight), ours in zip(shapes.items(), tensors(made)):
            part = ours.removesuffix(".weight").rpartition(".")[2]
            values = read[ours].astype(numpy.float32)
            weight.copy_(torch.from_numpy(permute_back(values, heads[part]) if part in heads else values))


def permute_back(weight, heads: int):
    """The inverse of `permute`."""
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns).copy()


def prompt(size: int, count: int, seed: int = 17) -> list[int]:
    """Tokens at random, control tokens excepted, after the one that begins a text."""
    lots = numpy.random.default_rng(seed)
    return [1, *map(int, lots.integers(CONTROLS, size, count - 1))]


def logits(made: Ministral3ForCausalLM, tokens: list[int], positions: list[int] | None = None):
    """The reference's logits after some positions, all where none are named."""
    keep = 0 if positions is None else torch.tensor(positions)
    with torch.no_grad():
        out = made(input_ids=torch.tensor([tokens]), logits_to_keep=keep, use_cache=False).logits
    return out[0].numpy()
