"""Names in a plan that stand for objects: a config file, a chip, a number format, a utilization, a LoRA."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator

from flopline.architecture import Architecture, read_architecture
from flopline.errors import ArchitectureError, DocumentError, HardwareError, PlanError, QuantityError
from flopline.hardware import FORMATS, Profile, find
from flopline.plan.amounts import DEFAULT, Surroundings, refuse_default_recompute, refusing
from flopline.quantity import Dimension, parse
from flopline.utilization import Utilization, parse_utilization

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


def _config(raw: object, around: Surroundings) -> Architecture:
    if isinstance(raw, Mapping):
        return read_architecture(dict(raw))
    if not isinstance(raw, str) or not raw.strip():
        message = "`config` must be the path of a config.json, a folder that holds one, or a table"
        raise ArchitectureError(message)
    if "\0" in raw:
        message = "a path cannot contain a zero byte"
        raise ArchitectureError(message)
    path = Path(os.path.expanduser(raw))  # noqa: PTH111  # Path's own fails for a user who does not exist
    try:
        return read_architecture(path if path.is_absolute() or around.folder is None else around.folder / path)
    except DocumentError as error:
        # What keeps a file from being read at all is wrong where the plan names it.
        error.diagnostics = tuple(
            problem if problem.place is not None and problem.place.line is not None else replace(problem, place=None)
            for problem in error.diagnostics
        )
        raise


def _hardware(raw: object, around: Surroundings) -> Profile:
    if not isinstance(raw, str):
        message = "`hardware` must be the name of a chip"
        raise HardwareError(message, hint="`flopline hardware list` shows them all")
    own = around.chips.get(raw.strip().lower())
    return find(raw, around.catalogues) if own is None else own


def _chips(_: object, around: Surroundings) -> dict[str, Profile]:
    """Return the plan's own chips, which were read before everything that may name one."""
    return dict(around.chips)


def _formats(raw: object, _: Surroundings) -> dict[str, float]:
    """Read one format, or shares of FLOP per format that add up to one."""
    if isinstance(raw, str):
        raw = {raw: 1.0}
    if not isinstance(raw, Mapping) or not raw:
        message = "`format` must be one format or a table of shares"
        raise PlanError(message, hint="write `bf16`, or `{ fp8 = 0.8, bf16 = 0.2 }`")
    for name in raw:
        if name not in FORMATS:
            message = f"`{name}` is not a number format"
            raise PlanError(message, hint=f"one of {', '.join(FORMATS)}")
    shares = {str(name): parse(share, Dimension.SHARE) for name, share in raw.items()}
    if any(not 0 < share <= 1 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-9:
        message = "shares of formats must be positive and add up to 1"
        raise QuantityError(message, hint="for instance `{ fp8 = 0.8, bf16 = 0.2 }`")
    return shares


def _utilization(raw: object, _: Surroundings) -> Utilization | None:
    return None if raw == DEFAULT else parse_utilization(raw)


_PATH = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}], "description": "path of a config.json"})
_CHIP = WithJsonSchema({"type": "string", "description": "id or full device name of a chip"})
_CHIPS = WithJsonSchema(
    {
        "type": "object",
        "description": "chips of the plan's own: `like` another one, with values in its place, or whole profiles",
        "additionalProperties": {"type": "object", "properties": {"like": {"type": "string"}}},
    }
)
_SHARES = {"type": "object", "propertyNames": {"enum": list(FORMATS)}}
_FORMATS = WithJsonSchema({"anyOf": [{"enum": list(FORMATS)}, _SHARES]})
_UTILIZATION = WithJsonSchema(
    {
        "anyOf": [{"type": "string"}, {"type": "number"}, {"type": "object"}],
        "description": "MFU over executed steps; { mfu | hfu | achieved | tensor_active = ..., scope, peak }; default",
    }
)

# Pydantic is told nothing of the resolved types: it would build schemas of every class inside them at import.
if TYPE_CHECKING:
    Config = Architecture
    Chip = Profile
    Chips = dict[str, Profile]
    Formats = dict[str, float]
    UtilizationValue = Utilization | None
else:
    Config = Annotated[Any, PlainValidator(refusing(_config)), _PATH]
    Chip = Annotated[Any, PlainValidator(refusing(_hardware)), _CHIP]
    Chips = Annotated[Any, PlainValidator(refusing(_chips)), _CHIPS]
    Formats = Annotated[Any, PlainValidator(refusing(_formats)), _FORMATS]
    UtilizationValue = Annotated[Any, PlainValidator(refusing(_utilization)), _UTILIZATION]


class Lora(BaseModel):
    """Low-rank adapters: their rank and the matrices they sit on."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    rank: int = Field(ge=1, le=65_536, strict=True)
    targets: tuple[Annotated[str, Field(min_length=1)], ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_rank(cls, raw: object) -> object:
        return {"rank": raw} if isinstance(raw, int) and not isinstance(raw, bool) else raw

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema of the table, or of the rank that stands for it."""
        table = handler(core)
        return {"anyOf": [handler.resolve_ref_schema(table)["properties"]["rank"], table]}


class Correlation(BaseModel):
    """Correlation of the normal scores of two quantities of the plan."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    between: tuple[str, str]
    rho: float = Field(ge=-1, le=1, allow_inf_nan=False, strict=True)


Trainable = str | None
Recompute = Annotated[
    Literal["none", "flash", "selective", "full", "full+flash"], BeforeValidator(refusing(refuse_default_recompute))
]
