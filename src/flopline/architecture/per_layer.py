"""What Gemma 3n and 4 add to a decoder: inputs of each layer's own, keys and values used again, several streams.

Gemma 3n: per-layer embeddings, LAuReL (Menghani et al. 2024, arXiv:2411.07501) and AltUp (Baykal et al. 2023,
arXiv:2301.13310), as transformers runs them.
"""

from __future__ import annotations

from flopline.architecture.blocks import Block
from flopline.architecture.operations import MAPS, STREAMS, Linear, Lookup, Operation, Product, Scores, Weights
from flopline.architecture.shape import Layer

PER_LAYER = "per_layer"
"""The stream of the layers' own inputs."""


def per_layer_inputs(vocabulary: int, hidden: int, width: int, depth: int) -> Layer:
    """Return what makes each layer's own input: a second embedding, and a map of the first one, 2S h L w.

    Parameters
    ----------
    vocabulary, hidden : int
        Rows of the second embedding, and width of the model.
    width, depth : int
        Width w of a layer's own input, and number L of layers.
    """
    block = Block(
        (
            Lookup("per_layer_embedding", vocabulary * depth * width),
            Linear("per_layer_model_projection", hidden, depth * width, MAPS, ("@x",)),
            Weights("per_layer_projection_norm", width, ("per_layer_model_projection",)),
        ),
        ("per_layer_embedding", "per_layer_projection_norm"),
    )
    return Layer((block,), "embedding", stream=PER_LAYER)


def per_layer_gate(hidden: int, width: int, reads: tuple[str, ...]) -> tuple[tuple[Operation, ...], str]:
    """Return how a layer takes its own input in, 4S h w, and the name of the result.

    Parameters
    ----------
    hidden, width : int
        Width of the model and of the layer's own input.
    reads : tuple of str
        What it reads beside that input.
    """
    operations: tuple[Operation, ...] = (
        Linear("per_layer_input_gate", hidden, width, MAPS, reads),
        Linear("per_layer_projection", width, hidden, MAPS, ("per_layer_input_gate", f"@{PER_LAYER}")),
        Weights("post_per_layer_input_norm", hidden, ("per_layer_projection",)),
    )
    return operations, "post_per_layer_input_norm"


def kept_keys(stream: str) -> Layer:
    """Return what hands the keys and values of the layer before it to later layers.

    Parameters
    ----------
    stream : str
        The stream that those read.
    """
    # It does nothing: they need a gradient exactly where that layer or something below it is trained.
    return Layer((Block((), ("@x",)),), "embedding", stream=stream)


def with_keys_of(block: Block, stream: str) -> Block:
    """Return an attention block that makes queries alone and attends to keys and values of an earlier layer.

    Parameters
    ----------
    block : Block
        The block, with matrices of its own.
    stream : str
        The stream that holds those keys and values.
    """
    left = (one for one in block.operations if one.name not in ("k_proj", "v_proj", "key_norm"))
    read = f"@{stream}"
    operations = tuple(one._replace(key=read, value=read) if isinstance(one, Scores) else one for one in left)
    return Block(operations, block.outputs)


def with_keys_as_values(block: Block) -> Block:
    """Return an attention block whose values are its keys, before their normalization."""
    left = (one for one in block.operations if one.name != "v_proj")
    operations = tuple(one._replace(value="k_proj") if isinstance(one, Scores) else one for one in left)
    return Block(operations, block.outputs)


def altup_predict(hidden: int, inputs: int) -> tuple[tuple[Operation, ...], str]:
    """Return the prediction of AltUp's streams before a layer, 2S(h n + n n^2 + h n^2), and its name.

    Parameters
    ----------
    hidden, inputs : int
        Width h and number n of the streams.
    """
    operations: tuple[Operation, ...] = (
        Weights("altup.router_norm", hidden),
        Linear("altup.modality_router", hidden, inputs, STREAMS, ("altup.router_norm",)),
        Linear("altup.prediction_coefs", inputs, inputs * inputs, STREAMS, ("altup.modality_router",)),
        Product("altup.predictions", 2 * hidden * inputs * inputs, STREAMS, "x", "altup.prediction_coefs"),
    )
    return operations, "altup.predictions"


def altup_correct(hidden: int, inputs: int, reads: tuple[str, ...]) -> tuple[Operation, ...]:
    """Return the correction of AltUp's streams after a layer, 2S(h n + n^2); its router is that of the prediction.

    Parameters
    ----------
    hidden, inputs : int
        Width h and number n of the streams.
    reads : tuple of str
        The layer's result.
    """
    return (
        Linear("altup.corrected_router", hidden, inputs, STREAMS, reads, shared=True),
        Linear("altup.correction_coefs", inputs, inputs, STREAMS, ("altup.corrected_router",)),
        Weights("altup.correct_output_scale", hidden, ("altup.correction_coefs", *reads)),
    )


def laurel(hidden: int, rank: int, reads: tuple[str, ...]) -> tuple[tuple[Operation, ...], str]:
    """Return a learned augmented residual of low rank, 4S h r, and its name.

    Parameters
    ----------
    hidden, rank : int
        h and r.
    reads : tuple of str
        What it reads.
    """
    operations: tuple[Operation, ...] = (
        Linear("laurel.linear_left", hidden, rank, STREAMS, reads),
        Linear("laurel.linear_right", rank, hidden, STREAMS, ("laurel.linear_left",)),
        Weights("laurel.post_laurel_norm", hidden, ("laurel.linear_right",)),
    )
    return operations, "laurel.post_laurel_norm"
