"""Text models that listen through an encoder like Whisper's: windows of sound of one length."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flopline.architecture.blocks import Block
from flopline.architecture.config import DEEPEST
from flopline.architecture.extents import Extent, OtherLength
from flopline.architecture.operations import MERGING, PATCHES, Linear, Lookup, Weights
from flopline.architecture.readers.multimodal import Beside, joined
from flopline.architecture.readers.text_models import text_model, width_of
from flopline.architecture.shape import Layer
from flopline.architecture.towers import LAYER_NORM, Encoder, each, encoder_layers, held, projector, two_maps

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

AUDIO = "audio_config"
AUDIOS = OtherLength("audios", 0, "windows of sound, each as long as the encoder's table of positions", 0)
"""How many windows of sound stand in a sequence; none unless it is given."""
STREAM = "sound"


class Ear(NamedTuple):
    """An encoder of sound that was read.

    Attributes
    ----------
    layers : tuple of Layer
        Its layers.
    hidden, width, tokens : int
        Its width, that of its MLP, and the positions of one window.
    """

    layers: tuple[Layer, ...]
    hidden: int
    width: int
    tokens: int


def whisper_tower(config: Config, usual: Encoder, bins: int) -> Ear:
    """Return an encoder like Whisper's: two convolutions, fixed positions, attention and MLP.

    Parameters
    ----------
    config : Config
        Its table.
    usual : Encoder
        What it has by default.
    bins : int
        Rows of the spectrogram by default.
    """
    config.ignore("model_type", "scale_embedding", "encoder_layerdrop", "layerdrop", "vocab_size", "head_dim")
    config.ignore("num_key_value_heads")
    hidden = config.size("d_model", "hidden_size", default=usual.hidden)
    heads = config.size("encoder_attention_heads", "num_attention_heads", default=usual.heads)
    if hidden % heads:
        config.refuse("encoder_attention_heads", f"a width of {hidden} does not divide into {heads} heads")
    width = config.size("encoder_ffn_dim", "intermediate_size", default=usual.width)
    depth = config.size("encoder_layers", "num_hidden_layers", default=usual.depth, largest=DEEPEST)
    tokens = config.size("max_source_positions", default=1500)
    mel = config.size("num_mel_bins", default=bins)
    shape = Encoder(hidden, depth, heads, hidden // heads, width, key_bias=False)
    start = (
        Linear("conv1", 3 * mel, hidden, PATCHES, (), True, on=windows(2 * tokens)),
        Linear("conv2", 3 * hidden, hidden, PATCHES, ("conv1",), True, on=windows(tokens)),
        Lookup("embed_positions", tokens * hidden, frozen=True),
    )
    layers = (
        Layer((Block(start, ("conv2",)),), "tower", stream=STREAM),
        *encoder_layers(shape, windows(tokens), windows(tokens * tokens), stream=STREAM),
        held("layer_norm", LAYER_NORM * hidden, stream=STREAM),
    )
    return Ear(layers, hidden, width, tokens)


def windows(times: int) -> Extent:
    """Return a number of positions, or of pairs of them, for each window of sound."""
    return each("audios", times)


def moss_transcribe_diarize(config: Config) -> Architecture:
    """MOSS-Transcribe-Diarize: several frames of the encoder become one token of Qwen 3."""
    config.ignore("audio_chunk_size")
    text = text_model(config, "qwen3", tied=True)

    def build() -> Beside:
        ear = whisper_tower(config.nested(AUDIO), Encoder(1024, 24, 16, 64, 4096), 80)
        merged, hidden = config.size("audio_merge_size", default=4), width_of(text)
        if ear.tokens % merged:
            config.refuse("audio_merge_size", f"{ear.tokens} positions do not divide into groups of {merged}")
        maps = two_maps(merged * ear.hidden, hidden, hidden, bias=config.flag("projector_bias", True))
        maps = (*maps, Weights("norm", LAYER_NORM * hidden, ("linear_2",)))
        on = windows(ear.tokens // merged)
        return Beside((*ear.layers, projector(maps, on, source=STREAM)), (AUDIOS,))

    return joined(config, text, {AUDIO: build})


def qwen2_audio(config: Config) -> Architecture:
    """Qwen2-Audio: pairs of frames are averaged, one matrix maps them; embedding and head are never shared."""
    text = text_model(config, "qwen2", never=True)

    def build() -> Beside:
        ear = whisper_tower(config.nested(AUDIO), Encoder(1280, 32, 20, 64, 5120), 128)
        maps = (Linear("linear", ear.hidden, width_of(text), MERGING, ("x",), True),)
        return Beside((*ear.layers, projector(maps, windows(ear.tokens // 2), source=STREAM)), (AUDIOS,))

    return joined(config, text, {AUDIO: build})


VOXTRAL = {
    "hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 30, "num_attention_heads": 32,
    "vocab_size": 131072,
}  # fmt: skip


def voxtral(config: Config) -> Architecture:
    """Voxtral: several frames become one token of Llama; embedding and head are never shared."""
    raw = config.raw("text_config")
    for key in ("num_key_value_heads", "head_dim"):
        if isinstance(raw, dict) and key not in raw:
            config.refuse("text_config", f"`text_config` must give `{key}`: this family and its text model disagree")
    text = text_model(config, "llama", never=True, sizes=VOXTRAL)

    def build() -> Beside:
        ear = whisper_tower(config.nested(AUDIO), Encoder(1280, 32, 20, 64, 5120), 128)
        hidden, positions = width_of(text), ear.tokens * ear.hidden
        if positions % ear.width:
            config.refuse(AUDIO, f"{ear.tokens} positions of {ear.hidden} do not divide into tokens of {ear.width}")
        maps = two_maps(ear.width, hidden, hidden, bias=False)
        on = windows(positions // ear.width)
        return Beside((*ear.layers, projector(maps, on, source=STREAM)), (AUDIOS,))

    return joined(config, text, {AUDIO: build})
