"""Models that a run starts from: written out, named in a table of the plan, or taken from the catalogue."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, StrictBool, ValidationInfo, WithJsonSchema

from flopline.errors import FloplineError, Place, PlanError
from flopline.plan.amounts import FlopOrUnknown, RefusedError, Surroundings, Tokens
from flopline.plan.table import ModelSize

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

    from flopline.regimes import Developer

OWN = "own"
"""The word for the developer of the plan."""
MOST_PARENTS = 64
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def _named(raw: object, info: ValidationInfo) -> object:
    """Return the base that a name stands for; a table is read by its own form."""
    if not isinstance(raw, str):
        return raw
    around = info.context if isinstance(info.context, Surroundings) else Surroundings()
    try:
        return around.bases.get(raw.strip()) or _shipped(raw, around.bases)
    except FloplineError as error:
        raise RefusedError(error) from error


def _shipped(name: str, own: Mapping[str, "NamedBase"]) -> "NamedBase":
    # Imported here: a plan that starts from nothing needs no catalogue.
    from flopline.plan.base_catalogue import shipped_base

    return shipped_base(name, own)


def _several(raw: object, info: ValidationInfo) -> object:
    """Return the models whose weights are merged, each by its name or its table."""
    if isinstance(raw, Sequence) and not isinstance(raw, str) and len(raw) > 1:
        return [_named(one, info) for one in raw]
    message = "`merges` lists the models whose weights are merged or averaged, two of them at least"
    raise RefusedError(PlanError(message, code="E378", hint='merges = ["atlas-code", "atlas-math"]'))


class Base(ModelSize):
    """The model that a run starts from, whose it is, and what its training took.

    Attributes
    ----------
    name : str
        Names the run; whoever names the same base counts it once.
    developer : str
        `own` for the developer of the plan, else who it is, or `other`.
    flop : amount or "unknown", optional
        What its own training took, known or bounded, without what it started from; `unknown` declares that nobody
        told it and that it cannot be estimated.
    tokens : amount, optional
        With `params` (or `config` and `seq_len`): its compute by 6 x active x tokens, or exactly.
    merged : bool
        One of several parents whose weights are merged.
    systemic_risk : {"yes", "no", "unknown"}
        Whether it is a general-purpose AI model with systemic risk.
    base : Base, optional
        What it started from itself.
    merges : tuple of Base
        Models whose weights were merged or averaged into it.
    """

    name: Annotated[str, Field(min_length=1, max_length=200)]
    developer: Annotated[str, Field(min_length=1, max_length=200)]
    flop: FlopOrUnknown | None = None
    tokens: Tokens | None = None
    seq_len: Annotated[int, Field(ge=1, le=2**31, strict=True)] | None = None
    merged: StrictBool = False
    systemic_risk: Literal["yes", "no", "unknown"] = "unknown"
    base: Annotated["Base | None", BeforeValidator(_named)] = None
    merges: Annotated[tuple["Base", ...], BeforeValidator(_several), Field(max_length=MOST_PARENTS)] = ()

    @classmethod
    def __get_pydantic_json_schema__(cls, core: "CoreSchema", handler: "GetJsonSchemaHandler") -> "JsonSchemaValue":
        """Return the schema of the table, or of the name that stands for one."""
        return {"anyOf": [{"type": "string", "description": "name of a base"}, handler(core)]}


class NamedBase(Base):
    """A base with a table of its own, in the plan or in the catalogue; never read from a file as such.

    Attributes
    ----------
    source : str
        Where its amounts come from.
    shipped : bool
        It is one of the catalogue.
    """

    source: str = "plan"
    shipped: bool = False

    @classmethod
    def of(cls, base: Base, *, source: str = "plan", shipped: bool = False) -> "NamedBase":
        """Return a base that has been read already as one with a table of its own."""
        fields = {name: getattr(base, name) for name in Base.model_fields}
        return cls.model_construct(**fields, source=source, shipped=shipped)


def with_table(around: Surroundings, name: str, raw: Mapping[str, Any]) -> Surroundings:
    """Return surroundings that know one more table of the plan's own bases.

    Raises
    ------
    pydantic.ValidationError, PlanError
        The table, or its name, is none of a base.
    """
    if not _NAME.fullmatch(name):
        message = f"`{name[:40]}` is not a name: letters, digits, `-` and `_`, at most 64, the first a letter or digit"
        raise PlanError(message, code="E305")
    if "name" in raw:
        message = "the table's own name is the name of the base"
        raise PlanError(message, code="E301", place=Place(key="name"), hint="leave `name` out")
    base = Base.model_validate({"name": name, **raw}, context=around)
    return replace(around, bases={**around.bases, name: NamedBase.of(base)})


def is_own(base: Base, developer: "Developer") -> bool:
    """Return whether the plan's developer made a base."""
    name = (developer.name or "").strip().casefold()
    return base.developer == OWN or (name != "" and base.developer.strip().casefold() == name)


def _bases(_: object, info: ValidationInfo) -> dict[str, NamedBase]:
    """Return the plan's own bases, which were read before everything that may name one."""
    return dict(info.context.bases) if isinstance(info.context, Surroundings) else {}


_TABLES = WithJsonSchema(
    {
        "type": "object",
        "description": "models that stages or other bases start from, by name; each has the keys of a stage's `base`",
        "additionalProperties": {"type": "object", "required": ["developer"]},
    }
)
if TYPE_CHECKING:
    BaseValue = Base | None
    Merged = tuple[Base, ...]
    Bases = dict[str, NamedBase]
else:
    BaseValue = Annotated[Base | None, BeforeValidator(_named)]
    Merged = Annotated[tuple[Base, ...], BeforeValidator(_several), Field(max_length=MOST_PARENTS)]
    Bases = Annotated[Any, PlainValidator(_bases), _TABLES]
