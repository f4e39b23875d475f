"""What a model was saved for: the head that stands on an encoder, from the class in its configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

from flopline.architecture.config import LARGEST

if TYPE_CHECKING:
    from flopline.architecture.config import Config

Task = Literal["language", "causal", "pretraining", "sequence", "tokens", "question", "next", "encoder", "model"]

_ENDINGS: Final[dict[str, Task]] = {
    "ForMaskedLM": "language",
    "ForConditionalGeneration": "language",
    "MTModel": "language",
    "ForCausalLM": "causal",
    "LMHeadModel": "causal",
    "ForPreTraining": "pretraining",
    "ForSequenceClassification": "sequence",
    "ForTokenClassification": "tokens",
    "ForQuestionAnswering": "question",
    "ForNextSentencePrediction": "next",
    "GenerationDecoder": "causal",
    "GenerationEncoder": "model",
    "EncoderModel": "encoder",
    "Model": "model",
}


def task(config: Config, *known: Task, usual: Task = "language") -> Task:
    """Return what stands on the model, the usual head where the configuration does not say.

    Parameters
    ----------
    config : Config
        The configuration.
    known : str
        The tasks that can be counted for its family.
    usual : str
        The task without a class.
    """
    name = config.classes()
    if not name:
        return usual
    # The longer ending decides: `LMHeadModel` is no `Model`.
    ending = next((one for one in _ENDINGS if re.fullmatch(rf"\w+?{one}", name)), None)
    strange = ending == "Model" and _plain(name[: -len(ending)]) != _plain(config.model_type)
    if ending is None or strange or _ENDINGS[ending] not in known:
        endings = ", ".join(f"`{one}`" for one, kind in _ENDINGS.items() if kind in known)
        config.refuse(
            "architectures",
            f"`{name[:60]}` of `{config.model_type}` is not counted yet",
            f"what can be counted ends in {endings}",
        )
    return _ENDINGS[ending]


def _plain(name: str) -> str:
    """Return a family as both its class and its `model_type` spell it: `speech_to_text` is `Speech2Text`."""
    return re.sub(r"\W|_", "", name).lower().replace("to", "2")


def labels(config: Config, default: int = 2) -> int:
    """Return the number of classes: of `id2label`, else `num_labels`."""
    names = config.raw("id2label")
    given = config.size("num_labels", default=default) if config.has("num_labels") else default
    if names is None:
        return given
    if not isinstance(names, Mapping) or not 0 < len(names) <= LARGEST:
        config.refuse("id2label", "`id2label` must be a table of classes")
    return len(names)
