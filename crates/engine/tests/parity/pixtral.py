"""Tiny random models that see: a `transformers` Mistral 3, its text part as a GGUF, its vision tower
and projector as the companion that llama.cpp's converter writes (`conversion/llava.py`).
"""

import pathlib

import gguf
import numpy
import torch
from gguf import GGMLQuantizationType as Kind
from mistral_common.protocol.instruct.chunk import ImageChunk
from mistral_common.tokens.tokenizers.image import DATASET_MEAN, DATASET_STD, ImageConfig, ImageEncoder, SpecialImageIDs
from PIL import Image
from transformers import Mistral3Config, Mistral3ForConditionalGeneration, PixtralVisionConfig

import tiny
from tekken import finish

PATCH, MERGE, LONGEST = 8, 2, 160
SIDE = PATCH * MERGE  # pixels of a cell
CELL, ROW_END, END = 10, 12, 13
# The reference's, which no key of a configuration holds.
EPSILON = 1e-5
TOWERS = {
    "silu": dict(hidden_act="silu", biases=False),
    "gelu, with biases": dict(hidden_act="gelu", biases=True),
}


def model(hidden_act: str, biases: bool, theta: float = 1e4, hidden_size: int = 48) -> Mistral3ForConditionalGeneration:
    """A model of random weights, in single precision; its text part is `tiny`'s of the 3B's shape."""
    text = tiny.model(**tiny.SHAPES["3B"])
    config = Mistral3Config(
        text_config=text.config,
        vision_config=PixtralVisionConfig(
            hidden_size=hidden_size, intermediate_size=2 * hidden_size, num_hidden_layers=2, num_attention_heads=4, image_size=LONGEST,
            patch_size=PATCH, hidden_act=hidden_act, rope_parameters=dict(rope_type="axial", rope_theta=theta),
        ),
        image_token_index=CELL, spatial_merge_size=MERGE, multimodal_projector_bias=biases,
        projector_hidden_act="gelu", vision_feature_layer=-1, tie_word_embeddings=True,
        attn_implementation="eager",
    )
    torch.manual_seed(23)
    made = Mistral3ForConditionalGeneration(config).to(torch.float32).eval()
    with torch.no_grad():
        for name, weight in [*made.model.vision_tower.named_parameters(), *made.model.multi_modal_projector.named_parameters()]:
            if name.endswith("bias"):
                weight.copy_(0.3 * torch.randn_like(weight))
            elif weight.dim() == 1:
                weight.copy_(1 + 0.2 * torch.randn_like(weight))
            else:
                # Wide enough for attention to choose, as in `tiny`.
                gain = 1.5 if "q_proj" in name or "k_proj" in name else 1.0
                weight.copy_(gain * torch.randn_like(weight) / weight[0].numel() ** 0.5)
    made.model.language_model.load_state_dict(text.model.state_dict())
    made.tie_weights()
    made.text = text
    return made


