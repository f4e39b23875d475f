"""The sizes of a U-Net's picture, and what stands at each, on the way down and on the way up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flopline.architecture.config import DEEPEST
from flopline.architecture.grids import TEXT, scaled
from flopline.architecture.residual import Condition, Spatial
from flopline.architecture.values import whole

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent

DOWN, DOWN_TEXT, DOWN_SELF = "DownBlock2D", "CrossAttnDownBlock2D", "AttnDownBlock2D"
UP, UP_TEXT, UP_SELF = "UpBlock2D", "CrossAttnUpBlock2D", "AttnUpBlock2D"
MIDDLE, MIDDLE_TEXT = "UNetMidBlock2D", "UNetMidBlock2DCrossAttn"


class Stage(NamedTuple):
    """What stands at one size of the picture.

    Attributes
    ----------
    kind : str
        Name of its class.
    channels, layers : int
        Channels, and residual blocks on the way down.
    spatial : tuple of Spatial
        The transformers after each residual block, if the kind has them.
    head_dim : int
        Size of a head of plain attention, if the kind has it.
    """

    kind: str
    channels: int
    layers: int
    spatial: tuple[Spatial, ...]
    head_dim: int


class Frame(NamedTuple):
    """What all stages share.

    Attributes
    ----------
    condition : Condition
        The vector of time.
    ceil : bool
        Whether sides are rounded up when they are halved.
    residual_down, residual_up : bool
        Whether stages with plain attention are resampled by a residual block.
    """

    condition: Condition
    ceil: bool
    residual_down: bool = False
    residual_up: bool = False

    def on(self, level: int) -> Extent:
        """Return the positions after so many halvings."""
        return scaled(2**level, ceil=self.ceil)


def stages_of(
    config: Config, channels: tuple[int, ...], *, self_attention: bool, rises: bool = True
) -> tuple[list[Stage], Stage, list[Stage]]:
    """Return the stages on the way down, the middle, and the stages on the way up."""
    count = len(channels)
    usual = (
        ([DOWN, *[DOWN_SELF] * 3], [*[UP_SELF] * 3, UP])
        if self_attention
        else ([*[DOWN_TEXT] * 3, DOWN], [UP, *[UP_TEXT] * 3])
    )
    rising_kinds = usual[1] if rises else [UP] * count
    kinds = [
        kinds_of(config, key, count, default, known)
        for key, default, known in (
            ("down_block_types", usual[0], (DOWN, DOWN_SELF, *(() if self_attention else (DOWN_TEXT,)))),
            (
                "up_block_types",
                rising_kinds,
                (UP, UP_SELF, *(() if self_attention else (UP_TEXT,))),
            ),
        )
    ]
    layers = _each(config, "layers_per_block", count, 2)
    heads = _each(config, "attention_head_dim", count, 8, channels if self_attention else ())
    if self_attention:
        empty: tuple[tuple[Spatial, ...], ...] = ((),) * count
        spatial, rising = empty, empty
    else:
        spatial, rising = _spatial(config, channels, layers, heads)
    _divide(config, kinds, channels, heads, self_attention)
    down = [Stage(kinds[0][at], channels[at], layers[at], spatial[at], heads[at]) for at in range(count)]
    back = range(count - 1, -1, -1)
    # Beside attention to a text, plain attention on the way up takes the sizes of heads in the order of the way down.
    up = [
        Stage(kind, channels[at], layers[at] + 1, rising[at], heads[at if self_attention else index])
        for index, (kind, at) in enumerate(zip(kinds[1], back, strict=True))
    ]
    return down, Stage(MIDDLE, channels[-1], 1, spatial[-1][:1], heads[-1]), up


def _divide(config: Config, kinds: list[list[str]], channels: tuple[int, ...], heads: list[int], plain: bool) -> None:
    """Refuse heads that are larger than the channels that they divide."""
    reach = zip(channels, heads, strict=True)
    turned = zip(reversed(channels), reversed(heads) if plain else heads, strict=True)
    used = [
        pair
        for pairs, names, kind in ((reach, kinds[0], DOWN_SELF), (turned, kinds[1], UP_SELF))
        for pair, name in zip(pairs, names, strict=True)
        if name == kind
    ]
    if plain:
        used.append((channels[-1], heads[-1]))
    for width, size in used:
        if width < size:
            config.refuse("attention_head_dim", f"{width} channels have no head of {size}")


def _spatial(
    config: Config, channels: tuple[int, ...], layers: list[int], heads: list[int]
) -> tuple[tuple[tuple[Spatial, ...], ...], tuple[tuple[Spatial, ...], ...]]:
    """Return the transformers of each size on the way down, and on the way up."""
    count = len(channels)
    contexts = _each(config, "cross_attention_dim", count, 1280)
    only = _flags(config, "only_cross_attention", count)
    depths = _depths(config, "transformer_layers_per_block", count, layers) or [[1] * one for one in layers]
    rising = _depths(config, "reverse_transformer_layers_per_block", count, [one + 1 for one in layers][::-1])
    nested = any(isinstance(one, list) for one in _listed(config.raw("transformer_layers_per_block")))
    if rising is None and nested:
        config.refuse(
            "reverse_transformer_layers_per_block", "depths that differ inside a stage need those of the way up"
        )
    back = [[depth[0]] * (layers[at] + 1) for at, depth in enumerate(depths)] if rising is None else rising[::-1]

    def of(at: int, found: list[int]) -> tuple[Spatial, ...]:
        if channels[at] < heads[at]:
            config.refuse("attention_head_dim", f"{channels[at]} channels do not divide into {heads[at]} heads")
        size = channels[at] // heads[at]
        return tuple(Spatial(heads[at], size, one, contexts[at], TEXT, only[at]) for one in found)

    return tuple(of(at, one) for at, one in enumerate(depths)), tuple(of(at, one) for at, one in enumerate(back))


def _listed(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else []


def _depths(config: Config, key: str, count: int, layers: list[int]) -> list[list[int]] | None:
    """Return the depth of each transformer of each stage, from one number, one for each stage, or one for each."""
    raw = config.raw(key)
    if raw is None:
        return None
    stages = raw if isinstance(raw, list) else [raw] * count
    if len(stages) != count:
        config.refuse(key, f"`{key}` has {len(stages)} entries, the model has {count} stages")
    found = [one if isinstance(one, list) else [one] * steps for one, steps in zip(stages, layers, strict=True)]
    if any(
        len(one) != steps or any(whole(depth, DEEPEST) is None for depth in one)
        for one, steps in zip(found, layers, strict=True)
    ):
        config.refuse(key, f"`{key}` must hold numbers of layers, one for each residual block of a stage at most")
    return found


def _each(config: Config, key: str, count: int, default: int, usual: tuple[int, ...] = ()) -> list[int]:
    """Return a number for each stage, from one number or a list of them; null is `usual`, where there is one."""
    raw = config.raw(key)
    if isinstance(raw, list):
        return list(config.sizes(key, count))
    if raw is None and config.given(key) and usual:
        return list(usual)
    largest = DEEPEST if key == "layers_per_block" else 10**8
    return [config.size(key, default=default, largest=largest)] * count


def _flags(config: Config, key: str, count: int) -> list[bool]:
    raw = config.raw(key)
    if isinstance(raw, list):
        if len(raw) != count or not all(isinstance(one, bool) for one in raw):
            config.refuse(key, f"`{key}` must say true or false for each of {count} stages")
        return raw
    return [config.flag(key, False)] * count


def kinds_of(config: Config, key: str, count: int, default: list[str], known: tuple[str, ...]) -> list[str]:
    """Return the kind of each stage, of those that are known."""
    found = config.words(key, count) or default
    if len(found) != count:
        config.refuse("block_out_channels", f"there are {count} numbers of channels and {len(found)} `{key}`")
    for name in found:
        if name not in known:
            config.refuse(key, f"`{name[:60]}` is not counted yet", f"counted are {', '.join(known)}")
    return found
