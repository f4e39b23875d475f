"""Lengths and batches that a question may ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture.extents import Lengths
from flopline.architecture.values import refuse, shown, whole
from flopline.errors import Diagnostic, Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flopline.architecture.shape import Architecture

LONGEST: Final = 10_000_000_000
"""Tokens of one sequence; the longest contexts published are ten to a hundred million."""
LARGEST_BATCH: Final = 10**15
"""Sequences of one count: more than any run has seen."""
MOST_DOCUMENTS: Final = 1_000_000
"""Documents that may share one sequence."""


def check_length(raw: object, key: str = "seq_len") -> int:
    """Return a sequence length in tokens.

    Raises
    ------
    ArchitectureError
        For anything but a whole number from 1 to ten billion.
    """
    return _whole(raw, key, LONGEST, "tokens", "8192")


def check_lengths(
    architecture: Architecture, seq_len: object, given: Mapping[str, int | None] | None = None
) -> Lengths:
    """Return the lengths of a sequence, those that are not given being the family's own.

    Parameters
    ----------
    architecture : Architecture
        The model, which says which lengths it needs.
    seq_len : int
        Its first length.
    given : mapping, optional
        Further lengths by name; None where one is left out.

    Raises
    ------
    ArchitectureError
        For lengths that mean nothing, that the family does not have, or that it needs and has no default for.
    """
    tokens = check_length(seq_len)
    asked = {name: value for name, value in (given or {}).items() if value is not None}
    known = {one.name: one for one in architecture.others}
    for name in asked:
        if name not in known:
            hint = f"its lengths are {', '.join(('seq_len', *known))}"
            refuse(name, f"`{architecture.model_type}` has no length `{name}`", hint)
    found = {}
    for name, one in known.items():
        usual = one.default(tokens) if callable(one.default) else one.default
        if name not in asked and usual is None:
            refuse(name, f"`{architecture.model_type}` needs `{name}`: {one.meaning}", f"give `{name}`")
        found[name] = _whole(asked.get(name, usual), name, LONGEST, one.meaning, "512", one.least)
    return Lengths(tokens, found)


def check_batch(raw: object) -> int:
    """Return a number of sequences.

    Raises
    ------
    ArchitectureError
        For anything but a whole number from 1 to 1e15.
    """
    return _whole(raw, "batch", LARGEST_BATCH, "sequences", "1")


def check_documents(raw: Sequence[int] | None, length: int) -> tuple[int, ...]:
    """Return the lengths of packed documents, which fill a sequence.

    Raises
    ------
    ArchitectureError
        For lengths that mean nothing or do not add up to the sequence.
    """
    raw = () if raw is None else raw
    if len(raw) > MOST_DOCUMENTS:
        message = f"a sequence of {len(raw)} documents is more than can be counted"
        refuse("documents", message)
    lengths = tuple(check_length(one, "documents") for one in raw)
    if lengths and sum(lengths) != length:
        message = f"the documents have {sum(lengths)} tokens, the sequence {length}"
        refuse("documents", message, "add padding as a document of its own")
    return lengths


def exceeded(architecture: Architecture, length: int) -> tuple[Diagnostic, ...]:
    """Return a warning where a sequence is longer than the configuration is meant for."""
    if architecture.positions is None or length <= architecture.positions:
        return ()
    message = f"{length} tokens are more than the {architecture.positions} positions of `{architecture.name}`"
    return (Diagnostic("W410", message, Place(key="seq_len"), "the count is exact all the same"),)


def _whole(raw: object, key: str, largest: int, unit: str, example: str, least: int = 1) -> int:
    value = whole(raw, largest, least)
    if value is None:
        message = f"`{key}` must be a whole number of {unit} from {least} to {largest}, found {shown(raw)}"
        refuse(key, message, f"write `{example}`")
    return value
