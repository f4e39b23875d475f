"""Regimes from their files: the shipped ones, and those that users add or amend."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING

from flopline.provenance import Source
from flopline.regimes.activities import DATA, VOCABULARY
from flopline.regimes.form import RegimeForm
from flopline.regimes.law import Cell, Line
from flopline.regimes.regime import Regime
from flopline.regimes.standing import COMPARED, LAW, Life

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from flopline.regimes.form import CountForm, Dated, Dates, DutyRule, LineForm, Threshold


def load_regimes(day: date, search_path: Sequence[Path | str] = ()) -> tuple[Regime, ...]:
    """Return every regime as known on a day, in the order of their ids.

    Regimes that are over or not enacted yet are among them; their `status` says so. `lines` holds what was
    enacted on the day and is not over, `others` what is over, vetoed, a bill or a proposal.

    Parameters
    ----------
    day : date
        The day that fixes which texts are known.
    search_path : sequence of path, optional
        Files, or folders of `*.toml` files, with regimes of the user's own. A file with the id of a shipped
        regime replaces it; a file with `amends = "<id>"` changes it: tables are merged, lists of tables are
        appended to (a later row of `counts`, version of a threshold or duty wins), all else is replaced.

    Raises
    ------
    RegimeError
        For a user's file that does not follow the form, with every place; for a path that does not exist.
    """
    forms = dict(_shipped())
    if search_path:
        # Imported here: the shipped files need no checking, the tests hold them to the same form.
        from flopline.regimes.users import read_forms

        forms |= read_forms(search_path, forms)
    return tuple(_regime(forms[name], day) for name in sorted(forms))


def lines(day: date, search_path: Sequence[Path | str] = ()) -> tuple[Line, ...]:
    """Return every line in force or enacted on a day.

    Parameters
    ----------
    day, search_path
        See `load_regimes`.
    """
    return tuple(line for regime in load_regimes(day, search_path) for line in regime.lines)


def comparison_lines(day: date, search_path: Sequence[Path | str] = ()) -> tuple[Line, ...]:
    """Return every line that is known on a day and is not law on it: over, vetoed, a bill, a draft or a proposal.

    Parameters
    ----------
    day, search_path
        See `load_regimes`.
    """
    return tuple(line for regime in load_regimes(day, search_path) for line in regime.others)


@cache
def _shipped() -> Mapping[str, RegimeForm]:
    """Return the forms of the shipped files, which do not change while the program runs."""
    files = sorted(file for file in DATA.glob("*.toml") if file != VOCABULARY)
    trees = (tomllib.loads(file.read_text(encoding="utf-8")) for file in files)
    return {form.id: form for form in map(RegimeForm.model_validate, trees)}


def _regime(form: RegimeForm, day: date) -> Regime:
    """Return what a form says as known on a day."""
    sources = _sources(form)
    dates = form.dates
    known = [line for name in form.lines if (line := _line(form, name, sources, day)) is not None]
    return Regime(
        id=form.id,
        name=form.name,
        full_name=form.full_name,
        jurisdiction=form.jurisdiction,
        kind=form.kind,
        summary=form.summary,
        notes=form.notes,
        day=day,
        life=_life(form, dates),
        enforced=_day(dates.enforced),
        lines=tuple(line for line in known if line.status in LAW),
        others=tuple(line for line in known if line.status in COMPARED),
        sources=sources,
        form=form,
    )


def _sources(form: RegimeForm) -> dict[str, Source]:
    built = {}
    for name, one in form.sources.items():
        document = form.documents[one.of]
        built[name] = Source(
            cite=f"{document.cite}, {one.at}",
            url=document.url,
            grade=one.grade,
            quote=one.quote,
            verified=one.verified,
        )
    return built


def _line(form: RegimeForm, name: str, sources: Mapping[str, Source], day: date) -> Line | None:
    """Return a line as known on a day; None where nobody knew of it."""
    own = form.lines[name]
    life = _life(form, own.dates)
    versions = _versions(own, life.enacted or life.introduced, day)
    if life.on(day) == "unknown-yet" or not versions:
        return None
    standing = [version for version in versions if version.since <= day]
    return Line(
        id=f"{form.id}/{name}",
        regime=form.id,
        regime_name=form.name,
        jurisdiction=form.jurisdiction,
        name=own.name,
        nature=own.nature,
        quantity=own.quantity,
        day=day,
        threshold=standing[-1] if standing else versions[0],
        thresholds=versions,
        life=life,
        anchors=own.anchors,
        intent=own.intent,
        legacy=form.legacy,
        source=sources[own.source],
        duties=_duties(form, name),
        relative=own.relative,
        cells=_cells(own.counts, sources),
        conditions={one: form.conditions[one] for one in own.conditions},
        tiers=form.tiers,
        sources=sources,
    )


def _life(form: RegimeForm, own: Dates) -> Life:
    """Return the days of a regime, or of a line that has some of its own."""
    days = ("introduced", "vetoed", "enacted", "applies", "ended")
    return Life(form.kind, *(_day(getattr(own, name) or getattr(form.dates, name)) for name in days))


def _versions(line: LineForm, public: date | None, day: date) -> tuple[Threshold, ...]:
    """Return the versions of a threshold that are known on a day, oldest first; of one day the last."""
    by_day = {
        version.since: version for version in line.thresholds if (version.known or public or version.since) <= day
    }
    return tuple(by_day[since] for since in sorted(by_day))


def _cells(rows: Sequence[CountForm], sources: Mapping[str, Source]) -> dict[str, Cell]:
    """Return the table of a line, one cell a row; a later row takes the place of an earlier one."""
    table: dict[str, Cell] = {}
    for row in rows:
        for name in (*row.activities, *(f"actor:{actor}" for actor in row.actors)):
            table[name] = Cell(name, row.answer, row.lean, row.reason, sources[row.source])
    return table


def _duties(form: RegimeForm, name: str) -> tuple[DutyRule, ...]:
    """Return a line's duties after those it inherits, which lose their open-source exemption on the way."""
    line = form.lines[name]
    rules = [
        rule.model_copy(update={"open_source_exempt": False})
        for parent in line.inherits
        for rule in _duties(form, parent)
    ]
    return tuple({rule.id: rule for rule in (*rules, *line.duties)}.values())


def _day(dated: Dated | None) -> date | None:
    return None if dated is None else dated.date
