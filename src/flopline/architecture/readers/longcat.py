"""LongCat-Flash: two attentions and two MLPs in a layer, experts beside the second half, some of which do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.blocks import GATED, Block, mlp
from flopline.architecture.config import DEEPEST
from flopline.architecture.extents import TOKENS, Extent
from flopline.architecture.masks import CAUSAL
from flopline.architecture.operations import EXPERTS, ROUTER, Linear, Operation
from flopline.architecture.readers.common import Widths, decoder
from flopline.architecture.readers.latent import Ranks, latent
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def longcat_flash(config: Config) -> Architecture:
    """LongCat-Flash (Meituan 2025, arXiv:2509.01322): shortcut-connected experts, zero experts."""
    hidden, heads = config.size("hidden_size"), config.size("num_attention_heads")
    depth = _depth(config)
    config.ignore("num_key_value_heads", "head_dim", "qk_head_dim", "attention_method", "zero_expert_type")
    config.ignore("mla_scale_q_lora", "mla_scale_kv_lora")
    ranks = Ranks(
        config.size("q_lora_rank", default=1536),
        config.size("kv_lora_rank", default=512),
        config.size("qk_nope_head_dim", default=128),
        config.size("qk_rope_head_dim", default=64),
        config.size("v_head_dim", default=128),
    )
    shape = Widths(hidden, depth, heads, heads, ranks.nope + ranks.rope, config.size("vocab_size"))
    attend = latent(config, shape, ranks, CAUSAL)
    dense = mlp(hidden, config.size("ffn_hidden_size", "intermediate_size"), norm=hidden)
    # The experts read the first MLP's normalized input and join the stream where the layer ends.
    beside = _experts(config, hidden)
    outputs = tuple(one.name for one in beside if one.name.startswith("experts.down_proj"))
    both = Block((*dense.operations, *beside), (*dense.outputs, *outputs))
    layer = Layer((attend, both, attend, dense))
    return decoder(config, (layer,) * depth, shape, norm=hidden, tied=False)


def _experts(config: Config, hidden: int) -> tuple[Operation, ...]:
    """Return the router and the experts that a token passes on average.

    Notes
    -----
    With E experts and Z that pass their input on, a token that chooses k of all of them alike passes k E/(E + Z)
    that compute. A whole number of them is counted on every token; what is left, on that share of the tokens.
    The rows that transformers allocates for experts that pass their input on are no parameters here: no published
    file holds them, and nothing reads them.
    """
    count = config.size("n_routed_experts", "num_local_experts", default=512)
    chosen = config.size("moe_topk", "num_experts_per_tok", default=12)
    idle = config.optional("zero_expert_num", 256, least=0) or 0
    config.must_be("zero_expert_type", "identity", why="zero experts that are not the identity")
    width = config.size("expert_ffn_hidden_size", "moe_intermediate_size", default=2048)
    every = count + idle
    if chosen > every:
        config.refuse("moe_topk", f"a token cannot pass {chosen} of {every} experts")
    on_all, rest = divmod(chosen * count, every)
    if idle:
        _warn(config, chosen, count, idle)
    router = Linear("router", hidden, every, ROUTER, ("input_norm",), config.flag("router_bias", False))
    usual = _routed(hidden, width, count, on_all, TOKENS, shared=False)
    some = Extent(f"S x {rest}/{every}", lambda lengths: (2 * lengths.tokens * rest + every) // (2 * every))
    return (router, *usual, *(_routed(hidden, width, count, 1, some, shared=True) if rest else ()))


def _routed(hidden: int, width: int, count: int, active: int, on: Extent, *, shared: bool) -> tuple[Operation, ...]:
    """Return the matrices of routed experts."""
    mark = ".rest" if shared else ""
    gate, up, down = (f"experts.{name}{mark}" for name in GATED)
    return (
        Linear(gate, hidden, width, EXPERTS, ("input_norm",), False, active, count, on=on, shared=shared),
        Linear(up, hidden, width, EXPERTS, ("input_norm",), False, active, count, on=on, shared=shared),
        Linear(down, width, hidden, EXPERTS, (gate, up), False, active, count, on=on, shared=shared),
    )


def _warn(config: Config, chosen: int, count: int, idle: int) -> None:
    """Warn that the number of experts that compute depends on the text, and how far it may go."""
    usual = chosen * count / (count + idle)
    least, most = max(chosen - idle, 0), min(chosen, count)
    message = (
        f"a token chooses {chosen} of {count + idle} experts, {idle} of which do nothing: {usual:.4g} that compute are "
        f"counted, as if all were chosen alike; the text makes it {least} to {most}"
    )
    config.note("zero_expert_num", message, "the average of a trained model is what its developer reports", code="W405")


def _depth(config: Config) -> int:
    """Return how many layers there are; `num_hidden_layers` counts both halves of each."""
    if not config.has("num_hidden_layers"):
        return config.size("num_layers", "num_hidden_layers", largest=DEEPEST)
    config.ignore("num_layers")
    halves = config.size("num_hidden_layers", largest=2 * DEEPEST)
    if halves % 2:
        config.refuse("num_hidden_layers", f"{halves} halves of layers are no whole number of layers")
    return halves // 2
