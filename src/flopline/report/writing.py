"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from flopline.errors import DocumentError, Place


def write_whole(path: Path, text: str) -> None:
    """Write a text to a file, whole or not at all, with its line ends as they are.

    Raises
    ------
    DocumentError
        It cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        message = f"`{path}` cannot be written: {error.strerror or error}"
        raise DocumentError(message, place=Place(key="-o")) from error
