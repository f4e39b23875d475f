"""A value and where it comes from: no number without a source."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Grade = Literal["read", "quoted", "secondary", "recalled"]
"""How a value is known: read in the source itself, quoted in another document, from a secondary source, or
general knowledge."""


class Source(BaseModel):
    """A document that a value was taken from.

    Attributes
    ----------
    cite : str
        Citation down to article and paragraph, table or page.
    url : str, optional
        A stable address.
    grade : {"read", "quoted", "secondary", "recalled"}
        How the value is known.
    quote : str, optional
        At most one sentence of the text itself.
    verified : date, optional
        The day somebody compared the value with the text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    cite: str = Field(min_length=1)
    url: str | None = None
    grade: Grade
    quote: str | None = None
    verified: date | None = None
