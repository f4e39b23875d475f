"""TOML or JSON text as a tree whose every value knows its line and column."""

from __future__ import annotations

from flopline.documents.document import DEEPEST, Document, from_values
from flopline.documents.reading import LIMIT, read
from flopline.documents.suggestions import suggest, suggestion_hint
from flopline.documents.syntax import parse

__all__ = ["DEEPEST", "LIMIT", "Document", "from_values", "parse", "read", "suggest", "suggestion_hint"]
