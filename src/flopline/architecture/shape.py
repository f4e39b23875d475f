"""A model as a list of layers, and how many parameters it has."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from flopline.architecture.extents import TOKENS, Extent, OtherLength
from flopline.architecture.operations import EXPERTS, Linear, Lookup, Operation, Product, Scores

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from flopline.architecture.blocks import Block
    from flopline.errors import Diagnostic

Part = Literal["embedding", "layer", "head", "tower", "projector"]


BESIDE: Final[tuple[Part, ...]] = ("tower", "projector")
"""Parts that no token of the text passes."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Blocks on a residual stream, one after the other or side by side.

    Attributes
    ----------
    blocks : tuple of Block
        Usually attention and feed-forward.
    part : {"embedding", "layer", "head", "tower", "projector"}
        Where it stands in the model: a tower encodes images or sound for a text model, a projector maps what it
        finds to the text model's width.
    parallel : bool
        Whether all blocks read the stream as it enters the layer.
    norm : int
        Parameters of a normalization that the parallel blocks share.
    stream : str
        The residual stream that it reads and writes; a model of encoder and decoder has one of each, and the
        decoder's blocks read the encoder's result as `@encoder`.
    """

    blocks: tuple[Block, ...]
    part: Part = "layer"
    parallel: bool = False
    norm: int = 0
    stream: str = "x"

    @property
    def operations(self) -> Iterator[Operation]:
        """All operations, in order."""
        for block in self.blocks:
            yield from block.operations


@dataclass(frozen=True, slots=True)
class Parameters:
    """How many parameters a model has, exactly.

    Attributes
    ----------
    total : int
        All of them, a tied embedding once; multi-token-prediction modules not.
    active : int
        Those that one token passes: dense layers, router, shared experts, the routed experts that are chosen,
        and the head (tied or not), but not the look-up of tokens and positions, nor a tower beside the text model.
    embedding : int
        Tables of tokens and positions.
    experts : int
        Routed experts.
    idle : int
        Routed experts that a token does not pass.
    head : int
        The matrix to the vocabulary, whether it is the embedding's or its own.
    """

    total: int
    active: int
    embedding: int
    experts: int
    idle: int
    head: int

    def plus(self, added: Parameters) -> Parameters:
        """Return the sum with the parameters of modules that share embedding and head."""
        return Parameters(
            self.total + added.total,
            self.active + added.active - added.head,
            self.embedding + added.embedding,
            self.experts + added.experts,
            self.idle + added.idle,
            self.head,
        )

    def to_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return {name: getattr(self, name) for name in ("total", "active", "embedding", "experts", "idle", "head")}


@dataclass(frozen=True, eq=False)
class Architecture:
    """The shape of one model.

    Attributes
    ----------
    name : str
        How people call it.
    model_type : str
        The family, in the words of its configuration.
    layers : tuple of Layer
        Embedding, layers and head, in the order in which a token passes them; equal layers are one object.
    prediction : tuple of Layer
        The multi-token-prediction modules, which training may run beside the model.
    tied : bool
        Whether the head's matrix is the embedding's.
    positions : int or None
        The longest sequence that the configuration is meant for.
    warnings : tuple of Diagnostic
        What reading the configuration left open.
    others : tuple of OtherLength
        Lengths that it needs beside `seq_len`.
    unit : str
        What `seq_len` counts.
    tokens : Extent
        Positions that one sequence has, which six FLOP per parameter and token is compared on.
    """

    name: str
    model_type: str
    layers: tuple[Layer, ...]
    tied: bool
    prediction: tuple[Layer, ...] = ()
    positions: int | None = None
    warnings: tuple[Diagnostic, ...] = ()
    others: tuple[OtherLength, ...] = ()
    unit: str = "tokens"
    tokens: Extent = TOKENS

    @cached_property
    def parameters(self) -> Parameters:
        """Parameters without multi-token-prediction modules."""
        return counted(self.layers)

    @cached_property
    def prediction_parameters(self) -> Parameters:
        """Parameters of multi-token-prediction modules: those they add, and the shared head as active."""
        return counted(self.prediction)

    @cached_property
    def mixture_of_experts(self) -> bool:
        """Whether a token passes only some of the parameters of a layer."""
        return any(
            isinstance(one, Linear) and one.active < one.stored
            for layer in set(self.layers)
            for one in layer.operations
        )

    @cached_property
    def latent(self) -> bool:
        """Whether it has latent attention."""
        return any(
            isinstance(one, Scores) and one.absorbed is not None
            for layer in set(self.layers)
            for one in layer.operations
        )

    @property
    def depth(self) -> int:
        """How many layers stand between embedding and head."""
        return sum(layer.part == "layer" for layer in self.layers)


def stack(kinds: Sequence[Hashable], build: Callable[..., Layer]) -> tuple[Layer, ...]:
    """Return one layer for each kind in a list, equal kinds being the same object.

    Parameters
    ----------
    kinds : sequence
        What distinguishes the layers, bottom first: a mask, a pair of mask and `True` for experts.
    build : callable
        Makes the layer of a kind.
    """
    built = {kind: build(kind) for kind in dict.fromkeys(kinds)}
    return tuple(built[kind] for kind in kinds)


def counted(layers: Iterable[Layer]) -> Parameters:
    """Return the parameters of a list of layers."""
    total = active = embedding = routed = idle = head = 0
    for layer, times in _repeated(layers):
        passed = times * (layer.part not in BESIDE)
        total += times * layer.norm
        active += passed * layer.norm
        for one in layer.operations:
            if isinstance(one, (Scores, Product)):
                continue
            total += times * one.parameters
            active += passed * one.active_parameters
            embedding += times * one.parameters * isinstance(one, Lookup)
            if isinstance(one, Linear):
                routed += times * one.parameters * (one.term == EXPERTS)
                idle += times * (one.parameters - one.active_parameters) * (one.term == EXPERTS)
                head += times * one.width * one.outputs * (one.name == "lm_head" and not one.shared)
    return Parameters(total, active, embedding, routed, idle, head)


def _repeated(layers: Iterable[Layer]) -> list[tuple[Layer, int]]:
    layers = tuple(layers)
    times = Counter(map(id, layers))
    return [(layer, times[id(layer)]) for layer in {id(layer): layer for layer in layers}.values()]
