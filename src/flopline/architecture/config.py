"""A configuration as typed keys, each read with the family's own default or refused with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn

from flopline.architecture.unread import could_count
from flopline.architecture.values import shown, whole
from flopline.errors import ArchitectureError, Diagnostic

if TYPE_CHECKING:
    from flopline.documents import Document

LARGEST: Final = 100_000_000
"""Largest width, vocabulary or number of experts that is believed; published ones stay below a million."""
DEEPEST: Final = 10_000
"""Most layers that are believed; published models have a few hundred at most."""

_MISSING: Final = object()


@dataclass(frozen=True)
class TextModel:
    """What a multimodal family's `text_config` may leave out.

    Attributes
    ----------
    model_type : str, optional
        The text model's family.
    sizes : mapping
        Defaults of its configuration class for keys that every other family must give: published files leave
        out what equals them.
    """

    model_type: str | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)


class Config:
    """The keys of one (possibly nested) configuration, and which of them were read.

    Parameters
    ----------
    document : Document
        The file, for places.
    path : tuple of str
        Keys from the root to this configuration: `("text_config",)`.
    outer : Config, optional
        The configuration around it, whose `tie_word_embeddings` holds for the text model too.
    usual : TextModel, optional
        What a nested configuration leaves out because its configuration class says it.
    tied : bool, optional
        Whether embedding and head share their matrix, where the model around this one decides it.
    """

    def __init__(
        self,
        document: Document,
        path: tuple[str, ...] = (),
        *,
        outer: Config | None = None,
        usual: TextModel | None = None,
        tied: bool | None = None,
    ) -> None:
        self.document = document
        self.path = path
        self._outer = outer
        self._usual = usual or TextModel()
        self._tied = tied
        tree: Any = document.tree
        for key in path:
            tree = tree[key]
        self._tree: Mapping[str, Any] = tree
        self._read: set[str] = set()
        self._notes: list[Diagnostic] = []
        self._inner: list[Config] = []
        self._older: Mapping[str, str] = {}

    @property
    def model_type(self) -> str:
        """The family, or the class of a diffusion model that has none; an error where both are missing."""
        if not self.has("model_type") and self.has("_class_name"):
            return self.text("_class_name")
        return self.text("model_type", self._usual.model_type)

    @property
    def around(self) -> str:
        """Family of the configuration around this one, empty where there is none."""
        return self._outer.model_type if self._outer is not None else ""

    def has(self, key: str) -> bool:
        """Return whether a key is given and not null."""
        return self._tree.get(key) is not None

    def was_read(self, key: str) -> bool:
        """Return whether a reader asked for a key."""
        return key in self._read

    def given(self, key: str) -> bool:
        """Return whether a key stands in the configuration, null included."""
        return key in self._tree

    def size(self, *names: str, default: int | None = None, largest: int = LARGEST) -> int:
        """Return a whole number of at least 1, under the first of several names that is given.

        Parameters
        ----------
        names : str
            The key, and other names that the family's configuration accepts for it.
        default : int, optional
            What the family's configuration takes where the key is missing or null; None: it is an error.
        largest : int
            The largest number that is believed.
        """
        key, raw = self._first(names)
        if raw is None:
            usual = self._usual.sizes.get(key) if default is None else default
            if usual is None:
                self._missing(names, key)
            if default is None:
                self.note(key, f"`{key}` is not given; {usual} is what `{self.model_type}` has without it", code="W404")
            return usual
        value = whole(raw, largest)
        if value is None:
            message = f"`{key}` must be a whole number from 1 to {largest}, found {shown(raw)}"
            self.refuse(key, message, "write the number without quotes, sign or decimal point")
        return value

    def optional(self, key: str, default: int | None = None, least: int = 1) -> int | None:
        """Return a whole number that may be null, the default where the key is missing."""
        self._read.add(key)
        raw = self._tree.get(key, _MISSING)
        if raw is _MISSING:
            return default
        if raw is None:
            return None
        value = whole(raw, LARGEST, least)
        if value is None:
            message = f"`{key}` must be null or a whole number from {least} to {LARGEST}, found {shown(raw)}"
            self.refuse(key, message, "write the number without quotes, sign or decimal point")
        return value

    def number(self, key: str, default: int | None = None) -> int:
        """Return a whole number of at least 0."""
        value = self.optional(key, default, least=0)
        if value is None:
            if default is None:
                self._missing((key,), key)
            return default
        return value

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false; null is the default."""
        self._read.add(key)
        raw = self._tree.get(key)
        if raw is None:
            return default
        if not isinstance(raw, bool):
            self.refuse(key, f"`{key}` must be true or false, found {shown(raw)}")
        return raw

    def tied(self, default: bool) -> bool:
        """Return whether embedding and head share their matrix, which an outer configuration may say."""
        around = self._outer.flag("tie_word_embeddings", default) if self._outer is not None else default
        found = self.flag("tie_word_embeddings", around)
        return found if self._tied is None else self._tied

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text."""
        self._read.add(key)
        raw = self._tree.get(key)
        if raw is None:
            if default is None:
                self._missing((key,), key)
            return default
        if not isinstance(raw, str):
            self.refuse(key, f"`{key}` must be a text, found {shown(raw)}")
        return raw

    def words(self, key: str, length: int) -> list[str] | None:
        """Return a list with one word for each layer, or None where it is not given."""
        self._read.add(key)
        raw = self._tree.get(key)
        if raw is None:
            return None
        if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
            self.refuse(key, f"`{key}` must be a list of texts, found {shown(raw)}")
        if len(raw) != length:
            self.refuse(key, f"`{key}` names {len(raw)} layers, the model has {length}")
        return list(raw)

    def sizes(self, key: str, length: int | None = None, default: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """Return a list of whole numbers of at least 1, one for each stage of a model.

        Parameters
        ----------
        key : str
            The key.
        length : int, optional
            How many there must be; None: at least one.
        default : tuple of int, optional
            What the family takes where the key is missing or null; None: it is an error.
        """
        self._read.add(key)
        raw = self._tree.get(key)
        if raw is None:
            if default is None:
                self._missing((key,), key)
            return default
        if not isinstance(raw, list) or not 0 < len(raw) <= DEEPEST or any(whole(one, LARGEST) is None for one in raw):
            self.refuse(key, f"`{key}` must be a list of whole numbers from 1 to {LARGEST}, found {shown(raw)}")
        if length is not None and len(raw) != length:
            self.refuse(key, f"`{key}` has {len(raw)} numbers, the model has {length} stages")
        return tuple(raw)

    def ratio(self, key: str, default: float | None = None) -> float:
        """Return a finite positive number that need not be whole."""
        self._read.add(key)
        raw = self._tree.get(key)
        if raw is None:
            if default is None:
                self._missing((key,), key)
            return default
        if isinstance(raw, bool) or not isinstance(raw, (int, float)) or not 0 < raw <= LARGEST:
            self.refuse(key, f"`{key}` must be a positive number up to {LARGEST}, found {shown(raw)}")
        return float(raw)

    def nested(self, key: str, *, usual: TextModel | None = None, tied: bool | None = None) -> Config:
        """Return the table under a key as a configuration of its own, whose warnings count with this one's."""
        self._read.add(key)
        raw = self._tree.get(key)
        if raw is None:
            self._missing((key,), key)
        if not isinstance(raw, Mapping):
            self.refuse(key, f"`{key}` must be a table, found {shown(raw)}")
        inner = Config(self.document, (*self.path, key), outer=self, usual=usual, tied=tied)
        self._inner.append(inner)
        return inner

    def forget(self, key: str) -> None:
        """Drop the warnings of what was nested under a key, where it is left out of the count."""
        self._inner = [one for one in self._inner if one.path != (*self.path, key)]

    def classes(self) -> str:
        """Return the class that the configuration was saved from, empty where it does not say."""
        raw = self.raw("architectures")
        return raw[0] if isinstance(raw, list) and raw and isinstance(raw[0], str) else ""

    def indices(self, key: str) -> frozenset[int]:
        """Return a list of layers by number, empty where it is missing or null."""
        self._read.add(key)
        raw = self._tree.get(key)
        if raw is None:
            return frozenset()
        if not isinstance(raw, list) or any(whole(one, DEEPEST, 0) is None for one in raw):
            self.refuse(key, f"`{key}` must be a list of layer numbers")
        return frozenset(raw)

    def raw(self, key: str) -> Any:
        """Return a value as it stands, None where it is missing."""
        self._read.add(key)
        return self._tree.get(key)

    def ignore(self, *keys: str) -> None:
        """Say that keys of this family cannot change the count."""
        self._read.update(keys)

    def accept(self, older: Mapping[str, str]) -> None:
        """Say which other names, of an older file, stand for sizes."""
        self._older = older

    def ignore_copies(self, inside: Mapping[str, Any]) -> None:
        """Say that keys are copies, with the same values, of what a nested table gives."""
        self._read.update(
            key for key, value in self._tree.items() if could_count(key, value) and inside.get(key) == value
        )

    def ignore_rest(self) -> None:
        """Say that no other key can change the count, where all that they describe is left out of it."""
        self._read.update(self._tree)

    def must_be(self, key: str, *allowed: object, why: str) -> None:
        """Refuse a key whose value makes another model of the family; missing and null are allowed."""
        self._read.add(key)
        raw = self._tree.get(key)
        if raw is not None and not any(raw is one or (type(raw) is type(one) and raw == one) for one in allowed):
            self.refuse(key, f"`{key}` is {shown(raw)}: {why}, which is not counted yet")

    def note(self, key: str, message: str, hint: str | None = None, code: str = "W401") -> None:
        """Keep a warning about a key."""
        found = Diagnostic(code, message, self.document.place((*self.path, key), key=True), hint)
        if found not in self._notes:
            self._notes.append(found)

    def refuse(self, key: str, message: str, hint: str | None = None) -> NoReturn:
        """Raise the error for a key."""
        raise ArchitectureError(message, place=self.document.place((*self.path, key)), hint=hint)

    def warnings(self) -> tuple[Diagnostic, ...]:
        """Return warnings: those kept, and one for each key that was not read and could change the count."""
        unread = [key for key in self._tree if key not in self._read and could_count(key, self._tree[key])]
        for key in sorted(unread)[:MOST_WARNINGS]:
            name = key[: 2 * SHOWN_KEY]
            family = self._family()[:SHOWN_KEY]
            message = f"`{name}` is not a known key of `{family}`, and its name says that it may change the count"
            self.note(key, message, "the count leaves it out")
        return (*self._notes, *(one for inner in self._inner for one in inner.warnings()))

    def shaping(self) -> list[str]:
        """Return the keys that nobody read and whose names say that they shape a model, some of them."""
        unread = [key for key in self._tree if key not in self._read and could_count(key, self._tree[key])]
        return [key[:SHOWN_KEY] for key in sorted(unread)[:MOST_WARNINGS]]

    def _family(self) -> str:
        """Return what a message calls the family, which a nested table need not name."""
        named = self._tree.get("model_type") or self._tree.get("_class_name") or self._usual.model_type
        return named if isinstance(named, str) else ".".join(self.path)

    def _first(self, names: tuple[str, ...]) -> tuple[str, Any]:
        names = (*names, *(self._older[name] for name in names if name in self._older))
        self._read.update(names)
        for name in names:
            if self._tree.get(name) is not None:
                return name, self._tree[name]
        return names[0], None

    def _missing(self, names: tuple[str, ...], key: str) -> NoReturn:
        others = [name for name in names if name != key]
        hint = f"`{others[0]}` is accepted too" if others else "it has no default that could be relied on"
        self.refuse(key, f"the configuration has no `{key}`", hint)


MOST_WARNINGS: Final = 20
"""Unread keys that are named one by one."""
SHOWN_KEY: Final = 40
"""Characters of a key that a warning repeats."""
