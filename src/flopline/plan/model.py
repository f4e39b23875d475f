"""The plan as a frozen model: what the developer intends to run, stage by stage.

Every amount is a distribution or the name of another amount that it is identical to; every name of a file,
chip or format is already resolved. What a stage must have, and may not have together, is checked in
`flopline.plan.checks`.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, WithJsonSchema, model_validator

from flopline.plan.amounts import (
    Count,
    Days,
    Factor,
    FixedFlop,
    Flop,
    Goodput,
    Hours,
    Overhead,
    Price,
    Pue,
    Rate,
    ServerPower,
    Share,
    Tokens,
)
from flopline.plan.base import Bases, BaseValue, Merged
from flopline.plan.days import Day
from flopline.plan.happening import Happens, Probability
from flopline.plan.observed import Observed
from flopline.plan.options import Options
from flopline.plan.references import Chip, Chips, Correlation, Formats, Lora, Recompute, UtilizationValue
from flopline.plan.sequences import MOST_DOCUMENTS, SeqLen
from flopline.plan.table import ModelSize, Table
from flopline.plan.unknown import ACTIVE, UNKNOWN
from flopline.regimes import Developer, ModelAnswers

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

Kind = Literal[
    "pretraining", "continued-pretraining", "fine-tuning", "preference", "reinforcement-learning", "distillation",
    "synthetic-data", "reward-model", "data-processing", "research", "evaluation",
]  # fmt: skip
Relation = Literal["tokens-bound", "time-bound", "independent"]
Omission = Literal["post-training", "synthetic-data", "later-updates"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
Length = Annotated[int, Field(ge=1, le=2**31, strict=True)]
Number = Annotated[int, Field(ge=0, le=2**31, strict=True)]

Version = Annotated[Literal[1], BeforeValidator(lambda raw: raw if type(raw) is int else None)]
"""Version of the format; `true` and 1.0 equal 1 in Python and are no versions."""

MOST_STAGES = 24


After = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda raw: [raw] if isinstance(raw, str) else raw),
    Field(max_length=MOST_STAGES),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""Names of stages that one waits for: one name, or a list of them."""


class OtherModel(ModelSize):
    """A model beside the one that is trained: a generator, teacher, reward model, reference policy or critic.

    Attributes
    ----------
    own : bool
        The stage's own model, written `"self"`.
    unknown : bool
        A model of unknown size, written `"unknown"`: a published prior stands in for it.
    developer : {"own", "other"}, optional
        Whose it is.
    """

    own: StrictBool = False
    unknown: StrictBool = False
    developer: Literal["own", "other"] | None = None
    name: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, raw: object) -> object:
        words = {"self": {"own": True}, UNKNOWN: {"unknown": True, "params": ACTIVE}}
        return words.get(raw, raw) if isinstance(raw, str) else raw

    @classmethod
    def __get_pydantic_json_schema__(cls, core: "CoreSchema", handler: "GetJsonSchemaHandler") -> "JsonSchemaValue":
        """Return the schema of the table, or of the words that stand for the stage's own model and an unknown one."""
        table = handler(core)
        for word in ("own", "unknown"):
            handler.resolve_ref_schema(table)["properties"].pop(word, None)
        return {"anyOf": [{"const": "self"}, {"const": UNKNOWN}, table]}


class Speculation(Table):
    """Speculative decoding: a small model drafts tokens that the large one checks together (arXiv:2211.17192).

    Attributes
    ----------
    draft : OtherModel
        The model that drafts.
    tokens : int
        g, drafted tokens that are checked in one pass.
    acceptance : amount
        a, the chance that a drafted token is accepted.
    """

    draft: OtherModel
    tokens: Annotated[int, Field(ge=1, le=256, strict=True)]
    acceptance: Share


class Machine(Table):
    """Chips at work for a time.

    Attributes
    ----------
    hardware : Profile, optional
        The chip; or `peak`, its dense peak in FLOP/s, written out.
    chips, days, hours, chip_hours : amount, optional
        How many and for how long; `chip_hours` replaces both.
    format : dict, optional
        Shares of FLOP per number format.
    utilization : Utilization, optional
        Absent, or the word `default`: the prior fitted to published runs.
    server_power : amount, optional
        Mean power of a server divided by its chips, in watts; absent, it follows from the chip's profile.
    price : amount, optional
        USD per chip-hour; absent, it follows from the chip's published prices.
    """

    hardware: Chip | None = None
    peak: Rate | None = None
    chips: Count | None = None
    days: Days | None = None
    hours: Hours | None = None
    chip_hours: Hours | None = None
    format: Formats | None = None
    utilization: UtilizationValue = None
    server_power: ServerPower | None = None
    price: Price | None = None


class Period(Machine):
    """A part of a stage with its own set of chips; groups that work side by side are periods too.

    Attributes
    ----------
    beside : bool, optional
        Whether it works side by side with the period before it, or after it; absent, nobody has said.
    """

    beside: StrictBool | None = None


class Alternative(Machine):
    """One of the machines of which exactly one will be used.

    Attributes
    ----------
    probability : float
        That it is this one.
    """

    probability: Probability


