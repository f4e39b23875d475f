"""The form of a regime file: which keys it may have and what they hold.

A value names its source by id; `load` turns ids into sources and drops what is not known on a day.
"""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from flopline.provenance import Grade

Text = Annotated[str, Field(min_length=1)]
Answer = Literal["yes", "no", "unknown"]
"""What somebody knows about a fact; silence is `unknown`."""

Comparator = Literal[">", ">="]
Kind = Literal["law", "guideline", "standard", "bill", "draft", "proposal"]
"""A `bill` lies before a parliament, a `draft` does not yet, a `proposal` is a rule that no authority adopted: none of
them is law."""

UNENACTED: Final = ("bill", "draft", "proposal")
"""The kinds that are shown for comparison and never computed as law."""

Anchor = Literal["forecast", "start", "placement", "discovery", "determination", "continuous", "fixed"]
"""The event that a duty's clock starts from; `forecast` is the day an estimate says that a line will be
crossed, `continuous` has no clock, `fixed` is a calendar day."""

Role = Literal[
    "original-provider", "principal", "coordinator", "participant", "modifier", "on-behalf", "integrator", "unknown"
]  # fmt: skip
"""What the developer is to the model: it built it, has it built by others, leads a consortium or takes part in one,
changed another's, acts for another, builds it into a system."""

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
    """The life of a regime or of a line: enacted, applying from, enforced from, ended.

    A text that is no law was `introduced`, and a bill may have been `vetoed`.
    """

    introduced: Dated | None = None
    vetoed: Dated | None = None
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

    Exactly one of `market`, `model`, `generates`, `role`, `exempt` and `open` is given. `exempt` names a jurisdiction
    whose exemptions must not cover the developer, `ended_by_market` the market on which a model leaves them, unless
    the plan says otherwise; `role_of_modifier` the relative line of the file whose outcome is the answer of a
    modifier; `asks` the question of a role that is left open; `upstream-excluded` as the answer of a role is whatever
    the plan says of the one who built the model. `open` marks what no fact of a plan answers.
    """

    question: Text
    who: Text
    source: Text
    market: Text | None = None
    model: ModelFact | None = None
    generates: Generates | None = None
    role: dict[Role, Answer | Literal["upstream-excluded"]] | None = None
    asks: dict[Role, Text] = Field(default_factory=dict)
    role_of_modifier: Text | None = None
    exempt: Text | None = None
    ended_by_market: Text | None = None
    open: Literal[True] | None = None


class Tier(Part):
    """A class of developers that duties fall on, by revenue in the year before a duty's event."""

    means: Text
    source: Text
    revenue_over: Text | None = None


class Threshold(Part):
    """One dated version of a line's amount of computation, or of its share of another model's.

    It is known from the day `known`, or the day its line was enacted, and stands from the day `from` until
    the next version's. `share` is written as `1/3`.
    """

    flop: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    share: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}/[1-9][0-9]{0,2}$")] | None = None
    compare: Comparator
    since: Annotated[date, Field(alias="from")]
    known: date | None = None
    source: Text

    def crossed_by(self, amount: float) -> bool:
        """Return whether an amount of computation is over the line; nothing is rounded first."""
        if self.flop is None:
            return False  # a share is no amount: what it is a share of decides
        return amount >= self.flop if self.compare == ">=" else amount > self.flop


class Relative(Part):
    """What a line compares with a share of another model's training computation.

    Both are counted as the line `direct` counts, or, where the original model carries systemic risk, as the line
    `cumulative` does; where the original's is unknown, the same share of that line's own threshold stands in for it.
    """

    direct: Text
    cumulative: Text
    source: Text


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
        Length of the clock that starts at the anchor; days below zero end before it.
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
    signatories : str, optional
        Jurisdiction; the duty falls only on those who signed its code of practice.
    systemic_original : bool
        It follows only where the original model carries systemic risk.
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
    signatories: Text | None = None
    regardless: bool = False
    systemic_original: bool = False


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
    relative: Relative | None = None
    counts: tuple[CountForm, ...] = ()
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
