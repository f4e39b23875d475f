"""The form of a regime file: which keys it may have and what they hold.

A value names its source by id; `load` turns ids into sources and drops what is not known on a day.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from flopline.provenance import Grade

Text = Annotated[str, Field(min_length=1)]
Answer = Literal["yes", "no", "unknown"]
"""What somebody knows about a fact; silence is `unknown`."""

Comparator = Literal[">", ">="]
Kind = Literal["law", "guideline", "standard", "bill"]
Anchor = Literal["forecast", "start", "placement", "discovery", "determination", "continuous", "fixed"]
"""The event that a duty's clock starts from; `forecast` is the day an estimate says that a line will be
crossed, `continuous` has no clock, `fixed` is a calendar day."""

Actor = Literal["own", "on-behalf", "affiliate", "other"]
ModelFact = Literal["general", "broad_data", "adaptable", "state_of_the_art", "serious_risk"]


class Part(BaseModel):
    """A table of a regime file."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class DocumentForm(Part):
    """A text that sources point into."""

    cite: Text
    url: Text | None = None


class SourceForm(Part):
    """A place in a document, how it is known, and the day somebody compared the value with it."""

    of: Text
    at: Text
    grade: Grade
    quote: Text | None = None
    verified: date | None = None


class Dated(Part):
    """A day and where it is written."""

    date: date
    source: Text


class Dates(Part):
    """The life of a regime or of a line: enacted, applying from, enforced from, ended."""

    enacted: Dated | None = None
    applies: Dated | None = None
    enforced: Dated | None = None
    ended: Dated | None = None


class Legacy(Part):
    """A later day to comply by, for models placed on the market early."""

    placed_before: date
    comply_by: date
    note: Text
    source: Text


class OpenSource(Part):
    """Why duties marked `open_source_exempt` fall away for free and open models."""

    reason: Text
    source: Text


class Penalty(Part):
    """What a breach may cost, in words."""

    who: Text
    what: Text
    source: Text


class Instrument(Part):
    """A text without a compute line, and what triggers duties under it instead."""

    name: Text
    triggers: Text
    applies: date | None = None
    source: Text


class Generates(Part):
    """Outputs that meet a condition, outputs that do not; all others leave it open."""

    yes: tuple[Text, ...]
    no: tuple[Text, ...] = ()


class ConditionForm(Part):
    """A question beside compute, and the fact of the plan that answers it.

    Exactly one of `market`, `model`, `generates`, `role` and `exempt` is given. `exempt` names a jurisdiction
    whose exemptions must not cover the developer.
    """

    question: Text
    who: Text
    source: Text
    market: Text | None = None
    model: ModelFact | None = None
    generates: Generates | None = None
    role: dict[Literal["original-provider", "modifier", "on-behalf", "integrator"], Answer] | None = None
    exempt: Text | None = None


class Tier(Part):
    """A class of developers that duties fall on, by revenue in the year before a duty's event."""

    means: Text
    source: Text
    revenue_over: Text | None = None


class Threshold(Part):
    """One dated version of a line's amount of computation.

    It is known from the day `known`, or the day its line was enacted, and stands from the day `from` until
    the next version's.
    """

    flop: Annotated[float, Field(gt=0)]
    compare: Comparator
    since: Annotated[date, Field(alias="from")]
    known: date | None = None
    source: Text

    def crossed_by(self, amount: float) -> bool:
        """Return whether an amount of computation is over the line; nothing is rounded first."""
        return amount >= self.flop if self.compare == ">=" else amount > self.flop


class CountForm(Part):
    """What a line says of some activities, or of computation that others carry out."""

    activities: tuple[Text, ...] = ()
    actors: tuple[Literal["on-behalf", "affiliate", "other"], ...] = ()
    answer: Literal["yes", "no", "disputed"]
    lean: Literal["in", "out"] | None = None
    reason: Text
    source: Text


class DutyRule(Part):
    """Who must do what, counted from which event.

    Attributes
    ----------
    days, hours : int, optional
        Length of the clock that starts at the anchor.
    every : str, optional
        Recurrence.
    clock : str, optional
        The clock in words, where a number does not say it all.
    since : date, optional
        The day the duty starts, where it is later than the line's (`from` in the file).
    by : date, optional
        The calendar day of an anchor `fixed`.
    established_outside : str, optional
        Jurisdiction; the duty falls only on developers established outside it.
    regardless : bool
        It holds below the line too.
    """

    id: Text
    what: Text
    who: Text
    source: Text
    anchor: Anchor
    tier: Text | None = None
    days: int | None = None
    hours: int | None = None
    every: Text | None = None
    clock: Text | None = None
    since: Annotated[date | None, Field(alias="from")] = None
    by: date | None = None
    established_outside: Text | None = None
    open_source_exempt: bool = False
    regardless: bool = False


class LineForm(Part):
    """A line: thresholds, what it counts, the conditions beside compute, and the duties that follow."""

    name: Text
    nature: Text
    quantity: Text
    source: Text
    conditions: tuple[Text, ...] = ()
    anchors: tuple[Literal["start", "placement"], ...] = ()
    inherits: tuple[Text, ...] = ()
    intent: bool = False
    dates: Dates = Dates.model_construct()
    thresholds: Annotated[tuple[Threshold, ...], Field(min_length=1)]
    counts: Annotated[tuple[CountForm, ...], Field(min_length=1)]
    duties: tuple[DutyRule, ...] = ()


class RegimeForm(Part):
    """A whole regime file."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    name: Text
    full_name: Text
    jurisdiction: Text
    kind: Kind
    summary: Text
    notes: tuple[Text, ...] = ()
    dates: Dates = Dates.model_construct()
    legacy: Legacy | None = None
    open_source: OpenSource | None = None
    penalties: tuple[Penalty, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    documents: dict[str, DocumentForm]
    sources: dict[str, SourceForm]
    conditions: dict[str, ConditionForm] = Field(default_factory=dict)
    tiers: dict[str, Tier] = Field(default_factory=dict)
    lines: dict[str, LineForm] = Field(default_factory=dict)