class Stage(ModelSize, Machine):
    """One activity that costs computation; see the plan reference in the README for every key.

    Attributes
    ----------
    starts : date, optional
        The day it begins, whatever else the plan says.
    after : tuple of str, optional
        Names of the stages that it waits for; absent, the one before it in the plan; none, the start of the run.
    pause : amount, optional
        Days between what it waits for and its first.
    duration : amount, optional
        Days that it takes, where no machine and time tell it.
    happens : float or Shared, optional
        The probability that it runs at all, or the event of another stage; absent, it surely does.
    either : tuple of Alternative
        Machines of which exactly one will be used.
    observed : Observed, optional
        What the run, under way, has shown of it.
    """

    name: Name
    kind: Kind
    actor: Literal["own", "on-behalf", "affiliate", "other"] = "own"
    phase: Literal["before", "after"] = "before"
    note: str | None = None

    starts: Day | None = None
    after: After | None = None
    pause: Days | None = None
    duration: Days | None = None
    happens: Happens | None = None

    flop: Flop | None = None
    tokens: Tokens | None = None
    samples: Count | None = None
    seq_len: SeqLen | None = None
    documents: Annotated[tuple[Length, ...], Field(min_length=1, max_length=MOST_DOCUMENTS)] | None = None
    decoder_len: Length | None = None
    text_len: Length | None = None
    frames: Length | None = None
    images: Number | None = None
    image_side: Length | None = None
    patches: Number | None = None
    audios: Number | None = None
    epochs: Factor | None = None
    overhead: Overhead | None = None
    padding: Share | None = None
    capacity: Factor | None = None
    rework: Goodput | None = None
    availability: Goodput | None = None
    recompute: Recompute | None = None
    attention: Literal["masked", "full"] | None = None
    lora: Lora | None = None
    adapter: Annotated[int, Field(ge=1, le=1_000_000, strict=True)] | None = None
    trainable: str | None = None
    mtp: StrictBool | None = None
    relation: Relation | None = None
    pue: Pue | None = None
    period: Annotated[tuple[Period, ...], Field(max_length=64)] = ()
    either: Annotated[tuple[Alternative, ...], Field(max_length=64)] = ()
    observed: Observed | None = None

    base: BaseValue = None
    merges: Merged = ()
    teacher: OtherModel | None = None
    reward_model: OtherModel | None = None
    reference: OtherModel | None = None
    critic: OtherModel | None = None
    generator: OtherModel | None = None
    judge: OtherModel | None = None
    speculative: Speculation | None = None

    prompts: Count | None = None
    samples_per_prompt: Count | None = None
    prompt_tokens: Tokens | None = None
    tokens_per_sample: Tokens | None = None
    length_spread: Factor | None = None
    tool_tokens: Tokens | None = None
    turns: Annotated[int, Field(ge=1, le=1024, strict=True)] | None = None
    evicted: StrictBool | None = None
    judge_tokens: Tokens | None = None
    kept: Share | None = None
    old_log_probabilities: StrictBool | None = None
    prefix_cache: StrictBool | None = None
    update_share: Share | None = None
    tokens_generated: Tokens | None = None
    public: Literal["yes", "no", "unknown"] | None = None


class PlanModel(ModelSize, ModelAnswers):
    """The model that the plan trains: its size, and the answers about it that laws ask for."""

    mtp: StrictBool | None = None
    placed_on_market: Day | None = None


class Plan(Table):
    """A whole plan: stages, the model they build, and the developer who answers for it.

    Attributes
    ----------
    schema_version : int
        Version of the format, written `schema`; 1.
    day : date, optional
        The day whose law is asked; absent means today, and the answer says so.
    start : date, optional
        First day of the run.
    approval : date, optional
        The day that the run is decided on, or its budget reserved.
    intended : float, optional
        The computation that the developer declares to intend, where a law attaches to intent; absent, it is inferred.
    pue : amount, optional
        Energy of the site over energy of its servers, for stages that give none of their own.
    hardware : dict of str to Profile
        Chips that the plan describes itself, by id.
    base : dict of str to Base
        Models that stages, or other bases, start from, by name.
    options : Options
        Choices that the law leaves open.
    none : tuple
        Activities that the plan says will not happen, so that silence about them is no omission.
    """

    schema_version: Annotated[Version, Field(alias="schema")] = 1
    title: Annotated[str, Field(max_length=200)] | None = None
    description: Annotated[str, Field(max_length=2000)] | None = None
    day: Day | None = None
    start: Day | None = None
    approval: Day | None = None
    none: tuple[Omission, ...] = ()
    intended: FixedFlop | None = None
    pue: Pue | None = None
    hardware: Chips = Field(default_factory=dict)
    base: Bases = Field(default_factory=dict)
    # Defaults need no validation, so that nothing has to be built before a plan is read.
    developer: Developer = Developer.model_construct()
    model: PlanModel = PlanModel.model_construct()
    options: Options = Options.model_construct()
    stage: Annotated[tuple[Stage, ...], Field(min_length=1, max_length=MOST_STAGES)]
    correlation: Annotated[tuple[Correlation, ...], Field(max_length=512)] = ()
