"""Whatever stands under a key of whatever family is counted or refused with its place, in bounded time."""

from __future__ import annotations

import copy
import math
import time

import pytest
from architecture_references import configurations, drawn

from flopline.architecture import count, read_architecture
from flopline.errors import FloplineError

WRONG = (
    None, True, False, 0, -1, 1, 3, 7, 2.5, 1e300, math.nan, math.inf, 10**6, 10**30, "", "many", "1", [], [0], [1, -1],
    [None], ["a"], {}, {"a": 1}, [[1]], [10**9] * 3,
)  # fmt: skip
SLOWEST = 2.0
"""Seconds that no single question may take, on the slowest machine."""


def families():
    """Return one configuration of every family that has a reference."""
    found = {}
    for config in (*configurations().values(), *(row["config"] for row in drawn())):
        found.setdefault(str(config.get("model_type", config.get("_class_name"))), config)
    return found


FAMILIES = families()


def paths(config, prefix=()):
    """Yield the path of every key, nested ones too."""
    for key, value in config.items():
        yield (*prefix, key)
        if isinstance(value, dict) and key.endswith("config"):
            yield from paths(value, (*prefix, key))


def changed(config, path, value):
    tree = copy.deepcopy(config)
    at = tree
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    return tree


def ask(config):
    """Ask for a count and return its result, if it has one; anything but an answer or a refusal is an error."""
    lengths = {}
    try:
        architecture = read_architecture(config)
        for one in architecture.others:
            if one.default is None:
                lengths[one.name] = max(one.least, 8)
        found = count(architecture, seq_len=224, lengths=lengths)
    except FloplineError:
        return None
    numbers = [found.forward.full, found.forward.masked, found.training.full, found.training.masked]
    assert all(isinstance(number, int) and number >= 0 for number in numbers)
    assert found.forward.masked <= found.forward.full
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_any_value_under_any_key_is_counted_or_refused(family):
    config = FAMILIES[family]
    for index, path in enumerate(paths(config)):
        # Every key meets a third of the values, so that all values meet all families.
        for value in WRONG[index % 3 :: 3]:
            start = time.process_time()
            try:
                ask(changed(config, path, value))
            except FloplineError:
                raise
            except Exception as error:
                message = f"{'.'.join(path)} = {value!r}: {type(error).__name__} {error}"
                raise AssertionError(message) from error
            assert time.process_time() - start < SLOWEST, (path, value)


@pytest.mark.parametrize("family", FAMILIES)
def test_any_key_may_be_missing(family):
    config = FAMILIES[family]
    for path in paths(config):
        tree = copy.deepcopy(config)
        at = tree
        for part in path[:-1]:
            at = at[part]
        del at[path[-1]]
        try:
            ask(tree)
        except Exception as error:
            message = f"without {'.'.join(path)}: {type(error).__name__} {error}"
            raise AssertionError(message) from error
