"""What users write for an uncertain quantity, to distributions and back."""

from __future__ import annotations

from flopline.literals.reading import Shared, parse_amount
from flopline.literals.writing import format_literal

__all__ = ["Shared", "format_literal", "parse_amount"]
