"""What stands in for the size of a model that nobody has said: one behind an interface, of unknown parameters."""

from __future__ import annotations

from typing import Final

from flopline.provenance import Source

UNKNOWN: Final = "unknown"
"""The word that asks for the published prior of a model's size."""
ACTIVE: Final = "10B..500B"
"""Active parameters, a 90 % interval: 33 to 500 billion are the 5th and the 95th percentile of the models below; the
lower end is widened, since providers serve small and sparse models beside their largest."""
SOURCE: Final = Source(
    cite="active parameters of 24 language models of 2023 to 2025 trained with 1e24 FLOP or more (Epoch AI, Data on AI "
    "Models), widened downwards to 10 billion",
    url="https://epoch.ai/data/ai-models",
    grade="secondary",
)
