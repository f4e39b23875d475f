"""Which parts of a model are trained."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture.shape import BESIDE
from flopline.architecture.values import quoted, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.architecture.shape import Architecture, Layer

_COUNTED: Final = r"(first|last)-([1-9]\d{0,5})"
_ALL_BUT: Final = "all-but-"
_NAMED: Final = ("embedding", "head", "layers", "tower", "projector")
_PARTS: Final = (
    "write `all`, `lora`, `embedding`, `head`, `layers`, `tower`, `projector`, `first-N`, `last-N`, "
    "or what stays frozen: `all-but-tower`"
)


class Trained(NamedTuple):
    """Which parts of a model are trained.

    Attributes
    ----------
    everything : bool
        All of it, the normalizations before the head included, but for what is named here.
    embedding, head : bool
        The embedding; the head's matrix.
    tower, projector : bool
        Encoders of images and sound; the maps from them to the text model.
    first, last : int
        How many layers from the bottom and from the top.
    """

    everything: bool
    embedding: bool = False
    head: bool = False
    tower: bool = False
    projector: bool = False
    first: int = 0
    last: int = 0

    def trains(self, layer: Layer, index: int, depth: int) -> bool:
        """Return whether a layer, the `index`-th of `depth`, or the embedding or head, is trained."""
        if layer.part == "layer":
            named = index < self.first or depth - self.last <= index < depth
        else:
            named = bool(getattr(self, layer.part))
        return named != self.everything


def selected(architecture: Architecture, trainable: str | Sequence[str] | None, adapters: bool) -> Trained:
    """Return which parts are trained, from what users write.

    Parameters
    ----------
    architecture : Architecture
        The model. Where embedding and head share their matrix, training one trains the other.
    trainable : str, sequence of str or None
        `all`, or parts: `embedding`, `head`, `layers`, `tower`, `projector`, `first-N`, `last-N`, and `lora` for
        adapters alone; or the parts that stay frozen, each as `all-but-tower`. None is `all` without adapters and
        `lora` with them.
    adapters : bool
        Whether there are adapters, whose base is frozen but for the parts named.

    Raises
    ------
    ArchitectureError
        For words that mean nothing here.
    """
    if trainable is None:
        return Trained(everything=not adapters)
    if not isinstance(trainable, (str, list, tuple)):
        refuse("trainable", "`trainable` names parts of the model", _PARTS)
    words: Sequence[object] = trainable.split(",") if isinstance(trainable, str) else trainable
    names = [word.strip() for word in words if isinstance(word, str)]
    if names == ["all"] and adapters:
        refuse("trainable", "`trainable = all` contradicts `lora`, whose base is frozen", "leave one out")
    if names == ["all"]:
        return Trained(everything=True)
    if not names or len(names) != len(words):
        refuse("trainable", "`trainable` names no part of the model", _PARTS)
    frozen = [name.startswith(_ALL_BUT) for name in names]
    if any(frozen) and (adapters or not all(frozen)):
        refuse("trainable", "what stays frozen and what is trained contradict each other", "name one or the other")
    found = Trained(everything=any(frozen))
    for name in names:
        found = _with(found, name.removeprefix(_ALL_BUT), architecture, adapters)
    if architecture.tied and (found.embedding or found.head):
        return found._replace(embedding=True, head=True)
    return found


def _with(found: Trained, name: str, architecture: Architecture, adapters: bool) -> Trained:
    if name == "layers":
        return found._replace(first=architecture.depth)
    if name in _NAMED:
        if name in BESIDE and not any(layer.part == name for layer in architecture.layers):
            refuse("trainable", f"`{architecture.model_type}` has no {name} that is counted", _PARTS)
        return found._replace(**{name: True})
    if name == "lora" and adapters:
        return found
    match = re.fullmatch(_COUNTED, name)
    if match is None:
        missing = name == "lora"
        message = "`trainable = lora` needs adapters" if missing else f"{quoted(name)} is no part of a model"
        refuse("trainable", message, "give `lora = { rank = 16 }`" if missing else _PARTS)
    number = int(match[2])
    if number > architecture.depth:
        refuse("trainable", f"`{name}` is more than the {architecture.depth} layers", _PARTS)
    return found._replace(**{match[1]: max(number, getattr(found, match[1]))})
