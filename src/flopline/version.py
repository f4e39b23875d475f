"""The version, apart from everything that answers, so that any layer may name it."""

from typing import Final

VERSION: Final = "0.1.0"
