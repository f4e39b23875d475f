"""What most families share: widths, masks by layer, and embedding, layers and head put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture import blocks
from flopline.architecture.config import DEEPEST
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.shape import Architecture, Layer, stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config

RMS: Final = 1
"""Parameters of a root-mean-square normalization per channel: a weight."""
LAYER_NORM: Final = 2
"""Parameters of a layer normalization per channel: a weight and a bias."""


class Widths(NamedTuple):
    """The numbers that every decoder has.

    Attributes
    ----------
    hidden, depth, heads, key_value_heads, head_dim, vocabulary : int
        Width, layers, query and key-value heads, size of a head, rows of the embedding.
    """

    hidden: int
    depth: int
    heads: int
    key_value_heads: int
    head_dim: int
    vocabulary: int


def widths(
    config: Config,
    *,
    key_value_heads: int | None = None,
    head_dim: int | None = None,
    free: bool = True,
    floor: bool = False,
) -> Widths:
    """Return the numbers of a decoder under their usual names.

    Parameters
    ----------
    config : Config
        The configuration.
    key_value_heads : int, optional
        The family's default of `num_key_value_heads`; None: as many as query heads.
    head_dim : int, optional
        The family's default of `head_dim`; None: width over heads.
    free : bool
        Whether the family lets `head_dim` differ from width over heads.
    floor : bool
        Whether width over heads is rounded down where it is no whole number.
    """
    hidden, heads = config.size("hidden_size"), config.size("num_attention_heads")
    depth = config.size("num_hidden_layers", largest=DEEPEST)
    groups = key_value_heads if not config.given("num_key_value_heads") else None
    pairs = config.size("num_key_value_heads", default=groups or heads)
    if heads % pairs:
        config.refuse("num_key_value_heads", f"{heads} heads do not divide into {pairs} key-value heads")
    if floor and not config.has("head_dim"):
        head_dim = max(hidden // heads, 1)
    size = head_size(config, hidden, heads, head_dim if not config.given("head_dim") else None, free)
    return Widths(hidden, depth, heads, pairs, size, config.size("vocab_size"))


def head_size(config: Config, hidden: int, heads: int, default: int | None, free: bool) -> int:
    """Return the size of a head: its key where the family has one, else width over heads."""
    if free and (default is not None or config.has("head_dim")):
        return config.size("head_dim", default=default)
    config.ignore("head_dim")
    if hidden % heads:
        config.refuse("num_attention_heads", f"a width of {hidden} does not divide into {heads} heads")
    return hidden // heads


def window(config: Config, default: int | None = None) -> Mask:
    """Return the mask of a model whose layers all slide if `sliding_window` is set."""
    size = config.optional("sliding_window", default)
    return CAUSAL if size is None else Mask("window", size)


def by_layer(
    config: Config, usual: Sequence[str], masks: Mapping[str, Mask | None], key: str = "layer_types"
) -> list[Mask]:
    """Return the mask of each layer, from `layer_types` or the family's own pattern.

    Parameters
    ----------
    config : Config
        The configuration.
    usual : sequence of str
        The family's pattern, one word for each layer.
    masks : mapping
        What each word stands for; None where the configuration lacks its window.
    key : str
        The key that overrides the pattern.
    """
    names = config.words(key, len(usual)) or list(usual)
    for name in dict.fromkeys(names):
        if name not in masks:
            known = ", ".join(f"`{one}`" for one in masks)
            config.refuse(key, f"`{name[:60]}` is not a kind of layer of `{config.model_type}`", f"known are {known}")
        if masks[name] is None:
            config.refuse("sliding_window", f"there are `{name}` layers, and no `sliding_window`")
    return [mask for name in names if (mask := masks[name]) is not None]


def sliding(config: Config, usual: Sequence[str], default: int | None) -> list[Mask]:
    """Return the masks of a model that mixes `sliding_attention` and `full_attention` layers."""
    size = config.optional("sliding_window", default)
    masks = {"full_attention": CAUSAL, "sliding_attention": None if size is None else Mask("window", size)}
    return by_layer(config, usual, masks)


def every(depth: int, period: int) -> list[str]:
    """Return a pattern whose every `period`-th layer attends to everything, the others in a window."""
    return ["full_attention" if (index + 1) % period == 0 else "sliding_attention" for index in range(depth)]


def model(
    config: Config,
    layers: tuple[Layer, ...],
    *,
    embedding: Block,
    head: Block,
    tied: bool,
    prediction: tuple[Layer, ...] = (),
    positions: int | None = None,
) -> Architecture:
    """Return the architecture of embedding, layers and head."""
    known = positions if positions is not None else _positions(config)
    whole = (Layer((embedding,), "embedding"), *layers, Layer((head,), "head"))
    return Architecture(config.model_type, config.model_type, whole, tied, prediction, known)


def usual_ends(
    config: Config, shape: Widths, *, norm: int, tied: bool, bias: bool = False
) -> tuple[Block, Block, bool]:
    """Return embedding and head of most decoders, and whether they share their matrix.

    Parameters
    ----------
    config : Config
        The configuration.
    shape : Widths
        Its numbers.
    norm : int
        Parameters of the last normalization.
    tied : bool
        The family's default of `tie_word_embeddings`.
    bias : bool
        Whether the head has a bias.
    """
    shared = config.tied(tied)
    first = blocks.embedding(shape.vocabulary, shape.hidden)
    return first, blocks.head(shape.hidden, shape.vocabulary, tied=shared, norm=norm, bias=bias), shared


def decoder(
    config: Config,
    layers: tuple[Layer, ...],
    shape: Widths,
    *,
    norm: int,
    tied: bool,
    bias: bool = False,
    prediction: tuple[Layer, ...] = (),
) -> Architecture:
    """Return the architecture of layers between the usual embedding and head."""
    first, last, shared = usual_ends(config, shape, norm=norm, tied=tied, bias=bias)
    return model(config, layers, embedding=first, head=last, tied=shared, prediction=prediction)


def _positions(config: Config) -> int | None:
    """Return the longest sequence meant, which only warns: a strange value is no reason to refuse."""
    raw = config.raw("max_position_embeddings")
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and raw > 0 else None


@dataclass(frozen=True, slots=True)
class Routing:
    """How many routed experts there are, and how many of them a token passes."""

    count: int
    active: int


def routing(
    config: Config,
    counts: tuple[str, ...],
    actives: tuple[str, ...] = ("num_experts_per_tok",),
    *,
    count: int | None = None,
    active: int | None = None,
) -> Routing:
    """Return the routing of a mixture of experts.

    Parameters
    ----------
    config : Config
        The configuration.
    counts, actives : tuple of str
        Names of the keys.
    count, active : int, optional
        The family's defaults.
    """
    found = Routing(config.size(*counts, default=count), config.size(*actives, default=active))
    if found.active > found.count:
        config.refuse(actives[0], f"a token cannot pass {found.active} of {found.count} experts")
    return found


def mixed(
    config: Config,
    shape: Widths,
    masks: Sequence[Mask],
    sparse: Sequence[bool],
    attend: Callable[[Mask], Block],
    dense: Callable[[], Block],
    mixture: Callable[[], Block],
    *,
    norm: int,
    tied: bool = False,
    head_bias: bool = False,
    prediction: tuple[Layer, ...] = (),
) -> Architecture:
    """Return a decoder whose layers have an MLP or experts, from functions that make the blocks.

    Parameters
    ----------
    config, shape : Config, Widths
        The configuration and its numbers.
    masks, sparse : sequence
        Of each layer: which pairs are visible, and whether it has experts.
    attend, dense, mixture : callable
        Make the attention of a mask, the MLP and the experts.
    norm : int
        Parameters of the last normalization.
    tied : bool
        The family's default of `tie_word_embeddings`.
    head_bias : bool
        Whether the head has a bias.
    prediction : tuple of Layer
        Multi-token-prediction modules.
    """

    def build(kind: tuple[Mask, bool]) -> Layer:
        mask, experts = kind
        return Layer((attend(mask), mixture() if experts else dense()))

    layers = stack(list(zip(masks, sparse, strict=True)), build)
    return decoder(config, layers, shape, norm=norm, tied=tied, bias=head_bias, prediction=prediction)


def predicted(config: Config, shape: Widths, modules: int, layer: Callable[[], tuple[Block, ...]]) -> tuple[Layer, ...]:
    """Return multi-token-prediction modules: a joining projection, one layer, and the head once more.

    Parameters
    ----------
    config, shape : Config, Widths
        The configuration and its numbers.
    modules : int
        How many tokens ahead are predicted.
    layer : callable
        Makes the blocks of a module's layer.
    """
    if modules > MOST_MODULES:
        config.refuse("num_nextn_predict_layers", f"{modules} prediction modules are more than any model has")
    if modules == 0:
        return ()
    join = Layer((blocks.joining(shape.hidden, norms=2 * shape.hidden),))
    last = Layer((blocks.head(shape.hidden, shape.vocabulary, tied=True, norm=shape.hidden),), "head")
    return (join, Layer(layer()), last) * modules


MOST_MODULES: Final = 64
"""Most multi-token-prediction modules that are believed; published models have one to three."""
