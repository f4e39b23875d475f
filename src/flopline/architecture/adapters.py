"""Adapters on a frozen base: low-rank ones beside matrices, and bottlenecks after blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flopline.architecture.operations import BOTTLENECKS, Linear
from flopline.architecture.values import quoted, refuse, shown, whole

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.shape import Architecture

ALL_LINEAR: Final = "all-linear"
"""Target that stands for every matrix of the layers but the routers."""
LARGEST_RANK: Final = 1_000_000
_USUAL: Final = (
    ("q_proj", "v_proj"), ("qkv_proj",), ("query_key_value",), ("c_attn",), ("Wqkv",),
    ("query", "value"), ("query_proj", "value_proj"), ("q", "v"), ("in_proj",),
)  # fmt: skip
_EXAMPLE: Final = 'write `{ rank = 16, targets = ["q_proj", "v_proj"] }`'


@dataclass(frozen=True, slots=True)
class Lora:
    """Low-rank adapters (Hu et al. 2021, arXiv:2106.09685) on a frozen base.

    Attributes
    ----------
    rank : int
        r of the two matrices in x r and r x out.
    targets : tuple of str
        Names of the matrices that get one, or `all-linear`. Empty means queries and values, or the fused
        matrix that holds them.
    """

    rank: int
    targets: tuple[str, ...] = ()

    @classmethod
    def of(cls, raw: object) -> Lora | None:
        """Return adapters from what users write: None, a rank, a mapping of rank and targets, or adapters.

        Raises
        ------
        ArchitectureError
            For anything else.
        """
        if raw is None or isinstance(raw, Lora):
            return raw
        given: Mapping[object, object] = raw if isinstance(raw, Mapping) else {"rank": raw}
        for key in given:
            if key not in ("rank", "targets"):
                refuse("lora", f"`lora` has no key {shown(key)}", _EXAMPLE)
        rank = whole(given.get("rank"), LARGEST_RANK)
        if rank is None:
            message = f"a LoRA rank is a whole number of at least 1, found {shown(given.get('rank'))}"
            refuse("lora.rank", message, "write `16`")
        return cls(rank, _names(given.get("targets")))


def _names(raw: object) -> tuple[str, ...]:
    if raw is None:
        return ()
    if isinstance(raw, str):
        return (raw,)
    if not isinstance(raw, Sequence) or not all(isinstance(name, str) for name in raw):
        refuse("lora.targets", f"LoRA targets are names of matrices, found {shown(raw)}", _EXAMPLE)
    return tuple(raw)


def adapted(architecture: Architecture, lora: Lora | None) -> frozenset[str]:
    """Return the full names of the matrices that get an adapter.

    Parameters
    ----------
    architecture : Architecture
        The model.
    lora : Lora or None
        Its adapters. A target is a full name, or the last word of one: `gate_proj` means that of the MLP, of
        the routed experts and of the shared ones.

    Raises
    ------
    ArchitectureError
        For a target that the model does not have; the hint lists what it has.
    """
    if lora is None:
        return frozenset()
    names = {
        one.name: True
        for layer in dict.fromkeys(architecture.layers)
        if layer.part == "layer"
        for one in layer.operations
        if isinstance(one, Linear) and one.groups == 1 and one.name != "router"
    }
    if ALL_LINEAR in lora.targets:
        return frozenset(names)
    found: set[str] = set()
    for target in lora.targets or _usual(tuple(names)):
        matched = {name for name in names if name == target or name.endswith("." + target)}
        if not matched:
            message = f"there is no matrix {quoted(target)} in `{architecture.model_type}`"
            refuse("lora.targets", message, _choice(tuple(names)))
        found |= matched
    return frozenset(found)


def _usual(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return queries and values, or the fused matrix that holds them, as adapters are usually placed."""
    found = next((usual for usual in _USUAL if set(usual) <= set(names)), None)
    if found is None:
        refuse("lora.targets", "this model has no `q_proj` and `v_proj` for LoRA to adapt", _choice(names))
    return found


def _choice(names: tuple[str, ...]) -> str:
    return "choose among " + ", ".join(f"`{name}`" for name in (*names, ALL_LINEAR))


LARGEST_BOTTLENECK: Final = 1_000_000


def checked_bottleneck(raw: object, lora: Lora | None) -> int:
    """Return the width of bottleneck adapters, 0 where there are none.

    Raises
    ------
    ArchitectureError
        For anything but a whole number of at least 1, and beside low-rank adapters.
    """
    if raw is None:
        return 0
    width = whole(raw, LARGEST_BOTTLENECK)
    if width is None:
        message = f"the width of an adapter is a whole number of at least 1, found {shown(raw)}"
        refuse("adapter", message, "write `64`")
    if lora is not None:
        refuse("adapter", "`adapter` and `lora` are both given", "keep one")
    return width


def bottleneck(block: Block, width: int) -> tuple[tuple[Linear, bool], ...]:
    """Return the two matrices of an adapter after a block, each with whether a trained one stands before it.

    Parameters
    ----------
    block : Block
        A block of a layer.
    width : int
        m of the two matrices h x m and m x h, both with biases (Houlsby et al. 2019, arXiv:1902.00751, section 2.1).
    """
    written = [one for one in block.operations if isinstance(one, Linear) and one.name != "router"]
    if not written:
        return ()
    # A gate of shared experts writes one number; what returns to the stream is as wide as the stream.
    last = max((one for one in written if one.name in block.outputs), key=_outputs, default=written[-1])
    down = Linear("adapter.down", last.outputs, width, BOTTLENECKS, bias=True, on=last.on)
    up = Linear("adapter.up", width, last.outputs, BOTTLENECKS, bias=True, on=last.on)
    return (down, False), (up, True)


def _outputs(one: Linear) -> int:
    return one.outputs
