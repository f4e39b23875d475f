"""Regimes of the user's own: files that add a regime, replace one, or amend one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flopline.documents import read, suggestion_hint
from flopline.errors import Diagnostic, Place, RegimeError
from flopline.regimes.check import repeated_rows, validated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flopline.documents import Document
    from flopline.regimes.form import RegimeForm

    Steps = tuple[str | int, ...]
    Shifts = dict[Steps, int]


def read_forms(search_path: Sequence[Path | str], shipped: Mapping[str, RegimeForm]) -> dict[str, RegimeForm]:
    """Return the forms of the user's files by id, checked; later files see what earlier ones say.

    Parameters
    ----------
    search_path : sequence of path
        Files, or folders of `*.toml` files.
    shipped : mapping of str to RegimeForm
        The regimes that files may amend.

    Raises
    ------
    RegimeError
        With every place of a file that does not follow the form; for a path that does not exist.
    """
    forms: dict[str, RegimeForm] = {}
    for file in files_of(search_path):
        added = form_of(read(file), {**shipped, **forms})
        forms[added.id] = added
    return forms


def files_of(search_path: Sequence[Path | str]) -> list[Path]:
    """Return the regime files of a search path, in the order in which they are read."""
    found: list[Path] = []
    for entry in map(Path, search_path):
        if entry.is_dir():
            found.extend(sorted(entry.glob("*.toml")))
        elif entry.exists():
            found.append(entry)
        else:
            message = f"`{entry}` does not exist"
            raise RegimeError(message, place=Place(file=str(entry)))
    return found


def form_of(document: Document, forms: Mapping[str, RegimeForm]) -> RegimeForm:
    """Return what one file says, merged into the regime that it amends, and checked.

    Raises
    ------
    RegimeError
        With every place of the file that does not follow the form.
    """
    tree, shifts = document.tree, dict[tuple[str | int, ...], int]()
    if "amends" in tree:
        base = _base(document, forms)
        changes = {key: value for key, value in tree.items() if key != "amends"}
        tree = base | {key: _merged(base.get(key), value, (key,), shifts) for key, value in changes.items()}

    def where(path: Steps, key: bool) -> Place:
        return document.place(_own(path, shifts), key)

    twice = [
        Diagnostic("E702", message, document.place(path), hint) for path, message, hint in repeated_rows(document.tree)
    ]
    form, problems = validated(tree, where)
    if form is None or problems or twice:
        raise RegimeError.of([*problems, *twice])
    return form


def _base(document: Document, forms: Mapping[str, RegimeForm]) -> dict[str, Any]:
    """Return the tree of the regime that a file amends."""
    name = document.tree["amends"]
    if not isinstance(name, str) or name not in forms:
        message = f"`{name}` is not a regime that can be amended"
        hint = suggestion_hint(str(name), forms)
        raise RegimeError(message, hint=hint, place=document.place(("amends",)))
    return forms[name].model_dump(by_alias=True, exclude_unset=True)


def _merged(base: object, change: object, path: Steps, shifts: Shifts) -> object:
    """Return a value with changes in it; `shifts` learns how far lists move the user's items."""
    if isinstance(base, dict) and isinstance(change, dict):
        return base | {key: _merged(base.get(key), value, (*path, key), shifts) for key, value in change.items()}
    tables = isinstance(change, list) and any(isinstance(item, dict) for item in change)
    if tables and isinstance(base, (list, tuple)) and isinstance(change, list):
        shifts[path] = len(base)
        return [*base, *change]
    return change


def _own(path: Steps, shifts: Shifts) -> Steps:
    """Return where a path of the merged tree leads in the user's own file."""
    own: list[str | int] = []
    for index, part in enumerate(path):
        shift = shifts.get(path[:index], 0)
        if isinstance(part, int) and part < shift:
            break
        own.append(part - shift if isinstance(part, int) else part)
    return tuple(own)
