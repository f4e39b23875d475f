"""The table of what moves the answer."""

from flopline.engine.sensitivity import Influence, Sensitivity
from flopline.report.sensitivity_text import sensitivity_lines


def page(**changes):
    one = Influence("pretrain.tokens", 1.7e13, 1.93e13, 2.2e13, 0.02, 0.99, 0.21, 0.575, "plan")
    for name, value in changes.items():
        object.__setattr__(one, name, value)
    return "\n".join(sensitivity_lines(Sensitivity("eu-ai-act/systemic-risk", "expected", 0.367, (one,))))


def test_it_names_the_measurement_that_would_settle_the_question():
    text = page()
    assert "`pretrain.tokens`. Once it is known" in text
    assert "2 % .. 99 %" in text
    assert "=======|" in text


def test_it_says_so_where_none_would():
    assert "No single measurement would settle" in page(settles=0.0)
    assert "40 % for the first case" in page(low=0.4, high=0.4)
    assert "<0.1 %" in page(at_low=1e-9)
