"""Errors carry every problem of a question as a value: code, message, place and hint."""

from __future__ import annotations

import copy
import pickle

import pytest

from flopline import errors
from flopline.errors import Diagnostic, DocumentError, FloplineError, HardwareError, Place, PlanError, QuantityError

CHILDREN = sorted(FloplineError.__subclasses__(), key=lambda child: child.__name__)
HERE = Place("plan.toml", 12, 10, 'tokens = "22T..17T"', "stage.pretrain.tokens")


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (HERE, "plan.toml:12:10 (stage.pretrain.tokens)"),
        (Place("plan.toml", 12, 10), "plan.toml:12:10"),
        (Place("plan.toml", key="stage"), "plan.toml (stage)"),
        (Place("plan.toml"), "plan.toml"),
        (Place(key="--tokens"), "--tokens"),
        (Place(), "?"),
    ],
)
def test_a_place_reads_as_editors_and_compilers_write_it(place: Place, shown: str) -> None:
    assert str(place) == shown


def test_an_error_is_one_diagnostic() -> None:
    error = QuantityError("`22T..17T` is upside down", hint="the lower end comes first", place=HERE)
    assert error.diagnostics == (Diagnostic("E200", "`22T..17T` is upside down", HERE, "the lower end comes first"),)
    assert (error.code, error.message, error.place, error.hint) == (
        "E200",
        "`22T..17T` is upside down",
        HERE,
        "the lower end comes first",
    )


def test_an_error_reads_as_one_line_a_problem() -> None:
    error = PlanError.of(
        [Diagnostic("E301", "unknown key `token`", HERE, "did you mean `tokens`?"), Diagnostic("E302", "empty")]
    )
    assert str(error) == (
        "plan.toml:12:10 (stage.pretrain.tokens): unknown key `token` (hint: did you mean `tokens`?)\nempty"
    )


def test_several_problems_keep_their_order_and_the_class() -> None:
    problems = [Diagnostic("E301", "first", HERE), Diagnostic("E302", "second")]
    error = PlanError.of(iter(problems))
    assert isinstance(error, PlanError)
    assert error.diagnostics == tuple(problems)
    assert (error.code, error.message, error.place) == ("E301", "first", HERE)


def test_a_place_is_given_once() -> None:
    unplaced = Diagnostic("E200", "bad")
    assert unplaced.at(HERE).place == HERE
    assert unplaced.at(HERE).at(Place(key="--tokens")).place == HERE
    assert unplaced.place is None


def test_a_code_of_its_own_replaces_that_of_the_class() -> None:
    assert HardwareError("unknown chip", code="E501").code == "E501"


@pytest.mark.parametrize("child", CHILDREN)
def test_every_child_has_a_code_and_a_docstring_of_its_own(child: type[FloplineError]) -> None:
    others = {other.default_code for other in [FloplineError, *CHILDREN] if other is not child}
    assert child("bad").code == child.default_code
    assert child.default_code not in others
    assert child.__doc__ != FloplineError.__doc__


def test_the_tree_of_errors_is_flat() -> None:
    defined = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert sorted(child.__name__ for child in defined) == sorted(
        ["FloplineError", *(child.__name__ for child in CHILDREN)]
    )


def test_bad_arguments_are_value_errors_too_and_unreadable_files_are_not() -> None:
    assert issubclass(QuantityError, ValueError)
    assert issubclass(PlanError, ValueError)
    assert not issubclass(DocumentError, ValueError)


def test_diagnostics_do_not_change_and_can_be_collected() -> None:
    with pytest.raises(AttributeError):
        HERE.line = 3
    assert len({Diagnostic("E200", "bad", HERE), Diagnostic("E200", "bad", copy.copy(HERE))}) == 1


def test_errors_cross_processes_with_all_they_carry() -> None:
    error = PlanError.of([Diagnostic("E301", "first", HERE, "hint"), Diagnostic("E302", "second")])
    assert pickle.loads(pickle.dumps(error)).diagnostics == error.diagnostics
