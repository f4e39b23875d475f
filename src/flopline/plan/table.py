"""What every table of a plan shares, and a model by its configuration or its parameters."""

from pydantic import BaseModel, ConfigDict

from flopline.plan.amounts import Count
from flopline.plan.references import Config


class Table(BaseModel):
    """A table of a plan: frozen, and without any key that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True)


class ModelSize(Table):
    """A model, by its configuration or by its parameters.

    Attributes
    ----------
    config : Architecture, optional
        Read from a config.json.
    params, active : amount, optional
        Total parameters, and those that work on one token; `active` absent means a dense model.
    """

    config: Config | None = None
    params: Count | None = None
    active: Count | None = None
