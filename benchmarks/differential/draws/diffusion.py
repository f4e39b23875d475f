"""Denoisers and autoencoders of pictures, of the diffusers library."""

from __future__ import annotations

from typing import Final

from differential.draw import ABSENT, Draw
from differential.draws import _diffusers as read

_HEADS = {"num_attention_heads": [2, 3], "attention_head_dim": [12, 24], "num_layers": [2, 3]}
_ACTIVATIONS = [ABSENT, "gelu", "geglu", "geglu-approximate", "swiglu", "linear-silu"]
_DUAL = [ABSENT, [], [0], [0, 1]]
_PACKED = {
    "axes_dims_rope": [[8, 8, 8]], "num_attention_heads": [2, 3], "num_layers": [1, 2], "num_single_layers": [0, 1, 3],
    "in_channels": [8, 12], "out_channels": [ABSENT, None, 5], "patch_size": [ABSENT, 2],
    "joint_attention_dim": [20, 24],
}  # fmt: skip
_UNET = {
    "in_channels": [3, 4], "out_channels": [ABSENT, 5], "block_out_channels": [[8], [8, 16], [16, 8, 24], [8, 16, 16]],
    "norm_num_groups": [4, 8], "resnet_time_scale_shift": [ABSENT, "default", "scale_shift"],
    "downsample_padding": [ABSENT, 1, 0], "time_embedding_type": [ABSENT, "positional", "fourier"],
    "time_embedding_dim": [ABSENT, 20], "num_class_embeds": [ABSENT, None, 7],
}  # fmt: skip
_LABELS = [ABSENT, None, "timestep", "identity", "projection", "simple_projection"]
_PROJECTED = {"projection_class_embeddings_input_dim": 28}
_TEXT = {"text_len": [4, 7]}