def write(path: pathlib.Path, made: Mistral3ForConditionalGeneration, kind: Kind = Kind.F32) -> None:
    """The tower and the projector as a companion file, its matrices in one type."""
    vision, config = made.config.vision_config, made.config
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_type(gguf.GGUFType.MMPROJ)
    writer.add_name("tiny random Pixtral")
    writer.add_clip_has_vision_encoder(True)
    writer.add_clip_projector_type("pixtral")
    writer.add_vision_projection_dim(config.text_config.hidden_size)
    writer.add_vision_image_size(vision.image_size)
    writer.add_vision_patch_size(vision.patch_size)
    writer.add_vision_embedding_length(vision.hidden_size)
    writer.add_vision_feed_forward_length(vision.intermediate_size)
    writer.add_vision_block_count(vision.num_hidden_layers)
    writer.add_vision_head_count(vision.num_attention_heads)
    writer.add_vision_attention_layernorm_eps(EPSILON)
    writer.add_vision_image_mean(list(DATASET_MEAN))
    writer.add_vision_image_std(list(DATASET_STD))
    writer.add_vision_spatial_merge_size(config.spatial_merge_size)
    (writer.add_vision_use_silu if vision.hidden_act == "silu" else writer.add_vision_use_gelu)(True)
    for name, weight in tensors(made).items():
        if weight.ndim == 2:
            writer.add_tensor(name, gguf.quantize(weight, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, weight)
    finish(writer)


def settle(made: Mistral3ForConditionalGeneration, kind: Kind) -> None:
    """Gives the tower and the projector the values that a file of a type holds: the exact reference of that file,
    in which they are then written without change."""
    parts = [made.model.vision_tower, made.model.multi_modal_projector]
    with torch.no_grad():
        for weight in (weight for part in parts for weight in part.parameters() if weight.dim() == 2):
            values = gguf.dequantize(gguf.quantize(weight.numpy(), kind), kind)
            weight.copy_(torch.from_numpy(values.astype(numpy.float32)))


def tensors(made: Mistral3ForConditionalGeneration) -> dict[str, numpy.ndarray]:
    """The weights under their names in a companion file."""
    layer = {
        "attention_norm": "ln1", "ffn_norm": "ln2", "attention.q_proj": "attn_q", "attention.k_proj": "attn_k",
        "attention.v_proj": "attn_v", "attention.o_proj": "attn_out", "feed_forward.gate_proj": "ffn_gate",
        "feed_forward.up_proj": "ffn_up", "feed_forward.down_proj": "ffn_down",
    }
    names = {
        "vision_tower.patch_conv": "v.patch_embd", "vision_tower.ln_pre": "v.pre_ln",
        "multi_modal_projector.norm": "mm.input_norm", "multi_modal_projector.patch_merger.merging_layer": "mm.patch_merger",
        "multi_modal_projector.linear_1": "mm.1", "multi_modal_projector.linear_2": "mm.2",
    }
    vision = made.config.vision_config
    for index in range(vision.num_hidden_layers):
        prefix = f"vision_tower.transformer.layers.{index}."
        names |= {prefix + theirs: f"v.blk.{index}.{ours}" for theirs, ours in layer.items()}
    found = {}
    for name, weight in made.model.named_parameters():
        stem, _, kind = name.rpartition(".")
        if stem not in names:
            continue
        weight = weight.detach().numpy()
        if names[stem].endswith(("attn_q", "attn_k")):
            weight = tiny.permute(weight, vision.num_attention_heads)
        found[f"{names[stem]}.{kind}"] = numpy.ascontiguousarray(weight)
    table = made.model.language_model.embed_tokens.weight.detach().numpy()
    return found | {"v.token_embd.img_break": table[ROW_END].copy()}


def encoder(longest: int = LONGEST) -> ImageEncoder:
    """`mistral-common`'s preparation of pictures, for these shapes."""
    return ImageEncoder(ImageConfig(PATCH, longest, MERGE), SpecialImageIDs(CELL, ROW_END, END))


def prepare(rgb: numpy.ndarray):
    """A picture's tokens and its values, `[3, height, width]`."""
    made = encoder()(ImageChunk(image=Image.fromarray(rgb)))
    return made.tokens, made.image


def cells(made: Mistral3ForConditionalGeneration, values: numpy.ndarray) -> numpy.ndarray:
    """A picture's cells, `[cells, hidden]`."""
    pixels = torch.from_numpy(numpy.ascontiguousarray(values))[None]
    with torch.no_grad():
        out = made.model.get_image_features(pixels, torch.tensor([values.shape[1:]]))
    return out.pooler_output[0].numpy()


def logits(made: Mistral3ForConditionalGeneration, tokens: list[int], pictures: list[numpy.ndarray]) -> numpy.ndarray:
    """The logits after each token of a prompt with pictures."""
    sizes = torch.tensor([values.shape[1:] for values in pictures])
    padded = numpy.zeros((len(pictures), 3, *sizes.amax(dim=0).tolist()), dtype=numpy.float32)
    for room, values in zip(padded, pictures):
        room[:, : values.shape[1], : values.shape[2]] = values
    with torch.no_grad():
        out = made(input_ids=torch.tensor([tokens]), pixel_values=torch.from_numpy(padded), image_sizes=sizes, use_cache=False)
    return out.logits[0].numpy()


def greedy(made: Mistral3ForConditionalGeneration, tokens: list[int], pictures: list[numpy.ndarray], count: int):
    """The likeliest tokens in turn, and the least distance between the first and the second."""
    answer, margin = [], float("inf")
    for _ in range(count):
        last = logits(made, [*tokens, *answer], pictures)[-1]
        second, first = numpy.sort(last)[-2:]
        margin = min(margin, float(first - second))
        answer.append(int(last.argmax()))
    return answer, margin
