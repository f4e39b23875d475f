"""Gemma 3n and Gemma 4: inputs of each layer's own, keys and values of earlier layers used again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from flopline.architecture.attention import attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.composition import reading
from flopline.architecture.config import LARGEST
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.operations import EXPERTS, ROUTER, STREAMS, Linear, Operation, Weights
from flopline.architecture.per_layer import (
    altup_correct,
    altup_predict,
    kept_keys,
    laurel,
    per_layer_gate,
    per_layer_inputs,
    with_keys_as_values,
    with_keys_of,
)
from flopline.architecture.readers.common import Routing, Widths, model, routing, usual_ends, widths
from flopline.architecture.shape import Layer
from flopline.architecture.values import whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

FULL, SLIDING = "full_attention", "sliding_attention"


class _Kind(NamedTuple):
    """What distinguishes the layers.

    Attributes
    ----------
    name : str
        Kind of attention.
    reuses : bool
        Whether it attends to keys and values of an earlier layer.
    groups, head_dim, width : int
        Key-value heads, size of a head, width of the MLP.
    """

    name: str
    reuses: bool
    groups: int
    head_dim: int
    width: int


def gemma4(config: Config) -> Architecture:
    """Gemma 4's text model: larger heads in the layers that see everything; perhaps experts beside the MLP."""
    config.must_be("use_bidirectional_attention", "vision", why="attention to later positions")
    shape = widths(config, key_value_heads=4, head_dim=256)
    names = config.words("layer_types", shape.depth) or _pattern(shape.depth, 6)
    names[-1] = FULL
    groups, sizes = _by_layer(config, shape, names)
    reuses = _reusing(config, names, 0)
    wide = config.flag("use_double_wide_mlp", False)
    inner = config.size("intermediate_size")
    kinds = [
        _Kind(name, again, group, size, inner * (2 if wide and again else 1))
        for name, again, group, size in zip(names, reuses, groups, sizes, strict=True)
    ]
    own = 0
    if config.model_type != "gemma4_unified_text":
        own = config.number("hidden_size_per_layer_input", 256)
    build = _Gemma4(
        shape, _masks(config, names, 512 if own or config.model_type == "gemma4_text" else 1024),
        config.flag("attention_bias", False), config.flag("attention_k_eq_v", False), own, _experts(config),
    )  # fmt: skip
    layers = _stacked(kinds, build.layer)
    if own:
        rows = config.size("vocab_size_per_layer_input", default=262144)
        layers = (per_layer_inputs(rows, shape.hidden, own, shape.depth), *layers)
    first, last, tied = usual_ends(config, shape, norm=shape.hidden, tied=True)
    return model(config, layers, embedding=first, head=last, tied=tied)


class _Mixture(NamedTuple):
    route: Routing
    width: int


def _experts(config: Config) -> _Mixture | None:
    if not config.flag("enable_moe_block", False):
        config.ignore("num_experts", "top_k_experts", "moe_intermediate_size")
        return None
    return _Mixture(routing(config, ("num_experts",), ("top_k_experts",)), config.size("moe_intermediate_size"))


class _Gemma4(NamedTuple):
    """What all layers of Gemma 4 have in common."""

    shape: Widths
    masks: Mapping[str, Mask]
    bias: bool
    one_matrix: bool
    own: int
    mixture: _Mixture | None

    def layer(self, kind: _Kind) -> Layer:
        hidden = self.shape.hidden
        first = attention(
            hidden, self.shape.heads, kind.groups, kind.head_dim, self.masks[kind.name], norm=hidden, after=hidden,
            bias=self.bias, output_bias=self.bias, query_norm=kind.head_dim, key_norm=kind.head_dim,
        )  # fmt: skip
        if kind.reuses:
            first = with_keys_of(first, f"keys_{kind.name}")
        elif self.one_matrix and kind.name == FULL:
            first = with_keys_as_values(first)
        blocks = [first, self._second(kind)]
        if self.own:
            gate, name = per_layer_gate(hidden, self.own, ("x",))
            blocks.append(Block(gate, (name,)))
        return Layer(tuple(blocks))

    def _second(self, kind: _Kind) -> Block:
        hidden = self.shape.hidden
        dense = mlp(hidden, kind.width, norm=hidden, after=hidden)
        if self.mixture is None:
            return dense
        beside = _mixture(hidden, self.mixture)
        both = (*dense.outputs, *beside.outputs)
        last = Weights("post_feedforward_norm", hidden, both)
        return Block((*dense.operations, *beside.operations, last), (last.name,))


