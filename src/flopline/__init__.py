"""How likely a training run is to cross a legal compute line, before it starts."""

from __future__ import annotations

__version__ = "0.1.0"
