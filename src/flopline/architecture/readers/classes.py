"""Diffusion models, whose configurations name a class and no `model_type`."""

from __future__ import annotations

from typing import Final

CLASSES: Final = {
    "AllegroTransformer3DModel": "later_films.allegro",
    "AuraFlowTransformer2DModel": "mmdit.aura_flow",
    "AutoencoderKL": "autoencoder.autoencoder_kl",
    "ChromaTransformer2DModel": "mmdit.chroma",
    "CogVideoXTransformer3DModel": "films.cogvideox",
    "CogView3PlusTransformer2DModel": "cogview.cogview3_plus",
    "CogView4Transformer2DModel": "cogview.cogview4",
    "ControlNetModel": "unet.control_net",
    "DiTTransformer2DModel": "dit.dit",
    "Flux2Transformer2DModel": "mmdit.flux2",
    "FluxTransformer2DModel": "mmdit.flux",
    "HiDreamImageTransformer2DModel": "hidream.hidream",
    "HunyuanDiT2DModel": "captions.hunyuan_dit",
    "HunyuanVideoTransformer3DModel": "films.hunyuan_video",
    "LTXVideoTransformer3DModel": "films.ltx",
    "Lumina2Transformer2DModel": "refined.lumina2",
    "MochiTransformer3DModel": "later_films.mochi",
    "PixArtTransformer2DModel": "dit.pixart",
    "QwenImageTransformer2DModel": "mmdit.qwen_image",
    "SD3Transformer2DModel": "mmdit.sd3",
    "SanaTransformer2DModel": "captions.sana",
    "StableAudioDiTModel": "later_films.stable_audio",
    "Transformer2DModel": "dit.transformer_2d",
    "UNet2DConditionModel": "unet.unet_2d_condition",
    "UNet2DModel": "unet.unet_2d",
    "WanTransformer3DModel": "films.wan",
    "ZImageTransformer2DModel": "refined.z_image",
}
"""File of this package, and function in it, that reads each class."""
