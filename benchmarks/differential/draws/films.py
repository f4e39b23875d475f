"""Denoisers of films, of the diffusers library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch

from differential.draw import ABSENT, Draw
from differential.draws._diffusers import text

Lengths = Mapping[str, int]


def film(channels: int, side: int, others: Lengths, *, frames_first: bool = False) -> Any:
    """Return a latent film."""
    frames = others["frames"]
    return torch.randn(1, *((frames, channels) if frames_first else (channels, frames)), side, side)


def wan(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what Wan reads; where pictures stand in front of the text it has 512 tokens."""
    found = {"hidden_states": film(settings.in_channels, seq_len, others), "timestep": torch.tensor([3])}
    if settings.image_dim is None:
        return {**found, "encoder_hidden_states": text(settings.text_dim, others)}
    tokens = settings.pos_embed_seq_len
    pictures = torch.randn(*((2, tokens // 2) if tokens else (1, 257)), settings.image_dim)
    return {
        **found,
        "encoder_hidden_states": torch.randn(1, 512, settings.text_dim),
        "encoder_hidden_states_image": pictures,
    }


def hunyuan(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what HunyuanVideo reads."""
    found = {
        "hidden_states": film(settings.in_channels, seq_len, others),
        "timestep": torch.tensor([3]),
        "encoder_hidden_states": text(settings.text_embed_dim, others),
        "encoder_attention_mask": torch.ones(1, others["text_len"]),
        "pooled_projections": torch.randn(1, settings.pooled_projection_dim),
    }
    return {**found, "guidance": torch.tensor([1.0])} if settings.guidance_embeds else found


def cogvideox(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what CogVideoX reads; without rotary positions its text has its full length."""
    found = {
        "hidden_states": film(settings.in_channels, seq_len, others, frames_first=True),
        "encoder_hidden_states": text(settings.text_embed_dim, others),
        "timestep": torch.tensor([3]),
    }
    return {**found, "ofs": torch.tensor([2.0])} if settings.ofs_embed_dim else found


def ltx(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what LTX-Video reads."""
    patch, together = settings.patch_size, settings.patch_size_t
    side, frames = seq_len // patch, others["frames"] // together
    return {
        "hidden_states": torch.randn(1, frames * side**2, settings.in_channels),
        "encoder_hidden_states": text(settings.caption_channels, others),
        "encoder_attention_mask": torch.ones(1, others["text_len"]),
        "timestep": torch.tensor([3]),
        "num_frames": frames,
        "height": side,
        "width": side,
    }


def mochi(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what Mochi reads."""
    return {
        "hidden_states": film(settings.in_channels, seq_len, others),
        "encoder_hidden_states": text(settings.text_embed_dim, others),
        "encoder_attention_mask": torch.ones(1, others["text_len"]),
        "timestep": torch.tensor([3]),
    }


def allegro(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what Allegro reads."""
    return {
        "hidden_states": film(settings.in_channels, seq_len, others),
        "encoder_hidden_states": text(settings.caption_channels, others),
        "timestep": torch.tensor([3]),
    }


def sound(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what Stable Audio reads."""
    return {
        "hidden_states": torch.randn(1, settings.in_channels, seq_len),
        "timestep": torch.tensor([0.3]),
        "encoder_hidden_states": text(settings.cross_attention_input_dim, others),
        "global_hidden_states": torch.randn(1, 1, settings.global_states_input_dim),
    }


def pictures(config: dict[str, Any]) -> None:
    """Let pictures be attended to only where they are embedded, and as wide as the stream."""
    if config.get("image_dim") is None:
        config.pop("pos_embed_seq_len", None)
        config.pop("added_kv_proj_dim", None)
    elif config.get("added_kv_proj_dim"):
        config["added_kv_proj_dim"] = config["num_attention_heads"] * config["attention_head_dim"]


def rotated(config: dict[str, Any]) -> None:
    """Let patches of several frames have rotary positions, for the others are built frame by frame."""
    if config.get("patch_size_t"):
        config["use_rotary_positional_embeddings"] = True


def one_width(config: dict[str, Any]) -> None:
    """Set the width of captions to that of the stream."""
    config["cross_attention_dim"] = config["num_attention_heads"] * config["attention_head_dim"]


_HEADS = {"num_attention_heads": [2, 3], "attention_head_dim": [24], "num_layers": [1, 2, 3], "in_channels": [3, 4]}
_LENGTHS = {"frames": [2, 3], "text_len": [5, 7]}
_OUTPUTS = {"out_channels": [ABSENT, 5]}
_ACTIVATIONS = [ABSENT, "gelu", "geglu", "swiglu"]

DRAWS: Final = {
    "WanTransformer3DModel": Draw(
        {"_class_name": "WanTransformer3DModel"},
        {
            **_HEADS, **_OUTPUTS, "patch_size": [ABSENT, [1, 1, 1], [2, 2, 2]], "text_dim": [20, 24],
            "ffn_dim": [32, 40],
            "freq_dim": [ABSENT, 16], "cross_attn_norm": [ABSENT, True, False],
        },
        feed=wan, lengths=(4, 6), others={"frames": [2, 4], "text_len": [5, 7]},
    ),
    "WanTransformer3DModel, from pictures": Draw(
        {"_class_name": "WanTransformer3DModel", "ffn_dim": 32},
        {
            **_HEADS, "text_dim": [20], "image_dim": [12, 16], "added_kv_proj_dim": [ABSENT, None, 1],
            "pos_embed_seq_len": [ABSENT, None, 514],
        },
        feed=wan, lengths=(4, 6), others={"frames": [2, 3]}, settle=pictures,
    ),
    "HunyuanVideoTransformer3DModel": Draw(
        {"_class_name": "HunyuanVideoTransformer3DModel", "rope_axes_dim": [8, 8, 8]},
        {
            **_HEADS, **_OUTPUTS, "num_single_layers": [0, 1, 2], "num_refiner_layers": [0, 1, ABSENT],
            "mlp_ratio": [ABSENT, 2.7], "patch_size": [ABSENT, 1], "patch_size_t": [ABSENT, 2],
            "qk_norm": [ABSENT, None, "rms_norm", "layer_norm"], "guidance_embeds": [ABSENT, False, True],
            "text_embed_dim": [20, 24], "pooled_projection_dim": [ABSENT, 12],
            "image_condition_type": [ABSENT, None, "latent_concat", "token_replace"],
        },
        feed=hunyuan, lengths=(4, 6), others={"frames": [2, 4], "text_len": [5, 7]},
    ),
    "CogVideoXTransformer3DModel": Draw(
        {"_class_name": "CogVideoXTransformer3DModel"},
        {
            **_HEADS, **_OUTPUTS, "attention_head_dim": [32],
            "time_embed_dim": [16], "ofs_embed_dim": [ABSENT, None, 16],
            "text_embed_dim": [20, 24],
            "attention_bias": [ABSENT, False], "patch_size_t": [ABSENT, None, 2], "activation_fn": _ACTIVATIONS,
            "norm_elementwise_affine": [ABSENT, False, True], "use_rotary_positional_embeddings": [True, False, ABSENT],
            "patch_bias": [ABSENT, False], "max_text_seq_length": [6],
        },
        feed=cogvideox, lengths=(4, 6), others={"frames": [2, 4], "text_len": [6]}, settle=rotated,
    ),
    "LTXVideoTransformer3DModel": Draw(
        {"_class_name": "LTXVideoTransformer3DModel"},
        {
            **_HEADS, **_OUTPUTS, "patch_size": [ABSENT, 2], "patch_size_t": [ABSENT, 1], "activation_fn": _ACTIVATIONS,
            "norm_elementwise_affine": [ABSENT, True, False], "caption_channels": [20, 24],
            "attention_bias": [ABSENT, False], "attention_out_bias": [ABSENT, False],
        },
        feed=ltx, lengths=(4, 6), others=_LENGTHS, settle=one_width,
    ),
    "MochiTransformer3DModel": Draw(
        {"_class_name": "MochiTransformer3DModel"},
        {
            **_HEADS, **_OUTPUTS, "patch_size": [ABSENT, 1], "pooled_projection_dim": [20, 28],
            "text_embed_dim": [16, 24],
            "time_embed_dim": [ABSENT, 12], "activation_fn": _ACTIVATIONS,
        },
        feed=mochi, lengths=(4, 6), others=_LENGTHS,
    ),
    "AllegroTransformer3DModel": Draw(
        {"_class_name": "AllegroTransformer3DModel"},
        {
            **_HEADS, "out_channels": [4, 5], "patch_size": [ABSENT, 1], "caption_channels": [20],
            "activation_fn": _ACTIVATIONS, "attention_bias": [ABSENT, False], "norm_elementwise_affine": [ABSENT, True],
        },
        feed=allegro, lengths=(4, 6), others=_LENGTHS, settle=one_width,
    ),
    "StableAudioDiTModel": Draw(
        {"_class_name": "StableAudioDiTModel"},
        {
            "num_attention_heads": [2, 4], "attention_head_dim": [12], "num_layers": [1, 2, 3], "in_channels": [3, 4],
            "out_channels": [3, 5], "num_key_value_attention_heads": [1, 2], "cross_attention_dim": [12, 24],
            "time_proj_dim": [ABSENT, 20], "global_states_input_dim": [ABSENT, 16], "cross_attention_input_dim": [20],
        },
        feed=sound, others={"text_len": [5, 7]},
    ),
}  # fmt: skip
