"""U-Nets: Stable Diffusion 1, 2 and XL, and the unconditional ones of the first diffusion models."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from flopline.architecture.extents import ONCE, OtherLength
from flopline.architecture.grids import TEXT, scaled, text_length
from flopline.architecture.joint import block, chain, entering, last
from flopline.architecture.operations import INPUT, MAPS, MODULATION, Linear, Lookup, Operation, Weights
from flopline.architecture.readers.unet_stages import (
    DOWN_SELF,
    DOWN_TEXT,
    MIDDLE,
    MIDDLE_TEXT,
    UP_SELF,
    UP_TEXT,
    Frame,
    Stage,
    stages_of,
)
from flopline.architecture.residual import (
    AFFINE,
    Condition,
    attention_block,
    convolution,
    resampled,
    residual,
    spatial_transformer,
)
from flopline.architecture.shape import Architecture, Layer

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent

HARMLESS = (
    "act_fn", "attention_type", "center_input_sample", "dropout", "flip_sin_to_cos", "freq_shift",
    "mid_block_scale_factor", "norm_eps", "norm_num_groups", "resnet_out_scale_factor", "resnet_skip_time_act",
    "sample_size", "time_embedding_act_fn", "timestep_post_act", "upcast_attention", "use_linear_projection",
)  # fmt: skip
"""Keys that change no count; a matrix and a convolution of kernel 1 cost the same."""


def unet_2d_condition(config: Config) -> Architecture:
    """Stable Diffusion's U-Net, which attends to a text."""
    config.ignore(*HARMLESS, "mid_block_only_cross_attention", "cross_attention_norm", "addition_embed_type_num_heads")
    config.ignore("addition_time_embed_dim")
    config.must_be("attention_type", "default", why="attention to boxes (GLIGEN)")
    config.must_be("dual_cross_attention", False, why="attention to two texts")
    config.must_be("num_attention_heads", why="heads under that name, which the library refuses too")
    channels = config.sizes("block_out_channels")
    down, middle, up = stages_of(config, channels, self_attention=False)
    width, time, others = _time(config, channels)
    double = config.flag("class_embeddings_concat", False) and config.has("class_embed_type")
    frame = Frame(_condition(config, 2 * width if double else width), _ceil(config))
    first = [_entry(config, channels[0], frame), entering(time, *others, *_added(config, width), stream="condition")]
    text = _text(config)
    if text:
        first.append(entering(text, stream="text"))
    kind = config.raw("mid_block_type") if config.given("mid_block_type") else MIDDLE_TEXT
    layers = [*going_down(down, frame), *_middle(config, kind, middle, frame), *going_up(up, channels, frame)]
    return _unet(config, first, layers, channels[0], config.size("conv_out_kernel", default=3), text_length(77))


def unet_2d(config: Config) -> Architecture:
    """DDPM's U-Net, with attention of the picture to itself."""
    config.ignore(*HARMLESS)
    channels = config.sizes("block_out_channels")
    down, middle, up = stages_of(config, channels, self_attention=True)
    width, time, others = _time(config, channels, old=True)
    ways = {"conv": False, "resnet": True}
    frame = Frame(
        _condition(config, width), _ceil(config),
        ways[_word(config, "downsample_type", "conv", ways)], ways[_word(config, "upsample_type", "conv", ways)],
    )  # fmt: skip
    first = [_entry(config, channels[0], frame), entering(time, *others, stream="condition")]
    given = config.raw("mid_block_type") if config.given("mid_block_type") else MIDDLE
    core: list[Layer] = []
    if given is not None:
        config.must_be("mid_block_type", MIDDLE, why="another kind of middle")
        core = middle_of(
            middle, frame, frame.on(len(channels) - 1), attends=config.flag("add_attention", True),
            # Without a number of groups of its own, scaled residual blocks leave attention without normalization.
            norm=not frame.condition.scales or config.has("attn_norm_num_groups"),
        )  # fmt: skip
    config.ignore("attn_norm_num_groups", "add_attention")
    layers = [*going_down(down, frame), *core, *going_up(up, channels, frame)]
    return _unet(config, first, layers, channels[0], 3)


