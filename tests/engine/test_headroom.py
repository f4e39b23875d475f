"""The largest inputs under a limit: closed forms, the plan estimated there, and every way to have no value."""

import numpy as np
import pytest
from building import loaded
from large_inputs import LINE, ONE, SEVERAL
from scipy import stats

from flopline.engine.estimate import estimate
from flopline.engine.headroom import headroom
from flopline.errors import FloplineError
from flopline.plan import load_document


def asked(text, **options):
    return headroom(loaded(text), below=0.05, **({"line": LINE} | options))


def probability(text, name, value):
    """Return P of the plan in which a certain value stands in the place of a quantity."""
    from flopline.plan.axes import replaced

    plan = loaded(text)
    tree, stage = plan.document.tree, name.split(".")
    names = [one["name"] for one in tree["stage"]]
    path = ("model", "params") if stage[0] == "model" else ("stage", names.index(stage[0]), *stage[1:])
    from flopline.documents import from_values
    from flopline.plan import Surroundings

    varied = load_document(from_values(replaced(dict(tree), path, value), {}), Surroundings(plan.folder))
    return estimate(varied).lines[LINE].expected.probability


def test_one_product_has_a_closed_form():
    found = asked(ONE)
    z = stats.norm.isf(0.05)
    expected = {
        "pretrain.tokens": 1e25 / (6 * 70e9 * np.exp(0.2 * z)),
        "model.params": 1e25 / (6 * 20e12 * np.exp(0.3 * z)),
    }
    for name, value in expected.items():
        assert found[name].value == pytest.approx(value, rel=1e-4)
        assert found[name].value <= value * (1 + 1e-9)
        assert found[name].probability <= 0.05
        assert found[name].evaluations <= 6


@pytest.mark.parametrize(
    "name", ["pretrain.tokens", "model.params", "machine.chips", "textbooks.tokens_generated", "machine.days"]
)
def test_the_plan_at_the_value_is_just_below_the_limit(name):
    room = asked(SEVERAL, vary=[name])[name]
    assert room.status == "value", room.reason
    reached = probability(SEVERAL, name, room.value)
    assert reached <= 0.05 + 1e-9
    assert reached == pytest.approx(0.05, abs=1e-3)
    assert room.evaluations <= 6


def test_whole_things_are_rounded_down():
    room = asked(SEVERAL, vary=["chips"])["machine.chips"]
    assert room.value == int(room.value)
    above = probability(SEVERAL, "machine.chips", int(room.value) + 1)
    assert room.probability + room.error <= 0.05 < above + 2 * room.error


def test_no_value_where_the_rest_alone_crosses():
    room = asked(SEVERAL.replace("8T", "60T"), vary=["textbooks.tokens_generated"])["textbooks.tokens_generated"]
    assert (room.status, room.value) == ("never", None)
    assert room.probability > 0.05


def test_what_a_line_does_not_count_does_not_matter():
    plan = ONE + '\n[[stage]]\nname = "try"\nkind = "research"\ntokens = "1T..2T"\n'
    room = headroom(loaded(plan), below=0.05, line="eu-ai-act/gpai", vary=["try.tokens"])["try.tokens"]
    assert (room.status, room.value) == ("irrelevant", None)


def test_two_inputs_move_along_one_line():
    found = asked(ONE, along="model.params=1,pretrain.tokens=2")
    room = found.lines[0].rooms[0]
    steps = {name: np.log(value / room.medians[name]) for name, value in room.values.items()}
    assert steps["pretrain.tokens"] == pytest.approx(2 * steps["model.params"], rel=1e-3)
    assert 6 * np.prod(list(room.values.values())) == pytest.approx(1e25, rel=1e-3)


def test_a_wider_limit_leaves_more_room():
    values = [headroom(loaded(SEVERAL), below=p, line=LINE, vary=["pretrain.tokens"])["pretrain.tokens"].value
              for p in (0.01, 0.05, 0.5)]  # fmt: skip
    assert values == sorted(values)


def test_what_is_left_is_said_of_every_line_with_an_amount():
    found = asked(SEVERAL)
    assert {left.line for left in found.left} >= {LINE, "us-ca-sb53/frontier", "kr-ai-basic-act/safety"}
    tree = found.to_dict()
    assert tree["command"] == "headroom"
    assert tree["lines"][0]["inputs"][0]["status"] == "value"


@pytest.mark.parametrize(
    "wrong",
    [{"line": "nosuch/line"}, {"vary": ["colour"]}, {"along": "pretrain.tokens=0"}, {"line": "eu-ai-act/modifier"}],
)
def test_a_malformed_question_is_refused(wrong):
    with pytest.raises(FloplineError):
        asked(ONE, **wrong)