def _mixture(hidden: int, found: _Mixture) -> Block:
    """Return Gemma 4's experts, which stand beside the MLP: scales in the router, normalizations around them."""
    count, active, width = found.route.count, found.route.active, found.width
    operations: tuple[Operation, ...] = (
        Weights("router.scale", hidden),
        Linear("router.proj", hidden, count, ROUTER, ("router.scale",)),
        Weights("router.per_expert_scale", count, ("router.proj",)),
        Weights("pre_feedforward_norm_2", hidden),
        Linear("experts.gate_up_proj", hidden, 2 * width, EXPERTS, ("pre_feedforward_norm_2",), False, active, count),
        Linear("experts.down_proj", width, hidden, EXPERTS, ("experts.gate_up_proj",), False, active, count),
        Weights("post_feedforward_norm_2", hidden, ("experts.down_proj", "router.per_expert_scale")),
    )
    return Block(operations, ("post_feedforward_norm_2",))


def _by_layer(config: Config, shape: Widths, names: list[str]) -> tuple[list[int], list[int]]:
    """Return key-value heads and size of a head of each layer: as listed, or larger where everything is seen."""
    groups, sizes = [shape.key_value_heads] * shape.depth, [shape.head_dim] * shape.depth
    listed = config.raw("per_layer_config")
    largest = config.size("global_head_dim", default=512)
    fewer = config.optional("num_global_key_value_heads")
    if listed is None:
        for index in (index for index, name in enumerate(names) if name == FULL):
            sizes[index] = largest
            if fewer is not None and config.flag("attention_k_eq_v", False):
                groups[index] = fewer
    elif not isinstance(listed, Mapping):
        config.refuse("per_layer_config", "`per_layer_config` must be a table of layers")
    else:
        for key, given in listed.items():
            index = _layer(config, key, shape.depth)
            groups[index], sizes[index] = _own_sizes(config, given, groups[index], sizes[index])
    for group in groups:
        if shape.heads % group:
            config.refuse("num_key_value_heads", f"{shape.heads} heads do not divide into {group} key-value heads")
    return groups, sizes


def _layer(config: Config, key: object, depth: int) -> int:
    index = int(key) if isinstance(key, str) and key.isdecimal() and len(key) < 6 else key
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < depth:
        config.refuse("per_layer_config", "`per_layer_config` names a layer that the model does not have")
    return index


def _own_sizes(config: Config, given: object, groups: int, size: int) -> tuple[int, int]:
    if not isinstance(given, Mapping) or not set(given) <= {"head_dim", "num_key_value_heads"}:
        config.refuse("per_layer_config", "`per_layer_config` may give `head_dim` and `num_key_value_heads` of a layer")
    own_groups = whole(given.get("num_key_value_heads", groups), LARGEST)
    own_size = whole(given.get("head_dim", size), LARGEST)
    if own_groups is None or own_size is None:
        config.refuse("per_layer_config", f"`per_layer_config` must give whole numbers from 1 to {LARGEST}")
    return own_groups, own_size


def gemma3n(config: Config) -> Architecture:
    """Gemma 3n's text model: AltUp's streams, LAuReL's residuals, inputs of each layer's own."""
    config.ignore("altup_active_idx", "altup_coef_clip", "altup_correct_scale", "activation_sparsity_pattern")
    shape = widths(config, key_value_heads=2, head_dim=256)
    if shape.hidden % shape.heads:
        config.refuse("num_attention_heads", f"a width of {shape.hidden} does not divide into {shape.heads} heads")
    names = config.words("layer_types", shape.depth) or _pattern(shape.depth, 5)
    raw = config.raw("intermediate_size")
    listed = isinstance(raw, list)
    inner = (
        config.sizes("intermediate_size", shape.depth) if listed else (config.size("intermediate_size"),) * shape.depth
    )
    kinds = [
        _Kind(name, again, shape.key_value_heads, shape.head_dim, width)
        for name, again, width in zip(names, _reusing(config, names, 15), inner, strict=True)
    ]
    own, copies = config.size("hidden_size_per_layer_input", default=256), config.size("altup_num_inputs", default=4)
    build = _Gemma3n(
        shape, _masks(config, names, 512), config.flag("attention_bias", False), own, copies,
        config.size("laurel_rank", default=64),
    )  # fmt: skip
    rows = config.size("vocab_size_per_layer_input", default=262144)
    layers = (
        per_layer_inputs(rows, shape.hidden, own, shape.depth),
        _altup_maps(shape.hidden, copies, "altup_projections", "embedding"),
        *_stacked(kinds, build.layer),
        _altup_maps(shape.hidden, copies, "altup_unembed_projections", "head"),
    )
    first, last, tied = usual_ends(config, shape, norm=shape.hidden, tied=True)
    return model(config, layers, embedding=first, head=last, tied=tied)


