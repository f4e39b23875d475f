"""MiniMax-01, with layers of lightning attention; the text model of MiniMax-M3, with block-sparse attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flopline.architecture.attention import attention
from flopline.architecture.block_sparse import block_indexer, selected_blocks
from flopline.architecture.blocks import Block, experts, mlp
from flopline.architecture.lightning import lightning_attention
from flopline.architecture.masks import CAUSAL
from flopline.architecture.readers.common import decoder, routing, widths, window
from flopline.architecture.readers.delta import FULL, LINEAR, layer_kinds
from flopline.architecture.shape import Layer, stack

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent
    from flopline.architecture.masks import Mask
    from flopline.architecture.readers.common import Widths
    from flopline.architecture.shape import Architecture

SPARSE: Final = "minimax_m3_sparse"
_EXPERTS: Final = ("num_local_experts", "num_experts")


def minimax(config: Config) -> Architecture:
    """MiniMax-01: lightning attention and softmax attention by turns, experts in every layer."""
    shape = widths(config, key_value_heads=8)
    mask = window(config)
    block = config.size("block_size", default=256)
    usual = [LINEAR if (index + 1) % 2 == 0 else FULL for index in range(shape.depth)]
    kinds = layer_kinds(config, usual)
    route = routing(config, _EXPERTS, count=8, active=2)
    _ignore_residuals(config)
    width = config.size("intermediate_size")

    def build(kind: str) -> Layer:
        if kind == LINEAR:
            mixer = lightning_attention(shape.hidden, shape.heads, shape.head_dim, block, norm=shape.hidden)
        else:
            mixer = attention(shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden)
        feed = experts(shape.hidden, width, count=route.count, active=route.active, norm=shape.hidden)
        return Layer((mixer, feed))

    return decoder(config, stack(kinds, build), shape, norm=shape.hidden, tied=False)


def _ignore_residuals(config: Config) -> None:
    """Say that the factors of the residual streams count nothing."""
    for kind in ("full_attn", "linear_attn", "mlp"):
        config.ignore(f"{kind}_alpha_factor", f"{kind}_beta_factor")


def minimax_m3(config: Config) -> Architecture:
    """MiniMax-M3's text model: some layers attend to the blocks of keys that an indexer selects."""
    shape = widths(config, key_value_heads=4, head_dim=128)
    before = config.nested("sparse_attention_config") if config.has("sparse_attention_config") else None
    index = _indexer(config, before, shape)
    kinds = _listed(config, before, shape.depth)
    sparse = _with_experts(config, shape.depth)
    route = routing(config, _EXPERTS, count=128, active=4)
    inner, width = config.size("dense_intermediate_size", default=12288), config.size("intermediate_size")
    shared = config.size("shared_intermediate_size", default=3072)
    config.must_be("num_mtp_modules", 0, why="prediction modules")
    config.ignore("rotary_dim", "swiglu_alpha", "swiglu_limit", "use_qk_norm", "qk_norm_type")

    def attend(mask: Mask | Extent) -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden,
            query_norm=shape.head_dim, key_norm=shape.head_dim,
        )  # fmt: skip

    def build(kind: tuple[bool, bool]) -> Layer:
        mixer = index.before(shape.hidden, attend(index.mask)) if kind[0] else attend(CAUSAL)
        feed = (
            experts(shape.hidden, width, count=route.count, active=route.active, shared=shared, norm=shape.hidden)
            if kind[1]
            else mlp(shape.hidden, inner, norm=shape.hidden, names=("gate_up_proj", "down_proj"))
        )
        return Layer((mixer, feed))

    layers = stack(list(zip(kinds, sparse, strict=True)), build)
    return decoder(config, layers, shape, norm=shape.hidden, tied=False)


class Index(NamedTuple):
    """The numbers of an indexer: its heads, their size, positions of a block, and blocks that a query sees."""

    heads: int
    head_dim: int
    block: int
    blocks: int

    @property
    def mask(self) -> Extent:
        """Which pairs remain."""
        return selected_blocks(self.block, self.blocks)

    def before(self, hidden: int, attend: Block) -> Block:
        """Return an attention block with the indexer after its normalization."""
        norm, *rest = attend.operations
        return Block((norm, *block_indexer(hidden, self.heads, self.head_dim, norm.name), *rest), attend.outputs)


def _indexer(config: Config, before: Config | None, shape: Widths) -> Index:
    found = [
        config.size(key, default=usual) if before is None or not before.has(old) else before.size(old)
        for key, old, usual in (
            ("index_n_heads", "sparse_num_index_heads", 4),
            ("index_head_dim", "sparse_index_dim", 128),
            ("index_block_size", "sparse_block_size", 128),
            ("index_topk_blocks", "sparse_topk_blocks", 16),
            ("index_local_blocks", "sparse_local_block", 1),
        )
    ]
    *numbers, local = found
    index = Index(*numbers)
    if shape.heads % index.heads:
        config.refuse("index_n_heads", f"{shape.heads} heads do not divide among {index.heads} of the indexer")
    if local > index.blocks:
        message = f"{local} blocks are always seen, of {index.blocks}: which ones remain depends on the numbers"
        config.refuse("index_local_blocks", message)
    if before is not None:
        config.ignore("index_n_heads", "index_head_dim", "index_block_size", "index_topk_blocks", "index_local_blocks")
        before.ignore("use_sparse_attention", "sparse_init_block", "sparse_score_type", "sparse_disable_index_value")
    return index


def _listed(config: Config, before: Config | None, depth: int) -> list[bool]:
    """Return which layers select blocks."""
    usual = _flags(before, "sparse_attention_freq", depth) if before is not None else None
    kinds = config.words("layer_types", depth)
    for kind in kinds or ():
        if kind not in (SPARSE, FULL):
            message = f"`{kind[:60]}` is not a kind of layer of `{config.model_type}`"
            config.refuse("layer_types", message, f"known are `{SPARSE}` and `{FULL}`")
    return [kind == SPARSE for kind in kinds] if kinds else usual or [False] * depth


def _with_experts(config: Config, depth: int) -> list[bool]:
    """Return which layers have experts."""
    usual = _flags(config, "moe_layer_freq", depth)
    kinds = config.words("mlp_layer_types", depth)
    return [kind == "sparse" for kind in kinds] if kinds else usual or [True] * depth


def _flags(config: Config, key: str, depth: int) -> list[bool] | None:
    """Return a list of zeros and ones for each layer as true and false, None where it is not given."""
    raw: Any = config.raw(key)
    if raw is None:
        return None
    if not isinstance(raw, list) or len(raw) != depth or any(one not in (0, 1) for one in raw):
        config.refuse(key, f"`{key}` must be a list of {depth} zeros and ones, one for each layer")
    return [bool(one) for one in raw]
