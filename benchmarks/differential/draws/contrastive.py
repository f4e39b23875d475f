"""Pairs of encoders of pictures and texts: `seq_len` is the side of a picture, `images` counts pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch

from differential.draw import ABSENT, Draw

if TYPE_CHECKING:
    from collections.abc import Mapping

_STACK: Final[dict[str, Any]] = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 20}
_TEXT: Final[dict[str, Any]] = {"vocab_size": 77, "max_position_embeddings": 20, "eos_token_id": 2, **_STACK}


def pairs(settings: Any, seq_len: int, others: Mapping[str, int]) -> dict[str, Any]:
    """Return pictures and as many texts."""
    many, vision = others["images"], settings.vision_config
    return {
        "input_ids": torch.randint(3, 77, (many, others["text_len"])),
        "pixel_values": torch.randn(many, vision.num_channels, seq_len, seq_len),
        "interpolate_pos_encoding": True,
    }


def texts(_: Any, seq_len: int, __: Mapping[str, int]) -> dict[str, Any]:
    """Return one text."""
    return {"input_ids": torch.randint(3, 77, (1, seq_len))}


def _same_width(config: dict[str, Any]) -> None:
    width = config["vision_config"]["hidden_size"]
    config["text_config"] = {**config["text_config"], "projection_size": width}


def _both(name: str, **more: Any) -> Draw:
    return Draw(
        {"model_type": name},
        {
            "vision_config": [{**_STACK, "hidden_size": wide, "image_size": 12, "patch_size": 4} for wide in (16, 24)],
            "text_config": [{**_TEXT, "hidden_size": wide} for wide in (16, 32)],
            **more,
        },
        model="AutoModel",
        feed=pairs,
        lengths=(12, 17),
        others={"images": [1, 2, 3], "text_len": [5, 9]},
        settle=_same_width if name == "siglip" else None,
        # The attention of a pooling head runs in three dimensions, so that its scores are not seen.
        pairs=name == "clip",
        every=True,
    )


def _text(name: str, **more: Any) -> Draw:
    choices = {"hidden_size": [16, 24], "num_attention_heads": [2, 4], **more}
    return Draw({"model_type": name, **_TEXT}, choices, model="", feed=texts, every=True)


DRAWS: Final = {
    "clip": _both("clip", projection_dim=[ABSENT, 12]),
    "siglip": _both("siglip"),
    "clip_text_model": _text(
        "clip_text_model", projection_dim=[ABSENT, 12],
        architectures=[["CLIPTextModel"], ["CLIPTextModelWithProjection"]],
    ),
    "siglip_text_model": _text(
        "siglip_text_model", architectures=[["SiglipTextModel"]], projection_size=[ABSENT, 12]
    ),
}  # fmt: skip