def control_net(config: Config) -> Architecture:
    """ControlNet: a U-Net's way down, which reads a picture too, and a matrix from each size into another U-Net."""
    config.ignore(*HARMLESS, "addition_embed_type_num_heads", "addition_time_embed_dim")
    config.ignore("controlnet_conditioning_channel_order", "global_pool_conditions", "up_block_types")
    config.must_be("num_attention_heads", why="heads under that name")
    for key in ("encoder_hid_dim", "encoder_hid_dim_type"):
        config.must_be(key, why="a matrix for the text that the library builds and does not run")
    channels = config.sizes("block_out_channels")
    down, middle, _ = stages_of(config, channels, self_attention=False, rises=False)
    width, time, others = _time(config, channels)
    frame = Frame(_condition(config, width), _ceil(config))
    hints = config.sizes("conditioning_embedding_out_channels", None, (16, 32, 96, 256))
    seen = config.size("conditioning_channels", default=3)
    entry = (
        *_hints((seen, *hints), channels[0]),
        convolution("conv_in", config.size("in_channels"), channels[0], 3, frame.on(0), reads=()),
    )
    first = [
        Layer((block(entry, outputs=("conv_in", "controlnet_cond_embedding.conv_out")),), "embedding"),
        entering(time, *others, *_added(config, width), stream="condition"),
    ]
    kind = config.raw("mid_block_type") if config.given("mid_block_type") else MIDDLE_TEXT
    layers = [*going_down(down, frame), *_middle(config, kind, middle, frame)]
    sizes = [(channels[0], 0)]
    for level, stage in enumerate(down):
        sizes += [(stage.channels, level)] * stage.layers
        sizes += [(stage.channels, level + 1)] if level < len(down) - 1 else []
    sizes.append((channels[-1], len(down) - 1))
    outputs = [
        convolution(f"controlnet_blocks.{index}", size, size, 1, frame.on(level))
        for index, (size, level) in enumerate(sizes)
    ]
    return Architecture(
        config.model_type, config.model_type, (*first, *layers, Layer((block(outputs),), "head")), False,
        others=(text_length(77),), unit="side of the latent", tokens=scaled(1),
    )  # fmt: skip


def _hints(sizes: tuple[int, ...], outputs: int) -> list[Linear]:
    """Return the convolutions that bring a picture to the size of the latent, halving it at every other one."""
    name = "controlnet_cond_embedding"
    side = 2 ** (len(sizes) - 2)
    found = [convolution(f"{name}.conv_in", sizes[0], sizes[1], 3, scaled(1, side), reads=())]
    for index, (width, wider) in enumerate(pairwise(sizes[1:])):
        for step, size in enumerate((width, wider)):
            on = scaled(1, side >> (index + step))
            called = f"{name}.blocks.{2 * index + step}"
            found.append(convolution(called, width, size, 3, on, reads=last(found)))
    return [*found, convolution(f"{name}.conv_out", sizes[-1], outputs, 3, scaled(1), reads=last(found))]


def going_down(stages: list[Stage], frame: Frame) -> list[Layer]:
    """Return the stages on the way down, each but the last followed by a halving."""
    found: list[Layer] = []
    before = stages[0].channels
    for level, stage in enumerate(stages):
        on = frame.on(level)
        for index in range(stage.layers):
            found.append(Layer((residual(before, stage.channels, on, frame.condition), *_after(stage, index, on))))
            before = stage.channels
        if level < len(stages) - 1:
            below = frame.on(level + 1)
            if frame.residual_down and stage.kind == DOWN_SELF:
                found.append(Layer((residual(before, before, below, frame.condition),)))
            else:
                found.append(Layer((resampled(before, below, "downsamplers.0.conv"),)))
    return found


def going_up(stages: list[Stage], channels: tuple[int, ...], frame: Frame) -> list[Layer]:
    """Return the stages on the way up, whose residual blocks read what stood at the same size on the way down."""
    found: list[Layer] = []
    before = stages[0].channels
    for index, stage in enumerate(stages):
        level = len(stages) - 1 - index
        below = channels[max(level - 1, 0)]
        on = frame.on(level)
        for step in range(stage.layers):
            beside = below if step == stage.layers - 1 else stage.channels
            first = residual(before + beside, stage.channels, on, frame.condition)
            found.append(Layer((first, *_after(stage, step, on))))
            before = stage.channels
        if level:
            above = frame.on(level - 1)
            if frame.residual_up and stage.kind == UP_SELF:
                found.append(Layer((residual(before, before, above, frame.condition),)))
            else:
                found.append(Layer((resampled(before, above, "upsamplers.0.conv"),)))
    return found


def middle_of(stage: Stage, frame: Frame, on: Extent, *, attends: bool, norm: bool = True) -> list[Layer]:
    """Return two residual blocks with attention between them."""
    one = residual(stage.channels, stage.channels, on, frame.condition)
    inner = [attention_block(stage.channels, stage.head_dim, on, norm=norm)] if attends else []
    return [Layer((one, *inner)), Layer((one,))]


def _middle(config: Config, kind: object, stage: Stage, frame: Frame) -> list[Layer]:
    config.must_be("mid_block_type", MIDDLE, MIDDLE_TEXT, why="another kind of middle")
    on = frame.on(len(config.sizes("block_out_channels")) - 1)
    one = residual(stage.channels, stage.channels, on, frame.condition)
    if kind is None:
        return []
    if kind == MIDDLE:
        return [Layer((one,))]
    spatial = stage.spatial[0]._replace(only_text=False)
    return [Layer((one, *spatial_transformer(stage.channels, spatial, on))), Layer((one,))]


