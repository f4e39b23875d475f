"""A configuration file to an architecture."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flopline.architecture.config import Config
from flopline.architecture.purposes import for_its_purpose
from flopline.architecture.readers import READERS, reader_of
from flopline.architecture.values import quoted, refuse, shown
from flopline.documents import from_values, read
from flopline.errors import ArchitectureError, DocumentError, Place

if TYPE_CHECKING:
    from flopline.architecture.shape import Architecture
    from flopline.documents import Document

CONFIG: Final = "config.json"
HUB_NAME: Final = r"[\w-]{1,96}/[\w.-]{1,96}(?<!\.json)(?<!\.toml)"
"""What could be the name of a model on a hub: owner and model."""
UNBOUNDED: Final = ("time_step_limit",)
"""Keys that published state-space configurations write `Infinity` under; no count depends on them."""


def read_architecture(source: str | Path | Mapping[str, object], name: str | None = None) -> Architecture:
    """Return the shape of the model that a Hugging Face configuration describes.

    Parameters
    ----------
    source : path or mapping
        A `config.json`, a directory that holds one, or its content. Names of models on a hub are not fetched.
    name : str, optional
        How to call the model; its directory, file or family otherwise.

    Raises
    ------
    ArchitectureError
        For a family that is not supported, and keys that are missing or mean nothing.
    DocumentError
        For a file that cannot be read.
    """
    document, called = _document(source)
    config = Config(document)
    reader = reader_of(config.model_type)
    if reader is None:
        raise _unsupported(config, config.model_type)
    found = reader(config)
    if not config.was_read("is_encoder_decoder"):
        config.must_be("is_encoder_decoder", False, why="an encoder and a decoder")
    if not config.was_read("architectures"):
        found = for_its_purpose(config, found)
    return replace(found, name=name or called or found.name, warnings=config.warnings())


def _document(source: str | Path | Mapping[str, object]) -> tuple[Document, str]:
    """Return the configuration as a document, and what its file is called."""
    if isinstance(source, Mapping):
        return from_values({str(key): value for key, value in source.items()}, {}), ""
    if not isinstance(source, (str, Path)):
        refuse("config", f"a configuration is a file, a directory or a mapping, found {shown(source)}")
    path = Path(source)
    try:
        path = path / CONFIG if path.is_dir() else path
    except (OSError, ValueError):
        refuse("config", f"{quoted(str(source))} is not the name of a file")
    if re.fullmatch(HUB_NAME, str(source)) and not path.exists():
        message = f"{quoted(str(source))} is neither a file nor a folder"
        hint = "names of models on a hub are not fetched: download the model's config.json and name that"
        raise DocumentError(message, place=Place(file=str(source)), hint=hint, code="E101")
    return read(path, unbounded=UNBOUNDED), path.parent.name if path.name == CONFIG else path.stem


def _unsupported(config: Config, kind: str) -> ArchitectureError:
    near = get_close_matches(kind[:LONGEST_KIND], READERS, n=3, cutoff=0.0)
    message = f"`model_type` `{kind[:LONGEST_KIND]}` is not supported; the nearest is `{near[0]}`"
    keys = config.shaping()
    lost = f"not understood were {', '.join(f'`{key}`' for key in keys)}; " if keys else ""
    hint = f"{lost}{len(READERS)} families are supported (`flopline count --families`), such as {', '.join(near)}"
    return ArchitectureError(message, place=config.document.place((*config.path, "model_type")), hint=hint, code="E401")


LONGEST_KIND: Final = 60
"""Characters of a family's name that an error repeats."""
