"""What a small model executes: PyTorch's operation counter around one forward and one backward pass.

Three holes of the counter (PyTorch 2.13) are closed: experts run as plain products (the grouped product counts
zero), attention runs in its eager form (the fused one counts zero on a CPU; where a model calls
`scaled_dot_product_attention` itself, that function is replaced by its eager form), and the backward pass of a
convolution respects its groups.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch.utils.flop_counter import FlopCounterMode

if TYPE_CHECKING:
    from differential.draw import Draw

MASKED = -1e30
"""A score below this is one that a mask took away."""


class Executed(NamedTuple):
    """What was executed.

    Attributes
    ----------
    parameters, trainable : int
        All parameters, and those that a gradient trains.
    forward, training : int
        FLOP of the forward pass; of both passes, 0 where the backward pass was not asked for.
    pairs : int
        Scores that softmax saw and no mask took away, over all heads and layers.
    """

    parameters: int
    trainable: int
    forward: int
    training: int
    pairs: int


def executed(draw: Draw, config: Mapping[str, Any], seq_len: int, others: Mapping[str, int]) -> tuple[Executed, Any]:
    """Return what a model of a configuration executes, and its configuration object."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        settings, model = _built(draw, config)
        feed = draw.feed or tokens
        arguments = feed(settings, seq_len, others)
        rules = {torch.ops.aten.convolution_backward: _convolution_backward}
        counter = FlopCounterMode(display=False, custom_mapping=rules)
        with _visible(draw.sinks) as seen, counter:
            result = model(**arguments)
            forward = int(counter.get_total_flops())
            if draw.backward:
                _total(result, draw.every).backward()
        training = int(counter.get_total_flops()) if draw.backward else 0
    sizes = [(one.numel(), one.requires_grad) for one in model.parameters()]
    everything, trained = sum(size for size, _ in sizes), sum(size for size, trains in sizes if trains)
    return Executed(everything, trained, forward, training, seen[0]), settings


def tokens(settings: Any, seq_len: int, _: Mapping[str, int]) -> dict[str, Any]:
    """Return token numbers and a mask that hides none of them."""
    text = settings.get_text_config() if hasattr(settings, "get_text_config") else settings
    ids = torch.randint(3, text.vocab_size, (1, seq_len))
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}


def _built(draw: Draw, config: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return configuration object and model, with random weights, on the CPU."""
    if "_class_name" in config:
        import diffusers

        made = getattr(diffusers, config["_class_name"]).from_config(dict(config))
        return made.config, made.train(draw.train)
    import transformers

    keys = {key: value for key, value in config.items() if key not in ("model_type", "architectures")}
    settings = transformers.AutoConfig.for_model(config["model_type"], **keys)
    settings._experts_implementation = "eager"
    kind = getattr(transformers, draw.model or config["architectures"][0])
    if draw.model.startswith("Auto"):
        made = kind.from_config(settings, attn_implementation="eager", experts_implementation="eager")
    else:
        made = kind._from_config(settings, attn_implementation="eager", experts_implementation="eager")
    return settings, made.float().train(draw.train)


def _total(result: Any, every: bool) -> Any:
    """Return the sum of the first result that has a gradient, or of all of them."""
    found = [
        one.sum()
        for one in _tensors(result if isinstance(result, (Mapping, tuple)) else (result,))
        if one.requires_grad
    ]
    return sum(found) if every else found[0]


def _tensors(result: Any) -> Iterator[Any]:
    """Yield the tensors of a result, in order, those inside lists after those that stand alone."""
    values = list(result.values() if isinstance(result, Mapping) else result)
    yield from (one for one in values if torch.is_tensor(one))
    for one in values:
        if isinstance(one, (tuple, list)):
            yield from _tensors(one)


@contextmanager
def _visible(sinks: bool) -> Iterator[list[int]]:
    """Count the scores that four-dimensional softmaxes, and fused attention, see and no mask took away."""
    found = [0]
    usual, fused = torch.nn.functional.softmax, torch.nn.functional.scaled_dot_product_attention

    def softmax(scores: Any, *rest: Any, **named: Any) -> Any:
        if scores.dim() == 4:
            found[0] += int((scores[..., :-1] if sinks else scores).gt(MASKED).sum())
        return usual(scores, *rest, **named)

    def attention(query: Any, key: Any, value: Any, *rest: Any, **named: Any) -> Any:
        key, value, scores = _scores(query, key, value, *rest, **named)
        found[0] += int(scores.gt(MASKED).sum())
        return usual(scores, dim=-1) @ value

    torch.nn.functional.softmax, torch.nn.functional.scaled_dot_product_attention = softmax, attention
    try:
        yield found
    finally:
        torch.nn.functional.softmax, torch.nn.functional.scaled_dot_product_attention = usual, fused


def _scores(
    query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None, enable_gqa: bool = False,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """Return keys, values and masked scores of attention in its eager form."""
    if dropout_p:
        msg = "a model drops scores although it is evaluated"
        raise ValueError(msg)
    if enable_gqa:
        key, value = (one.repeat_interleave(query.shape[-3] // one.shape[-3], -3) for one in (key, value))
    scores = (query * (query.shape[-1] ** -0.5 if scale is None else scale)) @ key.transpose(-2, -1)
    if is_causal:
        attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
    if attn_mask is None:
        return key, value, scores
    if attn_mask.dtype == torch.bool:
        return key, value, scores.masked_fill(~attn_mask, torch.finfo(scores.dtype).min)
    return key, value, scores + attn_mask


def _convolution_backward(
    gradient: Any, inputs: Any, weight: Any, _bias: Any, _stride: Any, _padding: Any, _dilation: Any,
    transposed: bool, _output_padding: Any, _groups: int, wanted: Any, **_: Any,
) -> int:  # fmt: skip
    """Return 2 x positions x size of the weight for each gradient; the weight's size already holds the groups."""
    shape = inputs if transposed else gradient
    each = 2 * shape[0] * prod(shape[2:]) * prod(weight)
    return each * (bool(wanted[0]) + bool(wanted[1]))
