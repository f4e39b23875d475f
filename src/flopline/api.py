"""The library's verbs: the same questions as the command line, from Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from flopline import __version__
from flopline.architecture import Count
from flopline.architecture import count as _count
from flopline.engine import Estimate, Sweep
from flopline.engine import estimate as _estimate
from flopline.engine import sweep as _sweep
from flopline.engine.again import exceedances as _exceedances
from flopline.engine.compare import PlanComparison
from flopline.engine.compare import compare as _compare
from flopline.engine.compiled_plans import execution_of, known_total, total_of
from flopline.engine.factors import exactly
from flopline.errors import Place, PlanError, QuantityError
from flopline.plan import LoadedPlan, placing, plan_from_keywords, with_observed
from flopline.plan import load as _load
from flopline.plan.axes import geometric as _geometric
from flopline.plan.axes import linear as _linear
from flopline.quantity import parse_any
from flopline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

Execution = Literal["auto", "plain", "compiled"]


@dataclass(frozen=True, slots=True)
class Exceedance:
    """The probability that the total exceeds an amount, with its numerical standard error.

    Attributes
    ----------
    probability, complement : float
        P(total > flop) and 1 - P, each accurate where it is small.
    error : float
        Standard error of the integration.
    flop : float
        The amount.
    """

    probability: float
    complement: float
    error: float
    flop: float

    def to_dict(self) -> dict[str, float]:
        """Return the values as a dictionary."""
        return {
            "flop": self.flop,
            "probability": self.probability,
            "complement": self.complement,
            "error": self.error,
        }


def load(path: str | Path, *, catalogues: Sequence[str | Path] = (), regimes: Sequence[str | Path] = ()) -> LoadedPlan:
    """Return the plan in a TOML or JSON file, valid and with its names resolved.

    Parameters
    ----------
    path : path
        The file.
    catalogues : sequence of path
        Folders with hardware profiles of your own, searched first.
    regimes : sequence of path
        Files and folders with regimes of your own, or amendments of the shipped ones.

    Raises
    ------
    FloplineError
        With every problem of the file and its place.
    """
    return _load(
        _path(path), catalogues=[Path(folder) for folder in catalogues], regimes=[Path(one) for one in regimes]
    )


def estimate(
    plan: LoadedPlan | str | Path | None = None,
    /,
    *,
    level: float | str = 0.9,
    tolerance: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    day: date | str | None = None,
    execution: Execution = "auto",
    regimes: Sequence[str | Path] = (),
    observed: Mapping[str, object] | None = None,
    **keys: object,
) -> Estimate:
    """Return how likely a run is to cross each line.

    Parameters
    ----------
    plan : LoadedPlan or path, optional
        The run; or describe it by keywords, named as the flags of `flopline estimate`.
    level, tolerance, seed, threads, day, execution
        See `flopline.engine.estimate`.
    regimes : sequence of path
        Files and folders with regimes of your own, where keywords describe the run; `load` has its own.
    observed : mapping, optional
        What a run under way has shown: `{"pretrain.tokens": "9T", "pretrain.utilization": "38%..41%"}`.
    **keys
        Keys of a stage: `params="70B"`, `tokens="15T..17T"`, `config="config.json"`, `seq_len=8192`.

    Raises
    ------
    FloplineError
        The question is malformed.
    """
    asked = Settings.of(level=level, tolerance=tolerance, seed=seed, threads=threads, day=day, execution=execution)
    loaded = seen_so_far(_plan(plan, keys, [Path(one) for one in regimes]), observed)
    with placing(loaded):
        return _estimate(
            loaded, level=asked.level, tolerance=asked.tolerance, seed=asked.seed, threads=asked.threads, day=asked.day,
            execution=asked.execution,
        )  # fmt: skip


def _plan(plan: object, keys: Mapping[str, object], regimes: Sequence[Path] = ()) -> LoadedPlan:
    given = {key: value for key, value in keys.items() if value is not None}
    if plan is None:
        if not given:
            message = "nothing to estimate"
            raise PlanError(message, hint='pass a plan, or keywords: estimate(params="70B", tokens="15T")')
        return plan_from_keywords({key: _plain(value) for key, value in given.items()}, _spelled, regimes=regimes)
    loaded = plan if isinstance(plan, LoadedPlan) else _load(_path(plan), regimes=regimes)
    if not given:
        return loaded if not regimes else replace(loaded, regimes=tuple(regimes))
    values = {key: _plain(value) for key, value in given.items()}
    return plan_from_keywords(
        values, _spelled, base=loaded.document, folder=loaded.folder, catalogues=loaded.catalogues,
        regimes=tuple(regimes) or loaded.regimes,
    )  # fmt: skip


def seen_so_far(loaded: LoadedPlan, observed: Mapping[str, object] | None) -> LoadedPlan:
    """Return a plan with what a run under way has shown of it."""
    values = {name: _plain(value) for name, value in (observed or {}).items()}
    return with_observed(loaded, values, lambda name: f"observed={{{name!r}: ...}}")


def _path(raw: object) -> str | Path:
    if isinstance(raw, (str, Path)):
        return raw
    message = f"a plan is what `load` returns, or a path, found a {type(raw).__name__}"
    raise PlanError(message, place=Place(key="plan"))


def _plain(value: object) -> object:
    """Return paths as text and NumPy numbers as Python's own."""
    if isinstance(value, Path):
        return str(value)
    return value.item() if isinstance(value, np.generic) else value


def _spelled(key: str) -> str:
    return f"{key}="