DRAWS: Final = {
    "DiTTransformer2DModel": Draw(
        {"_class_name": "DiTTransformer2DModel", "sample_size": 8},
        {
            **_HEADS, "in_channels": [3, 4], "out_channels": [ABSENT, None, 5], "patch_size": [ABSENT, 2, 4],
            "attention_bias": [ABSENT, True, False], "activation_fn": _ACTIVATIONS, "num_embeds_ada_norm": [ABSENT, 7],
            "norm_elementwise_affine": [ABSENT, True, False],
        },
        feed=read.labelled, lengths=(8, 12, 16),
    ),
    "PixArtTransformer2DModel": Draw(
        {"_class_name": "PixArtTransformer2DModel"},
        {
            **_HEADS, "in_channels": [3, 4], "out_channels": [ABSENT, None, 5], "patch_size": [ABSENT, 2, 4],
            "attention_bias": [ABSENT, True, False], "activation_fn": _ACTIVATIONS, "sample_size": [ABSENT, 128, 64],
            "norm_elementwise_affine": [ABSENT, True, False], "caption_channels": [ABSENT, None, 20],
            "cross_attention_dim": [ABSENT, None, 40], "use_additional_conditions": [ABSENT, None, True, False],
        },
        feed=read.captioned, lengths=(8, 12, 16), others=_TEXT, settle=read.same_text_width,
    ),
    "SD3Transformer2DModel": Draw(
        {"_class_name": "SD3Transformer2DModel", "sample_size": 8},
        {
            **_HEADS, "in_channels": [3, 4], "out_channels": [ABSENT, None, 5], "patch_size": [ABSENT, 2, 4],
            "joint_attention_dim": [20, 24], "pooled_projection_dim": [ABSENT, 28], "dual_attention_layers": _DUAL,
            "qk_norm": [ABSENT, None, "rms_norm", "layer_norm", "fp32_layer_norm"], "pos_embed_max_size": [ABSENT, 24],
        },
        feed=read.joint, lengths=(8, 12, 16), others=_TEXT, settle=read.one_width("caption_projection_dim"),
    ),
    "AuraFlowTransformer2DModel": Draw(
        {"_class_name": "AuraFlowTransformer2DModel", "sample_size": 8},
        {
            "num_attention_heads": [2, 3], "attention_head_dim": [12, 24], "num_mmdit_layers": [1, 2],
            "num_single_dit_layers": [0, 1, 3], "in_channels": [3, 4], "out_channels": [ABSENT, 5],
            "patch_size": [ABSENT, 4], "joint_attention_dim": [20, 24], "pos_embed_max_size": [ABSENT, 100],
        },
        feed=read.joint, lengths=(8, 12, 16), others=_TEXT, settle=read.one_width("caption_projection_dim"),
    ),
    "FluxTransformer2DModel": Draw(
        {"_class_name": "FluxTransformer2DModel", "attention_head_dim": 24},
        {
            **_PACKED, "pooled_projection_dim": [ABSENT, 28], "guidance_embeds": [ABSENT, True, False],
        },
        feed=read.packed, others=_TEXT,
    ),
    "ChromaTransformer2DModel": Draw(
        {"_class_name": "ChromaTransformer2DModel", "attention_head_dim": 24, "approximator_hidden_dim": 20},
        {**_PACKED, "approximator_num_channels": [ABSENT, 32], "approximator_layers": [ABSENT, 2]},
        feed=read.packed, others=_TEXT,
    ),
    "QwenImageTransformer2DModel": Draw(
        {"_class_name": "QwenImageTransformer2DModel", "attention_head_dim": 24, "axes_dims_rope": [8, 8, 8]},
        {
            "num_attention_heads": [2, 3], "num_layers": [1, 2, 3], "in_channels": [8, 12], "patch_size": [ABSENT, 1],
            "out_channels": [ABSENT, None, 5], "joint_attention_dim": [20, 24], "zero_cond_t": [ABSENT, True],
            "use_additional_t_cond": [ABSENT, True], "guidance_embeds": [ABSENT, False, True],
        },
        feed=read.edited, others=_TEXT,
    ),
    "UNet2DConditionModel": Draw(
        {"_class_name": "UNet2DConditionModel", "addition_time_embed_dim": 8, **_PROJECTED},
        {
            **_UNET, "layers_per_block": [ABSENT, 1, "each"], "cross_attention_dim": [12, 20, "each"],
            "attention_head_dim": [2, 4, ABSENT, "each"], "transformer_layers_per_block": [ABSENT, 2, "each", "all"],
            "only_cross_attention": [ABSENT, False, True, "each"], "use_linear_projection": [ABSENT, True],
            "mid_block_type": [ABSENT, "UNetMidBlock2D", None], "class_embed_type": _LABELS,
            "class_embeddings_concat": [ABSENT, True], "addition_embed_type": [ABSENT, None, "text_time"],
            "time_cond_proj_dim": [ABSENT, 6], "conv_in_kernel": [ABSENT, 1, 5], "conv_out_kernel": [ABSENT, 1],
        },
        feed=read.denoised, lengths=(8, 12), others=_TEXT, settle=read.stages,
    ),
    "UNet2DConditionModel, odd sides": Draw(
        {
            "_class_name": "UNet2DConditionModel", "cross_attention_dim": 12, "block_out_channels": [8, 16, 16],
            "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D", "DownBlock2D"],
            "up_block_types": ["UpBlock2D", "UpBlock2D", "CrossAttnUpBlock2D"],
        },
        {"in_channels": [4], "norm_num_groups": [4], "encoder_hid_dim": [20, 24, ABSENT],
            "downsample_padding": [0, 1], "attention_head_dim": [4]},
        feed=read.denoised, lengths=(9, 13), others=_TEXT,
    ),
    "UNet2DModel": Draw(
        {"_class_name": "UNet2DModel"},
        {
            **_UNET, "layers_per_block": [ABSENT, 1, 3], "attention_head_dim": [2, 4, ABSENT, None],
            "mid_block_type": [ABSENT, "UNetMidBlock2D", None], "class_embed_type": _LABELS[:4],
            "add_attention": [ABSENT, True, False], "attn_norm_num_groups": [ABSENT, None, 2],
            "downsample_type": [ABSENT, "conv", "resnet"], "upsample_type": [ABSENT, "conv", "resnet"],
            "time_embedding_type": [ABSENT, "positional", "fourier", "learned"], "num_train_timesteps": [10],
        },
        feed=read.denoised, lengths=(8, 12), settle=read.stages,
    ),
    "AutoencoderKL": Draw(
        {"_class_name": "AutoencoderKL"},
        {
            "in_channels": [3, 1], "out_channels": [3, 2], "block_out_channels": [[8], [8, 16], [16, 8, 24]],
            "layers_per_block": [ABSENT, 2], "latent_channels": [ABSENT, 3], "norm_num_groups": [4, 8],
            "use_quant_conv": [ABSENT, False], "use_post_quant_conv": [ABSENT, False],
            "mid_block_add_attention": [ABSENT, True, False],
        },
        feed=read.encoded, lengths=(8, 13, 14), settle=read.autoencoder_stages,
    ),
    "Flux2Transformer2DModel": Draw(
        {"_class_name": "Flux2Transformer2DModel", "attention_head_dim": 24},
        {
            **_PACKED, "axes_dims_rope": [[8, 8, 8]], "mlp_ratio": [ABSENT, 2.3], "guidance_embeds": [ABSENT, False],
            "timestep_guidance_channels": [ABSENT, 16],
        },
        feed=read.packed, others=_TEXT,
    ),
    "SanaTransformer2DModel": Draw(
        {"_class_name": "SanaTransformer2DModel", "cross_attention_head_dim": 12},
        {
            **_HEADS, "in_channels": [3, 4], "out_channels": [5, None], "num_cross_attention_heads": [2, 3],
            "caption_channels": [20], "mlp_ratio": [ABSENT, 1.7], "attention_bias": [ABSENT, True],
            "patch_size": [ABSENT, 2], "norm_elementwise_affine": [ABSENT, True], "guidance_embeds": [ABSENT, True],
            "qk_norm": [ABSENT, None, "rms_norm_across_heads"], "interpolation_scale": [ABSENT, 1],
        },
        feed=read.guided, lengths=(8, 12), others=_TEXT, settle=read.one_width("cross_attention_dim"),
    ),
    "Lumina2Transformer2DModel": Draw(
        {"_class_name": "Lumina2Transformer2DModel", "axes_dim_rope": [4, 4, 4], "axes_lens": [30, 30, 30]},
        {
            "hidden_size": [48], "num_attention_heads": [4], "num_kv_heads": [1, 2, 4], "num_layers": [1, 2],
            "num_refiner_layers": [ABSENT, 0, 1], "in_channels": [3, 4], "out_channels": [ABSENT, 5],
            "patch_size": [ABSENT, 4], "multiple_of": [ABSENT, 16], "ffn_dim_multiplier": [ABSENT, None, 0.7],
            "cap_feat_dim": [20, 24],
        },
        feed=read.refined, lengths=(8, 12), others=_TEXT,
    ),
    "HunyuanDiT2DModel": Draw(
        {"_class_name": "HunyuanDiT2DModel", "cross_attention_dim_t5": 16},
        {
            "num_attention_heads": [2, 3], "attention_head_dim": [12], "num_layers": [2, 4], "in_channels": [3, 4],
            "patch_size": [2, 4], "mlp_ratio": [ABSENT, 2.7], "learn_sigma": [ABSENT, False],
            "activation_fn": _ACTIVATIONS[:3], "cross_attention_dim": [20, 24], "pooled_projection_dim": [ABSENT, 12],
            "text_len": [5, 7], "text_len_t5": [6], "use_style_cond_and_image_meta_size": [ABSENT, True, False],
        },
        feed=read.twice_captioned, lengths=(8, 12), settle=read.one_width("hidden_size"),
    ),
    "ZImageTransformer2DModel": Draw(
        {"_class_name": "ZImageTransformer2DModel", "axes_dims": [4, 4, 4], "axes_lens": [99, 99, 99]},
        {
            "dim": [24, 48], "n_heads": [2, 4], "n_layers": [1, 2], "n_refiner_layers": [ABSENT, 0, 1],
            "in_channels": [3, 4], "cap_feat_dim": [20, 24], "qk_norm": [ABSENT, False],
        },
        feed=read.listed, lengths=(8, 12, 14), others=_TEXT, settle=read.heads_of_twelve,
    ),
    "ControlNetModel": Draw(
        {"_class_name": "ControlNetModel", "addition_time_embed_dim": 8, **_PROJECTED},
        {
            "in_channels": [3, 4], "block_out_channels": [[8], [8, 16], [16, 8, 24]], "norm_num_groups": [4, 8],
            "layers_per_block": [ABSENT, 1], "cross_attention_dim": [12, 20], "attention_head_dim": [2, 4, ABSENT],
            "transformer_layers_per_block": [ABSENT, 2], "only_cross_attention": [ABSENT, True],
            "mid_block_type": [ABSENT, "UNetMidBlock2D"], "addition_embed_type": [ABSENT, None, "text_time"],
            "encoder_hid_dim": [ABSENT, None], "resnet_time_scale_shift": [ABSENT, "scale_shift"],
            "conditioning_channels": [ABSENT, 1], "conditioning_embedding_out_channels": [ABSENT, [4], [4, 6]],
        },
        feed=read.hinted, lengths=(8, 12), others=_TEXT, settle=read.ways_down, every=True,
    ),
    **{
        name: Draw(
            {"_class_name": name, "sample_size": 8, **({"rope_axes_dim": [16, 16]} if "4" in name else {})},
            {
                **_HEADS, "attention_head_dim": [24], "in_channels": [3, 4], "out_channels": [ABSENT, 5],
                "patch_size": [ABSENT, 4], "text_embed_dim": [20, 24], "time_embed_dim": [16, 12], "condition_dim": [6],
            },
            feed=read.sized, lengths=(8, 12), others=_TEXT,
        )
        for name in ("CogView3PlusTransformer2DModel", "CogView4Transformer2DModel")
    },
    # Evaluated, its experts run without gradients.
    "HiDreamImageTransformer2DModel": Draw(
        {"_class_name": "HiDreamImageTransformer2DModel", "axes_dims_rope": [8, 8, 8]},
        {
            **_HEADS, "attention_head_dim": [24], "in_channels": [3, 4], "out_channels": [ABSENT, 5], "patch_size": [2],
            "num_single_layers": [0, 1, 2], "caption_channels": [[12, 20]], "text_emb_dim": [16],
            "num_routed_experts": [ABSENT, 0, 3], "num_activated_experts": [ABSENT, 1],
            "force_inference_output": [ABSENT, False, True],
        },
        feed=read.viewed, lengths=(8, 12), others=_TEXT, settle=read.views, train=True,
    ),
}  # fmt: skip
