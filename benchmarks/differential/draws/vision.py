"""Models of pictures: `seq_len` is the side of a square picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch

from differential.draw import ABSENT, Draw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from differential.draw import Feed

LABELS: Final[dict[str, Any]] = {"0": "a", "1": "b", "2": "c"}


def picture(**more: Any) -> Feed:
    """Return a feed of one square picture, and further arguments."""

    def feed(settings: Any, seq_len: int, _: Mapping[str, int]) -> dict[str, Any]:
        return {"pixel_values": torch.randn(1, settings.num_channels, seq_len, seq_len), **more}

    return feed


INTERPOLATED: Final = picture(interpolate_pos_encoding=True)


def classes(prefix: str, *endings: str) -> dict[str, Any]:
    """Return the choice among the classes of a family."""
    return {"architectures": [[prefix + ending] for ending in endings]}


STACK: Final[dict[str, Any]] = {
    "hidden_size": [16, 24], "num_hidden_layers": [1, 3], "num_attention_heads": [2, 4], "intermediate_size": [20, 40],
}  # fmt: skip
SQUARES: Final[dict[str, Any]] = {
    "image_size": [12, 16], "patch_size": [4, 5], "num_channels": [ABSENT, 1, 4], "qkv_bias": [ABSENT, False, True],
}  # fmt: skip
SIDES: Final = (10, 12, 16, 23)
HEADS: Final = ("Model", "ForImageClassification")


def vit(name: str, prefix: str, *endings: str, feed: Feed = INTERPOLATED, lengths: Any = SIDES, **more: Any) -> Draw:
    """Return the draws of a vision transformer."""
    choices = {**STACK, **SQUARES, **classes(prefix, *endings), "id2label": [ABSENT, LABELS], **more}
    fixed = {"model_type": name}
    return Draw(fixed, choices, model="", feed=feed, lengths=lengths, every=True)


def _dino(name: str, prefix: str, **more: Any) -> Draw:
    found = vit(
        name, prefix, *HEADS, feed=picture(), mlp_ratio=[ABSENT, 2, 3], use_swiglu_ffn=[ABSENT, True], **more
    )  # fmt: skip
    choices = {key: values for key, values in found.choices.items() if key != "intermediate_size"}
    return Draw(found.fixed, choices, model="", feed=found.feed, lengths=SIDES, every=True)


def _dinov3(config: dict[str, Any]) -> None:
    if not config.get("query_bias", True):
        config["value_bias"] = config["key_bias"] = False


def film(settings: Any, seq_len: int, _: Mapping[str, int]) -> dict[str, Any]:
    """Return a film of as many square pictures as the configuration says."""
    return {"pixel_values": torch.randn(1, settings.num_frames, settings.num_channels, seq_len, seq_len)}


def _frames(config: dict[str, Any]) -> None:
    # A frame beyond the last whole tube makes more positions than the table has.
    if config.get("tubelet_size", 2) == 2:
        config["num_frames"] = 4


def _deep(config: dict[str, Any]) -> None:
    config["depths"] = [1, 3, 2][: len(config["hidden_sizes"])]


def _swin(config: dict[str, Any]) -> None:
    config["num_heads"] = config["num_heads"][: len(config["depths"])]
    config["drop_path_rate"] = 0.0


DRAWS: Final = {
    "vit": vit("vit", "ViT", *HEADS, "ForMaskedImageModeling", pooler_output_size=[ABSENT, 12], encoder_stride=[4, 8]),
    "deit": vit(
        "deit", "DeiT", *HEADS, "ForMaskedImageModeling", "ForImageClassificationWithTeacher",
        pooler_output_size=[ABSENT, 12],
    ),
    "vit_msn": vit("vit_msn", "ViTMSN", *HEADS),
    "ijepa": vit("ijepa", "IJepa", *HEADS),
    "dinov2": _dino("dinov2", "Dinov2", use_mask_token=[ABSENT, False]),
    "dinov2_with_registers": _dino(
        "dinov2_with_registers", "Dinov2WithRegisters", num_register_tokens=[ABSENT, 1, 3], patch_size=[4, 5]
    ),
    "dinov3_vit": Draw(
        {"model_type": "dinov3_vit", "architectures": ["DINOv3ViTModel"]},
        {
            **STACK, "hidden_size": [16, 32], "image_size": [16], "patch_size": [4, 5], "num_channels": [ABSENT, 1],
            "query_bias": [ABSENT, False], "key_bias": [ABSENT, True], "proj_bias": [ABSENT, False],
            "mlp_bias": [ABSENT, False], "use_gated_mlp": [ABSENT, True], "num_register_tokens": [ABSENT, 3],
        },
        model="",
        feed=picture(),
        lengths=SIDES,
        settle=_dinov3,
        every=True,
    ),
    "vit_mae": vit(
        "vit_mae", "ViTMAE", "Model", "ForPreTraining", lengths=(8, 16, 20), patch_size=[4],
        mask_ratio=[ABSENT, 0.4, 0.6], decoder_hidden_size=[16, 24], decoder_num_hidden_layers=[1, 2],
        decoder_num_attention_heads=[2, 4], decoder_intermediate_size=[20, 32],
    ),
    "clip_vision_model": Draw(
        {"model_type": "clip_vision_model"},
        {
            **STACK, "image_size": [12, 16], "patch_size": [4, 5], "num_channels": [ABSENT, 1],
            "projection_dim": [ABSENT, 20], **classes("CLIPVisionModel", "", "WithProjection"),
        },
        model="",
        feed=INTERPOLATED,
        lengths=SIDES,
        every=True,
    ),
    # The pooling head's attention runs in three dimensions, so that its scores are not seen.
    "siglip_vision_model": Draw(
        {"model_type": "siglip_vision_model", "architectures": ["SiglipVisionModel"]},
        {
            **STACK, "image_size": [12, 16], "patch_size": [4, 5], "num_channels": [ABSENT, 1],
            "vision_use_head": [ABSENT, False],
        },
        model="",
        feed=INTERPOLATED,
        lengths=SIDES,
        every=True,
        train=True,
        pairs=False,
    ),
    **{
        name: Draw(
            {"model_type": name},
            {
                "hidden_sizes": [[8, 12], [8, 16], [4, 8]], "depths": [[1, 2], [3, 1]], "num_stages": [2],
                "patch_size": [ABSENT, 3], "num_channels": [ABSENT, 1], "id2label": [ABSENT, LABELS],
                **classes(prefix, *HEADS), **more,
            },
            model="",
            feed=picture(),
            lengths=(12, 17, 25),
            every=True,
        )
        for name, prefix, more in (
            ("convnext", "ConvNext", {"layer_scale_init_value": [ABSENT, 0.0, 0.1]}),
            ("convnextv2", "ConvNextV2", {}),
        )
    },
    "resnet": Draw(
        {"model_type": "resnet"},
        {
            "hidden_sizes": [[8, 12], [8, 16], [16, 16, 24]], "embedding_size": [8, 16], "num_channels": [ABSENT, 1],
            "layer_type": [ABSENT, "basic", "bottleneck"], "downsample_in_bottleneck": [ABSENT, True],
            "downsample_in_first_stage": [ABSENT, True], "id2label": [ABSENT, LABELS], **classes("ResNet", *HEADS),
        },
        model="",
        feed=picture(),
        lengths=(12, 17, 25, 40),
        settle=_deep,
        every=True,
    ),
    **{
        label: Draw(
            {"model_type": "swin"},
            {
                "embed_dim": [8, 12], "depths": [[2, 2], [1, 3], [3]], "window_size": [2, 3], "num_heads": [[2, 4]],
                "mlp_ratio": [ABSENT, 2.0, 2.6], "qkv_bias": [ABSENT, False], "patch_size": [ABSENT, 3],
                "use_absolute_embeddings": absolute, "image_size": [24], "num_channels": [ABSENT, 1],
                "id2label": [ABSENT, LABELS], **classes("Swin", *HEADS),
            },
            model="",
            feed=INTERPOLATED,
            lengths=lengths,
            settle=_swin,
            # Parts of a shifted window that must not meet are kept apart by -100, no mask to the counter of pairs.
            pairs=False,
            every=True,
        )
        for label, absolute, lengths in (
            ("swin", [ABSENT], (24, 29, 37, 48)), ("swin_absolute", [True], (24, 36, 48)),
        )
    },
    "videomae": Draw(
        {"model_type": "videomae"},
        {
            **STACK, "image_size": [16], "patch_size": [4, 5], "num_channels": [ABSENT, 1], "num_frames": [4, 5],
            "tubelet_size": [ABSENT, 1], "qv_bias": [ABSENT, False], "use_mean_pooling": [ABSENT, False],
            "id2label": [ABSENT, LABELS], **classes("VideoMAE", "Model", "ForVideoClassification"),
        },
        model="",
        feed=film,
        lengths=(16,),
        settle=_frames,
        every=True,
    ),
}  # fmt: skip
