"""Days as a plan writes them: a date, and neither a moment nor a number."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import BeforeValidator


def _only_dates(raw: object) -> object:
    """Refuse what pydantic would read as seconds since 1970, and moments, whose day depends on a time zone."""
    written = isinstance(raw, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw)
    if written or (isinstance(raw, date) and not isinstance(raw, datetime)):
        return raw
    message = "expected a date such as 2026-11-22"
    raise ValueError(message)  # pydantic places a ValueError at its key


Day = Annotated[date, BeforeValidator(_only_dates)]