def _altup_maps(hidden: int, copies: int, name: str, part: str) -> Layer:
    """Return the maps from one stream to the others, or from the others back to one, 2S(n - 1) h^2."""
    maps = tuple(Linear(f"{name}.{index}", hidden, hidden, STREAMS) for index in range(copies - 1))
    return Layer((Block(maps, tuple(one.name for one in maps)),), "head" if part == "head" else "embedding")


class _Gemma3n(NamedTuple):
    """What all layers of Gemma 3n have in common."""

    shape: Widths
    masks: Mapping[str, Mask]
    bias: bool
    own: int
    copies: int
    rank: int

    def layer(self, kind: _Kind) -> Layer:
        hidden = self.shape.hidden
        predict, predicted = altup_predict(hidden, self.copies)
        norm = Weights("input_norm", hidden, (predicted,))
        low, residual = laurel(hidden, self.rank, ("input_norm",))
        attend = attention(
            hidden, self.shape.heads, kind.groups, kind.head_dim, self.masks[kind.name], after=hidden,
            bias=self.bias, output_bias=self.bias, query_norm=kind.head_dim, key_norm=kind.head_dim,
        )  # fmt: skip
        if kind.reuses:
            attend = with_keys_of(attend, f"keys_{kind.name}")
        inside = (*predict, norm, *low, *reading(attend, ("input_norm",)))
        first = Block(inside, (predicted, residual, *attend.outputs))
        feed = mlp(hidden, kind.width, norm=hidden, after=hidden)
        read = ("x", *feed.outputs)
        gate, name = per_layer_gate(hidden, self.own, ("altup.correct_output_scale",))
        after = (*feed.operations, *altup_correct(hidden, self.copies, read), *gate)
        return Layer((first, Block(after, (*feed.outputs, "altup.correct_output_scale", name))))


def _pattern(depth: int, period: int) -> list[str]:
    return [FULL if (index + 1) % period == 0 else SLIDING for index in range(depth)]


def _masks(config: Config, names: list[str], default: int) -> dict[str, Mask]:
    masks = {FULL: CAUSAL, SLIDING: Mask("window", config.size("sliding_window", default=default))}
    for name in names:
        if name not in masks:
            known = ", ".join(f"`{one}`" for one in masks)
            config.refuse("layer_types", f"`{name[:60]}` is not a kind of layer of this family", f"known are {known}")
    return masks


def _reusing(config: Config, names: list[str], default: int) -> list[bool]:
    """Return which layers attend to keys and values of the last earlier layer of their kind."""
    shared = config.number("num_kv_shared_layers", default)
    first = len(names) - shared
    if shared and (first < 1 or set(names[:first]) != set(names)):
        config.refuse("num_kv_shared_layers", f"no layer makes the keys and values that the last {shared} layers use")
    return [index >= first for index in range(len(names))]


def _stacked(kinds: list[_Kind], build: Callable[[_Kind], Layer]) -> tuple[Layer, ...]:
    """Return the layers, and after the last of each kind that makes keys for later ones what hands those on."""
    built = {kind: build(kind) for kind in dict.fromkeys(kinds)}
    made = {kind.name: index for index, kind in enumerate(kinds) if not kind.reuses}
    used = {kind.name for kind in kinds if kind.reuses}
    found: list[Layer] = []
    for index, kind in enumerate(kinds):
        found.append(built[kind])
        if made.get(kind.name) == index and kind.name in used:
            found.append(kept_keys(f"keys_{kind.name}"))
    return tuple(found)