def _after(stage: Stage, index: int, on: Extent) -> tuple[Block, ...]:
    """Return what follows a residual block of a stage."""
    if stage.kind in (DOWN_TEXT, UP_TEXT):
        return spatial_transformer(stage.channels, stage.spatial[index], on)
    if stage.kind in (DOWN_SELF, UP_SELF):
        return (attention_block(stage.channels, stage.head_dim, on),)
    return ()


def _word(config: Config, key: str, default: str, known: Any) -> str:
    found = config.text(key, default)
    if found not in known:
        config.refuse(key, f"`{key}` must be one of {', '.join(known)}")
    return found


def _condition(config: Config, width: int) -> Condition:
    way = _word(config, "resnet_time_scale_shift", "default", ("default", "scale_shift"))
    return Condition(width, way == "scale_shift")


def _ceil(config: Config) -> bool:
    config.must_be("downsample_padding", 0, 1, why="another padding")
    return config.number("downsample_padding", 1) == 1


def _time(
    config: Config, channels: tuple[int, ...], *, old: bool = False
) -> tuple[int, tuple[Operation, ...], list[tuple[Operation, ...]]]:
    """Return the width of the condition, the network of time, and what else is added to it."""
    kind = _word(config, "time_embedding_type", "positional", ("positional", "fourier", *(["learned"] if old else [])))
    times = 2 if kind == "fourier" and not old else 4
    width = config.optional("time_embedding_dim") or times * channels[0]
    start: list[Operation] = []
    sines = channels[0]
    if kind == "fourier":
        sines = 2 * sines if old else width
        # Only even widths have as many sines as cosines.
        start = [Weights("time_proj", channels[0] if old else width // 2, (), frozen=True)]
        if not old and width % 2:
            config.refuse("time_embedding_dim", f"a width of {width} does not divide into sines and cosines")
    elif kind == "learned":
        start = [Lookup("time_proj", config.size("num_train_timesteps") * sines)]
    config.ignore("num_train_timesteps")
    reads = tuple(one.name for one in start)
    guided = None if old else config.optional("time_cond_proj_dim")
    if guided is not None:
        extra = Linear("time_embedding.cond_proj", guided, sines, MODULATION, (), on=ONCE)
        start.append(extra)
        reads = (*reads, extra.name)
    time = (*start, *chain("time_embedding", sines, width, width, reads=reads))
    return width, time, _classes(config, width, sines, reads[:1] if kind == "learned" else ())


def _classes(config: Config, width: int, sines: int, reads: tuple[str, ...]) -> list[tuple[Operation, ...]]:
    """Return what embeds a label."""
    kind = config.raw("class_embed_type")
    count = config.optional("num_class_embeds")
    if kind is None:
        return [(Lookup("class_embedding", count * width),)] if count is not None else []
    config.must_be(
        "class_embed_type", "timestep", "projection", "simple_projection", "identity", why="another embedding of labels"
    )
    if kind == "identity":
        return []
    if kind == "timestep":
        return [chain("class_embedding", sines, width, width, reads=reads)]
    size = config.size("projection_class_embeddings_input_dim")
    sizes = (size, width) if kind == "simple_projection" else (size, width, width)
    return [chain("class_embedding", *sizes)]


def _added(config: Config, width: int) -> list[tuple[Operation, ...]]:
    """Return what embeds pooled text and sizes (Stable Diffusion XL)."""
    config.must_be("addition_embed_type", "text_time", why="another added condition")
    config.ignore("projection_class_embeddings_input_dim")
    if config.raw("addition_embed_type") is None:
        return []
    return [chain("add_embedding", config.size("projection_class_embeddings_input_dim"), width, width)]


def _text(config: Config) -> tuple[Operation, ...]:
    """Return the matrix that maps the text to what is attended to, if there is one."""
    config.must_be("encoder_hid_dim_type", "text_proj", why="attention to pictures")
    size = config.optional("encoder_hid_dim")
    if size is None:
        return ()
    return (
        Linear("encoder_hid_proj", size, config.size("cross_attention_dim", default=1280), MAPS, (), True, on=TEXT),
    )


def _entry(config: Config, channels: int, frame: Frame) -> Layer:
    kernel = config.size("conv_in_kernel", default=3)
    return entering((convolution("conv_in", config.size("in_channels"), channels, kernel, frame.on(0), reads=()),))


def _unet(
    config: Config, first: list[Layer], layers: list[Layer], channels: int, kernel: int, *others: OtherLength
) -> Architecture:
    for key in ("conv_in_kernel", "conv_out_kernel"):
        if config.size(key, default=3) % 2 == 0:
            config.refuse(key, "an even kernel changes the size of the picture")
    on = scaled(1)
    norm = Weights("conv_norm_out", AFFINE * channels, INPUT)
    outputs = config.size("out_channels", default=3 if not others else 4)
    head = block((norm, convolution("conv_out", channels, outputs, kernel, on, reads=last((norm,)))))
    return Architecture(
        config.model_type, config.model_type, (*first, *layers, Layer((head,), "head")), False, others=others,
        unit="side of the picture or latent", tokens=on,
    )  # fmt: skip
