"""What readers of models of pictures share: the class that was saved, sides, and the parts put together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from flopline.architecture.blocks import Block, weights_if
from flopline.architecture.config import DEEPEST
from flopline.architecture.extents import ONCE, Extent
from flopline.architecture.operations import PATCHES, TASK, Linear, Operation, Weights
from flopline.architecture.pictures import UNIT
from flopline.architecture.readers.tasks import labels
from flopline.architecture.readers.vision_towers import sides
from flopline.architecture.shape import Architecture, Layer
from flopline.architecture.towers import Encoder
from flopline.architecture.values import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.architecture.config import Config
    from flopline.architecture.extents import OtherLength

MODEL: Final = "Model"
CLASSES: Final = "ForImageClassification"
PIXELS: Final = "ForMaskedImageModeling"


def purpose(config: Config, *known: str, usual: str = MODEL) -> str:
    """Return the ending of the class that the configuration was saved from; an error for one that is not counted.

    Parameters
    ----------
    config : Config
        The configuration.
    known : str
        Endings that can be counted.
    usual : str
        The ending without a class.
    """
    name = config.classes()
    if not name:
        return usual
    found = next((one for one in sorted(known, key=len, reverse=True) if name.endswith(one)), None)
    if found is None or (found == MODEL and re.search(r"For|Text|PreTrained", name)):
        endings = ", ".join(f"`{one}`" for one in known)
        config.refuse("architectures", f"`{name[:60]}` is not counted yet", f"what can be counted ends in {endings}")
    return found


def side(config: Config, key: str, default: int) -> int:
    """Return the side of a square picture or patch, which may be written twice."""
    tall, wide = sides(config, key, default)
    if tall != wide:
        config.refuse(key, f"`{key}` is {tall} x {wide}: what is not square is not counted yet")
    return tall


def encoder(config: Config, *, hidden: str = "hidden_size", bias: str | None = "qkv_bias") -> Encoder:
    """Return the shape of a stack of attention and MLP under its usual keys.

    Parameters
    ----------
    config : Config
        The configuration.
    hidden : str
        The key of the width.
    bias : str, optional
        The key of the biases of queries, keys and values; None: they have them.
    """
    wide, heads = config.size(hidden), config.size("num_attention_heads")
    depth = config.size("num_hidden_layers", largest=DEEPEST)
    biased = config.flag(bias, True) if bias else True
    return Encoder(wide, depth, heads, divided(config, wide, heads), config.size("intermediate_size"), bias=biased)


def divided(config: Config, hidden: int, heads: int, key: str = "num_attention_heads") -> int:
    """Return the size of a head, which must divide the width."""
    if hidden % heads:
        config.refuse(key, f"a width of {hidden} does not divide into {heads} heads")
    return hidden // heads


def positive(config: Config, key: str, default: bool) -> bool:
    """Return whether a number is positive."""
    raw = config.raw(key)
    if raw is not None and (isinstance(raw, bool) or not isinstance(raw, (int, float))):
        config.refuse(key, f"`{key}` must be a number, found {shown(raw)}")
    return default if raw is None else raw > 0


def start(
    width: int, hidden: int, on: Extent, *, learned: int = 0, frozen: int = 0, bias: bool = True, norm: int = 0
) -> Layer:
    """Return the map from pixels to the model's width, beside learned vectors and positions.

    Parameters
    ----------
    width, hidden : int
        Numbers of one patch, and the model's width.
    on : Extent
        Patches.
    learned, frozen : int
        Parameters of learned vectors, and of those that no gradient trains.
    bias : bool
        Whether the map has a bias.
    norm : int
        Parameters of a normalization after it.
    """
    found: list[Operation] = [Linear("patch_embeddings", width, hidden, PATCHES, (), bias, on=on)]
    found += weights_if("learned", learned, ())
    if frozen:
        found.append(Weights("positions", frozen, (), frozen=True))
    outputs = tuple(one.name for one in found)
    if norm:
        found.append(Weights("embedding_norm", norm, outputs))
        outputs = ("embedding_norm",)
    return Layer((Block(tuple(found), outputs),), "embedding")


def finish(
    norm: int, maps: Sequence[tuple[str, int, int]] = (), *, bias: bool = True, on: Extent = ONCE, stream: str = "x"
) -> Layer:
    """Return the last normalization and the matrices of a head, one after the other.

    Parameters
    ----------
    norm : int
        Parameters of the normalization; 0 where there is none.
    maps : sequence of tuple
        Name, width and outputs of each matrix.
    bias : bool
        Whether they have biases.
    on : Extent
        The positions that they read.
    """
    found: list[Operation] = [*weights_if("final_norm", norm, ("x",))]
    read = ("final_norm",) if norm else ("x",)
    for name, width, outputs in maps:
        found.append(Linear(name, width, outputs, TASK, read, bias, on=on))
        read = (name,)
    return Layer((Block(tuple(found), read),), "head", stream=stream)


def classifier(config: Config, norm: int, width: int) -> Layer:
    """Return the last normalization and the matrix to the classes of a picture."""
    return finish(norm, (("classifier", width, labels(config)),))


def whole(
    config: Config,
    layers: Sequence[Layer],
    positions: Extent,
    *,
    others: tuple[OtherLength, ...] = (),
    unit: str = UNIT,
) -> Architecture:
    """Return the architecture of a model of pictures."""
    name = config.model_type
    return Architecture(name, name, tuple(layers), False, others=others, unit=unit, tokens=positions)