def exceedance(
    plan: LoadedPlan | str | Path,
    flop: float | str | Sequence[float | str],
    *,
    tolerance: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    execution: Execution = "auto",
) -> Any:  # one amount gives one Exceedance, several give a list
    """Return P(total > flop) for one amount, or a list of them for several.

    The total is the training and generation FLOP of this model that is kept, the answer's `total`. From the second
    question about a plan on, `execution="auto"` compiles.
    """
    asked = Settings.of(tolerance=tolerance, seed=seed, threads=threads, execution=execution)
    listed: Iterable[float | str] = flop if isinstance(flop, Iterable) and not isinstance(flop, str) else (flop,)
    amounts = [_positive(one) for one in listed]
    loaded = plan if isinstance(plan, LoadedPlan) else _plan(plan, {})
    total = known_total(loaded)
    if total is None:
        with placing(loaded):
            total = total_of(loaded)
    if total.exact is not None:
        found = [_certain(total.exact, amount) for amount in amounts]
    else:
        answers = _exceedances(
            total, amounts, tolerance=asked.tolerance, seed=asked.seed, threads=asked.threads,
            execution=execution_of(loaded, asked.execution),
        )  # fmt: skip
        found = [Exceedance(*answer, amount) for answer, amount in zip(answers, amounts, strict=True)]
    return found if listed is flop else found[0]


def _positive(raw: float | str) -> float:
    amount = parse_any(raw)
    if not amount > 0:
        message = f"an amount to exceed must be positive, found `{raw}`"
        raise QuantityError(message, hint='write 1e25 or "1e25 FLOP"')
    return amount


def _certain(exact: Fraction, flop: float) -> Exceedance:
    crossed = exact > exactly(flop)
    return Exceedance(float(crossed), float(not crossed), 0.0, flop)


def compare(
    plan: LoadedPlan | str | Path,
    *,
    against: str | None = None,
    level: float | str = 0.9,
    tolerance: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    day: date | str | None = None,
    execution: Execution = "auto",
) -> PlanComparison:
    """Return one plan under every line, also those of the past and pending ones, with what makes the difference.

    Parameters
    ----------
    against : str, optional
        The line that the others are held against; the first by default.
    level, tolerance, seed, threads, day, execution
        See `flopline.engine.estimate`.
    """
    asked = Settings.of(level=level, tolerance=tolerance, seed=seed, threads=threads, day=day, execution=execution)
    loaded = _plan(plan, {})
    with placing(loaded):
        return _compare(
            loaded, against=against, level=asked.level, tolerance=asked.tolerance, seed=asked.seed,
            threads=asked.threads, day=asked.day, execution=asked.execution,
        )  # fmt: skip


def sweep(
    plan: LoadedPlan | str | Path,
    vary: Mapping[str, str | Sequence[object]],
    *,
    tolerance: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    day: date | str | None = None,
    execution: Execution = "auto",
) -> Sweep:
    """Return the probabilities of crossing every line over a grid.

    Parameters
    ----------
    vary : mapping
        Dotted name to values: `{"pretrain.tokens": geometric("14T", "23T", 32), "pretrain.hardware": [...]}`, or
        text as on the command line (`"14T:23T:9"`).
    """
    asked = Settings.of(tolerance=tolerance, seed=seed, threads=threads, day=day, execution=execution)
    loaded = _plan(plan, {})
    with placing(loaded):
        return _sweep(
            loaded, _axes(vary), version=__version__,
            day=asked.day or loaded.plan.day or date.today(),  # the user's own calendar
            tolerance=asked.tolerance, seed=asked.seed, threads=asked.threads, execution=asked.execution,
        )  # fmt: skip


def _axes(vary: object) -> dict[str, Any]:
    if isinstance(vary, Mapping):
        return {str(name): values for name, values in vary.items()}
    message = f"`vary` is a mapping of keys to values, found a {type(vary).__name__}"
    raise PlanError(message, hint='{"pretrain.tokens": "14T:23T:9"}', place=Place(key="vary="))


def count(
    config: str | Path | Mapping[str, object],
    *,
    seq_len: int,
    batch: int = 1,
    lora: int | Mapping[str, object] | None = None,
    adapter: int | None = None,
    trainable: str | Sequence[str] | None = None,
    recompute: str | None = None,
    mtp: bool = False,
    decoder_len: int | None = None,
    text_len: int | None = None,
    frames: int | None = None,
    images: int | None = None,
    image_side: int | None = None,
    patches: int | None = None,
    audios: int | None = None,
    documents: Sequence[int] | None = None,
) -> Count:
    """Return the exact parameters and FLOP of a model; see `flopline.architecture.count`.

    Parameters
    ----------
    config, seq_len, batch, lora, adapter, trainable, recompute, mtp, documents : optional
        As there.
    decoder_len, text_len, frames, images, image_side, patches, audios : int, optional
        Further lengths, for families that have them.
    """
    lengths = {
        "decoder_len": decoder_len, "text_len": text_len, "frames": frames, "images": images,
        "image_side": image_side, "patches": patches, "audios": audios,
    }  # fmt: skip
    return _count(
        config, seq_len=seq_len, batch=batch, lora=lora, adapter=adapter, trainable=trainable, recompute=recompute,
        mtp=mtp, lengths=lengths, documents=documents,
    )  # fmt: skip


def linear(low: float | str, high: float | str, values: int) -> tuple[float, ...]:
    """Return evenly spaced values, ends included."""
    return _linear(parse_any(low), parse_any(high), values)


def geometric(low: float | str, high: float | str, values: int) -> tuple[float, ...]:
    """Return values with a constant ratio, ends included."""
    return _geometric(parse_any(low), parse_any(high), values)
