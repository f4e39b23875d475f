"""What diffusion models read, and how keys of theirs that depend on each other are drawn."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import torch

Lengths = Mapping[str, int]


def picture(channels: int, side: int) -> Any:
    """Return a latent picture."""
    return torch.randn(1, channels, side, side)


def labelled(settings: Any, seq_len: int, _: Lengths) -> dict[str, Any]:
    """Return what DiT reads."""
    time, label = torch.tensor([3]), torch.tensor([1])
    return {"hidden_states": picture(settings.in_channels, seq_len), "timestep": time, "class_labels": label}


def captioned(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what PixArt reads."""
    width = settings.caption_channels or settings.cross_attention_dim or 8
    return {
        "hidden_states": picture(settings.in_channels, seq_len),
        "encoder_hidden_states": torch.randn(1, others["text_len"], width),
        "timestep": torch.tensor([3]),
        "added_cond_kwargs": {"resolution": torch.randn(1, 2), "aspect_ratio": torch.randn(1, 1)},
    }


def joint(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what Stable Diffusion 3 and AuraFlow read: a picture, a text, a time and, where there is one, its sum."""
    found = {
        "hidden_states": picture(settings.in_channels, seq_len),
        "encoder_hidden_states": text(settings.joint_attention_dim, others),
        "timestep": torch.tensor([0.3]),
    }
    if "pooled_projection_dim" in settings:
        found["pooled_projections"] = torch.randn(1, settings.pooled_projection_dim)
    return found


def packed(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what FLUX.1 and its kin read: packed patches, with their places."""
    found = {
        "hidden_states": torch.randn(1, seq_len, settings.in_channels),
        "encoder_hidden_states": text(settings.joint_attention_dim, others),
        "timestep": torch.tensor([0.3]),
        "img_ids": torch.zeros(seq_len, 3),
        "txt_ids": torch.zeros(others["text_len"], 3),
    }
    if "pooled_projection_dim" in settings:
        found["pooled_projections"] = torch.randn(1, settings.pooled_projection_dim)
    if settings.get("guidance_embeds"):
        found["guidance"] = torch.tensor([1.0])
    return found


def edited(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what Qwen-Image reads."""
    return {
        "hidden_states": torch.randn(1, seq_len, settings.in_channels),
        "encoder_hidden_states": text(settings.joint_attention_dim, others),
        "encoder_hidden_states_mask": torch.ones(1, others["text_len"], dtype=torch.bool),
        "timestep": torch.tensor([0.3]),
        "img_shapes": [[(1, 1, seq_len)]],
        "additional_t_cond": torch.tensor([1]),
    }


def denoised(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what U-Nets read."""
    time = torch.tensor([3])
    found = {"sample": picture(settings.in_channels, seq_len), "timestep": time}
    if settings.class_embed_type in ("projection", "simple_projection"):
        found["class_labels"] = torch.randn(1, settings.projection_class_embeddings_input_dim)
    elif settings.class_embed_type == "identity":
        old = "cross_attention_dim" not in settings
        times = 4 if old or settings.time_embedding_type == "positional" else 2
        found["class_labels"] = torch.randn(1, settings.time_embedding_dim or times * settings.block_out_channels[0])
    elif settings.class_embed_type or settings.num_class_embeds:
        found["class_labels"] = time
    if "cross_attention_dim" not in settings:
        return found
    width = settings.encoder_hid_dim or settings.cross_attention_dim
    found["encoder_hidden_states"] = text(width if isinstance(width, int) else width[0], others)
    if settings.time_cond_proj_dim:
        found["timestep_cond"] = torch.randn(1, settings.time_cond_proj_dim)
    if settings.addition_embed_type:
        sizes = torch.ones(1, 2)
        pooled = settings.projection_class_embeddings_input_dim - 2 * settings.addition_time_embed_dim
        found["added_cond_kwargs"] = {"text_embeds": torch.randn(1, pooled), "time_ids": sizes}
    return found


def stages(config: dict[str, Any]) -> None:
    """Make a list for each stage of what must fit together in a U-Net."""
    source = random.Random(str(config))
    conditioned = config["_class_name"] == "UNet2DConditionModel"
    kinds = ["", "Attn", "CrossAttn"][: 2 + conditioned]
    count = len(config["block_out_channels"])
    config["down_block_types"] = [f"{source.choice(kinds)}DownBlock2D" for _ in range(count)]
    config["up_block_types"] = [f"{source.choice(kinds)}UpBlock2D" for _ in range(count)]
    if conditioned:
        if config.get("class_embed_type") is None:
            config.pop("class_embeddings_concat", None)
        if config.get("class_embeddings_concat"):
            config.pop("addition_embed_type", None)
        if config.get("only_cross_attention") == "each":
            config["only_cross_attention"] = [source.random() < 0.5 for _ in range(count)]
        for key, values in (
            ("cross_attention_dim", [12]),
            ("layers_per_block", [1, 2]),
            ("attention_head_dim", [2, 4]),
        ):
            if config.get(key) == "each":
                config[key] = [source.choice(values) for _ in range(count)]
        depths = config.get("layers_per_block", 2)
        depths = depths if isinstance(depths, list) else [depths] * count
        if config.get("transformer_layers_per_block") == "each":
            config["transformer_layers_per_block"] = [source.choice([1, 2]) for _ in range(count)]
        if config.get("transformer_layers_per_block") == "all":
            config["transformer_layers_per_block"] = [[source.choice([1, 2]) for _ in range(one)] for one in depths]
            config["reverse_transformer_layers_per_block"] = [
                [source.choice([1, 2]) for _ in range(one + 1)] for one in reversed(depths)
            ]


def encoded(settings: Any, seq_len: int, _: Lengths) -> dict[str, Any]:
    """Return what autoencoders read."""
    return {"sample": picture(settings.in_channels, seq_len)}


def autoencoder_stages(config: dict[str, Any]) -> None:
    """Draw the kind of each stage of an autoencoder."""
    source = random.Random(str(config))
    count = len(config["block_out_channels"])
    config["down_block_types"] = [source.choice(["", "Attn"]) + "DownEncoderBlock2D" for _ in range(count)]
    config["up_block_types"] = [source.choice(["", "Attn"]) + "UpDecoderBlock2D" for _ in range(count)]


def text(width: int, others: Lengths) -> Any:
    """Return an embedded text."""
    return torch.randn(1, others["text_len"], width)


def one_width(key: str) -> Any:
    """Return what sets a key to the width of the stream, which the model demands."""

    def settle(config: dict[str, Any]) -> None:
        config[key] = config["num_attention_heads"] * config["attention_head_dim"]

    return settle


def same_text_width(config: dict[str, Any]) -> None:
    """Let captions be as wide as the stream that attends to them."""
    if config.get("caption_channels") and config.get("cross_attention_dim", 1) is not None:
        config["cross_attention_dim"] = config["num_attention_heads"] * config["attention_head_dim"]


def guided(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what Sana reads."""
    found = {
        "hidden_states": picture(settings.in_channels, seq_len),
        "encoder_hidden_states": text(settings.caption_channels, others),
        "timestep": torch.tensor([0.3]),
    }
    return {**found, "guidance": torch.tensor([1.0])} if settings.guidance_embeds else found


def refined(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what Lumina 2 reads."""
    return {
        "hidden_states": picture(settings.in_channels, seq_len),
        "encoder_hidden_states": text(settings.cap_feat_dim, others),
        "encoder_attention_mask": torch.ones(1, others["text_len"], dtype=torch.bool),
        "timestep": torch.tensor([0.3]),
    }


def twice_captioned(settings: Any, seq_len: int, _: Lengths) -> dict[str, Any]:
    """Return what Hunyuan-DiT reads."""
    first, second = settings.text_len, settings.text_len_t5
    return {
        "hidden_states": picture(settings.in_channels, seq_len),
        "timestep": torch.tensor([3.0]),
        "encoder_hidden_states": torch.randn(1, first, settings.cross_attention_dim),
        "text_embedding_mask": torch.ones(1, first),
        "encoder_hidden_states_t5": torch.randn(1, second, settings.cross_attention_dim_t5),
        "text_embedding_mask_t5": torch.ones(1, second),
        "image_meta_size": torch.ones(1, 6),
        "style": torch.tensor([0]),
    }


def listed(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what Z-Image reads: lists of pictures and texts."""
    return {
        "x": [torch.randn(settings.in_channels, 1, seq_len, seq_len)],
        "t": torch.tensor([0.3]),
        "cap_feats": [text(settings.cap_feat_dim, others)[0]],
        "return_dict": False,
    }


def heads_of_twelve(config: dict[str, Any]) -> None:
    """Let heads be as wide as their rotary positions."""
    config["n_heads"] = config["dim"] // 12


def hinted(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what ControlNet reads: a latent, and a picture as many times as large as is halved."""
    side = seq_len * 2 ** (len(settings.conditioning_embedding_out_channels) - 1)
    found = {
        "sample": picture(settings.in_channels, seq_len),
        "timestep": torch.tensor([3]),
        "encoder_hidden_states": text(settings.encoder_hid_dim or settings.cross_attention_dim, others),
        "controlnet_cond": picture(settings.conditioning_channels, side),
    }
    if settings.addition_embed_type:
        pooled = settings.projection_class_embeddings_input_dim - 2 * settings.addition_time_embed_dim
        found["added_cond_kwargs"] = {"text_embeds": torch.randn(1, pooled), "time_ids": torch.ones(1, 2)}
    return found


def ways_down(config: dict[str, Any]) -> None:
    """Draw the kind of each stage on the way down."""
    source = random.Random(str(config))
    kinds = ["", "Attn", "CrossAttn"]
    config["down_block_types"] = [source.choice(kinds) + "DownBlock2D" for _ in config["block_out_channels"]]


def sized(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what CogView reads: a picture with its sizes."""
    sizes = ("original_size", "target_size", "crop_coords")
    return {
        "hidden_states": picture(settings.in_channels, seq_len),
        "encoder_hidden_states": text(settings.text_embed_dim, others),
        "timestep": torch.tensor([3]),
        **{name: torch.ones(1, 2) for name in sizes},
    }


def viewed(settings: Any, seq_len: int, others: Lengths) -> dict[str, Any]:
    """Return what HiDream-I1 reads."""
    first, second = settings.caption_channels
    return {
        "hidden_states": picture(settings.in_channels, seq_len),
        "timesteps": torch.tensor([3]),
        "encoder_hidden_states_t5": text(first, others),
        "encoder_hidden_states_llama3": torch.randn(max(settings.llama_layers) + 1, 1, others["text_len"], second),
        "pooled_embeds": torch.randn(1, settings.text_emb_dim),
    }


def views(config: dict[str, Any]) -> None:
    """Choose a layer of the text's model for each layer."""
    config["llama_layers"] = list(range(config["num_layers"] + config["num_single_layers"]))
