"""What identifies the law that an answer used: a hash over every file that could have spoken."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from flopline.regimes.activities import DATA
from flopline.regimes.users import files_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def law_fingerprint(search_path: Sequence[Path | str] = ()) -> str:
    """Return the SHA-256 over the shipped files of the law and those of the user, by their names and bytes.

    Parameters
    ----------
    search_path : sequence of path
        Files and folders with regimes of the user's own.

    Raises
    ------
    RegimeError
        A path that does not exist.
    """
    return fingerprint_of([*sorted(DATA.glob("*.toml")), *files_of(search_path)])


def fingerprint_of(files: Iterable[Path]) -> str:
    """Return the SHA-256 over files, by their names and bytes, in the order given."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.name.encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()
