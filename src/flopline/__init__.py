"""How likely a training run is to cross a legal compute line, before it starts.

Importing flopline loads neither numba nor scipy: every name is imported when it is first used.

Examples
--------
>>> import flopline as fl
>>> estimate = fl.estimate(params="70B", tokens="15T")
>>> estimate.lines["eu-ai-act/gpai"].expected.probability
1.0
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from flopline.version import VERSION

if TYPE_CHECKING:
    from flopline.api import (
        compare,
        count,
        estimate,
        exceedance,
        geometric,
        linear,
        load,
        sweep,
    )
    from flopline.api_evidence import record, recorded
    from flopline.api_forms import figures, timeline
    from flopline.api_inputs import headroom, sensitivity
    from flopline.engine.results import Estimate
    from flopline.errors import FloplineError

__all__ = [
    "Estimate",
    "FloplineError",
    "__version__",
    "compare",
    "count",
    "estimate",
    "exceedance",
    "figures",
    "geometric",
    "headroom",
    "linear",
    "load",
    "record",
    "recorded",
    "sensitivity",
    "sweep",
    "timeline",
]

_HOMES = {
    "Estimate": "flopline.engine.results",
    "FloplineError": "flopline.errors",
    **dict.fromkeys(("record", "recorded"), "flopline.api_evidence"),
    **dict.fromkeys(("figures", "timeline"), "flopline.api_forms"),
    **dict.fromkeys(("headroom", "sensitivity"), "flopline.api_inputs"),
    **dict.fromkeys(
        ("compare", "count", "estimate", "exceedance", "geometric", "linear", "load", "sweep"), "flopline.api"
    ),
}

__version__ = VERSION


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    message = f"module `flopline` has no attribute `{name}`"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
