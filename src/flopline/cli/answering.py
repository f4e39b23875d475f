"""From arguments to an answered question: finding the plan, asking the engine, printing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flopline.cli.counting import LONGEST, lora_of
from flopline.cli.options import day_of, number_of
from flopline.cli.talk import colored, print_answer, print_json, say
from flopline.errors import DocumentError, Place, PlanError
from flopline.settings import TOLERANCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from flopline.cli.gate import Gate
    from flopline.engine import Estimate
    from flopline.plan import LoadedPlan

GATE_TRIPPED = 1
_LISTED = ("generates", "none", "merges", "after")
_PAIRED = ("markets", "revenue", "format", "seq_len")
_TRUTHS = ("mtp", "old_log_probabilities", "prefix_cache", "evicted")
_WHOLE = (
    "seq_len", "lora", "adapter", "turns", "decoder_len", "text_len", "frames", "images", "image_side", "patches",
    "audios",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """What every command shares."""

    day: date | None
    level: float
    tolerance: float
    seed: int
    threads: int
    catalogues: tuple[Path, ...]
    color: bool
    regimes: tuple[Path, ...] = ()

    @classmethod
    def of(
        cls,
        day: str | None,
        level: str | None,
        tolerance: str | None,
        seed: int,
        threads: int,
        catalogues: Sequence[Path],
        color: str,
        regimes: Sequence[Path] = (),
    ) -> Settings:
        """Return the settings that flags describe."""
        for folder in catalogues:
            if not folder.is_dir():
                message = f"`{folder}` is not a folder"
                raise DocumentError(message, place=Place(key="--catalogue"))
        return cls(
            day_of(day),
            number_of(level, "--level", 0.9, 0.0, 1.0),
            number_of(tolerance, "--tolerance", 1e-4, *TOLERANCES),
            seed,
            threads,
            tuple(catalogues),
            colored(color),
            tuple(regimes),
        )


def find_plan(name: str, settings: Settings) -> LoadedPlan:
    """Return a plan by path or by the name of an example; an existing path wins.

    Raises
    ------
    DocumentError
        There is neither.
    """
    from flopline.documents import suggestion_hint
    from flopline.plan import examples, find_example, load

    path = Path(name) if "\0" not in name else Path("?")
    if not path.exists():
        example = find_example(name)
        if example is None and (path.suffix in (".toml", ".json") or "/" in name):
            return load(path, catalogues=settings.catalogues, regimes=settings.regimes)
        if example is None:
            message = f"`{name}` is neither a file nor an example"
            hint = suggestion_hint(name, [one.name for one in examples()]) or "`flopline examples` lists them"
            raise DocumentError(message, hint=hint, place=Place(key="PLAN"))
        path = example
    return load(path, catalogues=settings.catalogues, regimes=settings.regimes)


def values_of(given: Mapping[str, str]) -> dict[str, object]:
    """Return flag texts as the plan's tree holds them: lists, tables, whole numbers, true and false."""
    return {key: _value(key, text) for key, text in given.items()}


def _value(key: str, text: str) -> object:
    if key in _LISTED:
        return [part.strip() for part in text.split(",") if part.strip()]
    if key in _PAIRED and "=" in text and not text.lstrip().startswith("{"):
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        return {name.strip(): value.strip() for name, _, value in pairs}
    if key in _TRUTHS and text in ("true", "false"):
        return text == "true"
    if key == "lora" and ":" in text and not text.lstrip().startswith("{"):
        return lora_of(text)
    if key == "documents":
        return [_value("seq_len", part) for part in text.split(",")]
    digits = text.strip()
    if key in _WHOLE and digits.isascii() and digits.isdigit() and len(digits) <= LONGEST:
        return int(digits)
    return text


def plans_of(names: Sequence[str], given: Mapping[str, str], settings: Settings) -> list[LoadedPlan]:
    """Return the plans that arguments and flags describe."""
    from flopline.plan import plan_from_keywords

    if not names and not given:
        message = "nothing to estimate"
        hint = "name a plan or an example, or describe a run: --params 70B --tokens 15T"
        raise PlanError(message, hint=hint, place=Place(key="PLAN"))
    plans = [find_plan(name, settings) for name in names]
    if not given:
        return plans
    values = values_of(given)
    if plans:
        return [
            plan_from_keywords(
                values, spelled, catalogues=settings.catalogues, regimes=settings.regimes, base=plan.document,
                folder=plan.folder,
            )
            for plan in plans
        ]  # fmt: skip
    return [plan_from_keywords(values, spelled, catalogues=settings.catalogues, regimes=settings.regimes)]


def spelled(key: str) -> str:
    """Return a key as its flag."""
    return "--" + key.replace("_", "-")


def observed_flag(name: str) -> str:
    """Return how a figure of a run under way is written."""
    return f"--observed {name}"


def answer_estimates(
    names: Sequence[str],
    given: Mapping[str, str],
    observed: Mapping[str, object],
    settings: Settings,
    gate: Gate,
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Print one estimate per plan; returns the exit code."""
    from flopline.plan import with_observed

    code = 0
    plans = [with_observed(plan, observed, observed_flag) for plan in plans_of(names, given, settings)]
    answers = [_answer(plan, settings) for plan in plans]
    tripped = [gate.tripped(answer) for answer in answers]
    for answer, lines in zip(answers, tripped, strict=True):
        if as_json:
            print_json(answer.to_dict())
        else:
            _print_page(answer, verbose=verbose)
        if lines:
            code = GATE_TRIPPED
            _say_tripped(answer, lines, gate)
    if not as_json and not quiet:
        _next(names, given)
    return code


def _answer(plan: LoadedPlan, settings: Settings) -> Estimate:
    from flopline.engine import estimate
    from flopline.plan import placing

    with placing(plan):
        return estimate(
            plan, level=settings.level, tolerance=settings.tolerance, seed=settings.seed, threads=settings.threads,
            day=settings.day,
        )  # fmt: skip


def _print_page(answer: Estimate, *, verbose: bool) -> None:
    from flopline.report.estimate_text import estimate_text

    print_answer(estimate_text(answer, verbose=verbose))


def _say_tripped(answer: Estimate, lines: Sequence[str], gate: Gate) -> None:
    from flopline.quantity import percent, share

    for name in lines:
        probability = getattr(answer.lines[name], gate.reading).probability
        say(f"gate: {name} is crossed with {percent(probability)} ({gate.reading}), above {share(gate.limit or 0)}")


def _next(names: Sequence[str], given: Mapping[str, str]) -> None:
    if names:
        say(f"hint: `flopline explain {names[0]}` shows every number's formula and source")
    elif given:
        say("hint: `flopline init` with the same flags writes a plan to build on")
