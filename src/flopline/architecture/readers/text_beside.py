"""Text models of multimodal families whose towers are not read: Kimi K2.5, Mistral Large 4, GLM-5.3, dots3, OCR 2."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture.attention import attention
from flopline.architecture.blocks import experts, mlp
from flopline.architecture.masks import CAUSAL
from flopline.architecture.readers.common import decoder, routing, widths
from flopline.architecture.readers.latent import sparse_layers
from flopline.architecture.readers.text_models import text_model
from flopline.architecture.readers.text_only import bare, has_head
from flopline.architecture.shape import Layer, stack

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


class _Text(NamedTuple):
    """The text model of a family: its own family, whether its head is tied by default, and its usual sizes."""

    kind: str
    tied: bool
    hidden: int
    inner: int
    depth: int
    heads: int
    vocabulary: int


_TEXTS: Final = {
    "deepseek_ocr2": _Text("deepseek_ocr2_text", False, 4096, 11008, 32, 32, 102400),
    "dots3_note": _Text("dots3_note_text", False, 5120, 13824, 46, 128, 152064),
    "glm5_next": _Text("glm5_next_text", False, 4096, 12288, 45, 64, 154880),
    "kimi_k25": _Text("deepseek_v3", True, 7168, 18432, 61, 128, 129280),
    "mistral_large4": _Text("mistral_large4_text", False, 6144, 24576, 72, 64, 204800),
}


def text_beside(config: Config) -> Architecture:
    """Read the text model of a family, without its towers for images, video and sound."""
    usual = _TEXTS[config.model_type]
    sizes = {
        "hidden_size": usual.hidden,
        "intermediate_size": usual.inner,
        "num_hidden_layers": usual.depth,
        "num_attention_heads": usual.heads,
        "vocab_size": usual.vocabulary,
    }
    found = text_model(config, usual.kind, tied=usual.tied, sizes=sizes)
    config.ignore("vision_config", "audio_config", "projection_hidden_size", "projection_layer_norm_eps")
    config.ignore("multimodal_projector_bias", "vision_feature_layer", "spatial_merge_size", "projector_hidden_act")
    message = f"`{config.model_type}` is multimodal: its text model is counted, vision and audio are not"
    config.note("model_type", message, code="W402")
    return replace(found, name=config.model_type, model_type=config.model_type)


def deepseek_ocr2_text(config: Config) -> Architecture:
    """DeepSeek-OCR 2's text model: DeepSeek V2's experts behind multi-head attention."""
    shape = widths(config, free=False)
    bias, inner_bias = config.flag("attention_bias", False), config.flag("mlp_bias", False)
    names = ("n_routed_experts", "num_experts", "num_local_experts")
    route = routing(config, names, count=64)
    width = config.size("moe_intermediate_size", default=1407)
    always = config.number("n_shared_experts", 2) * width
    config.ignore("topk_group", "n_group", "topk_method")
    if not config.has("mlp_layer_types"):
        config.refuse(
            "mlp_layer_types", "the configuration has no `mlp_layer_types`", "the class has no default for it"
        )
    sparse = sparse_layers(config, shape.depth, ())
    hidden = shape.hidden
    attend = attention(
        hidden, shape.heads, shape.key_value_heads, shape.head_dim, CAUSAL, norm=hidden, bias=bias, output_bias=bias
    )
    dense = mlp(hidden, config.size("intermediate_size"), norm=hidden, bias=inner_bias)
    mixture = experts(
        hidden, width, count=route.count, active=route.active, shared=always, shared_bias=inner_bias, norm=hidden
    )
    layers = stack(sparse, lambda has_experts: Layer((attend, mixture if has_experts else dense)))
    if not has_head(config, "DeepseekOcr2TextModel"):
        return bare(config, layers, shape)
    return decoder(config, layers, shape, norm=hidden, tied=False)
