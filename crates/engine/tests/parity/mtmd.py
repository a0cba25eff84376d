"""llama.cpp's own sight (`mtmd`), on the same two files."""

import ctypes
import pathlib

import llama_cpp
import numpy
from llama_cpp import mtmd_cpp

from oracle import silence

MARKER = b"<picture>"
IMAGE = 1


def cells(text: pathlib.Path, companion: pathlib.Path, rgb: numpy.ndarray, columns: int, hidden: int):
    """The cells of a picture, `[cells, hidden]`. The ends of rows are left out: they are the file's own copy of
    the token, added to memory that was not cleared but multiplied by zero, and so NaN at times."""
    silence(llama_cpp)
    llama_cpp.llama_backend_init()
    options = llama_cpp.llama_model_default_params()
    options.n_gpu_layers = 0
    model = llama_cpp.llama_model_load_from_file(str(text).encode(), options)
    options = mtmd_cpp.mtmd_context_params_default()
    options.use_gpu, options.warmup, options.media_marker = False, False, MARKER
    context = mtmd_cpp.mtmd_init_from_file(str(companion).encode(), model, options)
    if not context:
        raise RuntimeError(f"llama.cpp does not load {companion}")
    height, width, _ = rgb.shape
    bytes = (ctypes.c_ubyte * rgb.size).from_buffer_copy(rgb.tobytes())
    bitmap = mtmd_cpp.mtmd_bitmap_init(width, height, bytes)
    asked = mtmd_cpp.mtmd_input_text()
    asked.text, asked.text_len = MARKER, len(MARKER)
    chunks = mtmd_cpp.mtmd_input_chunks_init()
    if mtmd_cpp.mtmd_tokenize(context, chunks, ctypes.byref(asked), (ctypes.c_void_p * 1)(bitmap), 1):
        raise RuntimeError("llama.cpp does not take the picture")
    chunk = mtmd_cpp.mtmd_input_chunks_get(chunks, 0)
    assert mtmd_cpp.mtmd_input_chunk_get_type(chunk) == IMAGE
    count = mtmd_cpp.mtmd_input_chunk_get_n_tokens(chunk)
    if mtmd_cpp.mtmd_encode_chunk(context, chunk):
        raise RuntimeError("llama.cpp does not look at the picture")
    floats = ctypes.cast(mtmd_cpp.mtmd_get_output_embd(context), ctypes.POINTER(ctypes.c_float))
    made = numpy.ctypeslib.as_array(floats, (count, hidden)).copy()
    mtmd_cpp.mtmd_input_chunks_free(chunks)
    mtmd_cpp.mtmd_bitmap_free(bitmap)
    mtmd_cpp.mtmd_free(context)
    llama_cpp.llama_model_free(model)
    # The last row has no end of its own: `[IMG_END]` is text.
    rows = numpy.vstack([made, numpy.zeros((1, hidden), dtype=made.dtype)]).reshape(-1, columns + 1, hidden)
    return rows[:, :columns].reshape(-1, hidden)
