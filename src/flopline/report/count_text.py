"""The page of `flopline count`: parameters, the ledger term by term, and how it compares with 6ND."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from flopline import quantity
from flopline.report.columns import columns
from flopline.report.page import labelled, page
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from flopline.architecture import Amount, Count
    from flopline.architecture.count import Prediction

_SYMBOLS: Final = {
    "S": "tokens of a sequence",
    "h": "width of the model",
    "H": "query heads",
    "KV": "key-value heads",
    "d": "width of a head",
    "d_v": "width of a head's values",
    "d_n": "width of a head without positions",
    "d_r": "width of a head with rotary positions",
    "r_q": "rank of the queries",
    "r_kv": "rank of keys and values",
    "f": "width of the MLP",
    "f_e": "width of an expert",
    "f_s": "width of the shared experts",
    "E": "experts",
    "k": "experts that a token passes",
    "r": "rank of the adapters",
    "m": "width of the bottlenecks",
    "V": "vocabulary",
    "n": "positions of the output",
    "C_in": "channels read",
    "C_out": "channels written",
    "K": "side of the kernel",
    "T": "length of the text, or of the decoder",
}
_SYMBOL: Final = re.compile(r"[A-Za-z]+(?:_[a-z]+)?")


def count_text(count: Count) -> str:
    """Return the page of one count."""
    blocks = [
        _head(count),
        _parameters(count),
        _ledger(count),
        _totals(count),
        _formulas(count),
        _prediction(count.prediction, count.mtp) if count.prediction else [],
        _comparison(count),
        _conventions(count),
        _warnings(count),
    ]
    return page(blocks)


def _head(count: Count) -> list[str]:
    sequences = "1 sequence" if count.batch == 1 else f"{count.batch:,} sequences"
    modules = ", with its multi-token-prediction modules" if count.mtp else ""
    lengths = "".join(f", {name} {length:,}" for name, length in count.lengths.items())
    return [f"{count.name}   ({count.model_type}), {sequences} of {count.seq_len:,} {count.unit}{lengths}{modules}"]


def _parameters(count: Count) -> list[str]:
    own = count.parameters
    rows = [
        ("total", own.total, "all of them, a tied embedding once"),
        ("active", own.active, "those that one token passes, the head included, the look-up not"),
        ("embedding", own.embedding, "tables of tokens and positions; looking up is free"),
        ("head", own.head, "the matrix to the vocabulary"),
    ]
    if own.experts:
        rows.append(("routed experts", own.experts, f"a token does not pass {own.idle:,} of them"))
    rows.append(("trainable", count.trainable_parameters, ""))
    cells = [(name, f"{number:,}", quantity.counted(number), remark) for name, number, remark in rows]
    return ["  parameters", *columns(cells, indent=4, right=(1, 2))]


def _ledger(count: Count) -> list[str]:
    """Return the terms as integers, which add up to the totals below them."""
    whole = count.training.masked
    head = ("ledger, masked attention", "layers", "forward FLOP", "backward FLOP", "of training")
    rows = [
        (
            f"  {term.name}",
            str(term.layers),
            f"{term.forward.masked:,}",
            f"{term.backward.masked:,}",
            _share(term.forward.masked + term.backward.masked, whole),
        )
        for term in count.terms
    ]
    sums = [
        _sum("sum, masked", count.forward.masked, whole),
        _sum("sum, full square", count.forward.full, count.training.full),
    ]
    return columns([head, *rows, *sums], right=(1, 2, 3, 4))


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else ""


def _sum(name: str, forward: int, training: int) -> tuple[str, str, str, str, str]:
    return (name, "", f"{forward:,}", f"{training - forward:,}", "")


def _totals(count: Count) -> list[str]:
    rows = [("total FLOP", "masked", "", "full square", ""), *_amounts(count.forward, count.training)]
    if count.recompute.full:
        rows.append(_amount("recomputed, apart", count.recompute))
    per_token = [quantity.scientific(one / count.tokens) for one in _pair(count.training)]
    rows.append(("  training per token", "", per_token[0], "", per_token[1]))
    return columns(rows, right=(1, 2, 3, 4))


def _pair(amount: Amount) -> tuple[int, int]:
    return amount.masked, amount.full


def _amounts(forward: Amount, training: Amount) -> list[tuple[str, str, str, str, str]]:
    return [_amount("forward", forward), _amount("training", training)]


def _amount(name: str, amount: Amount) -> tuple[str, str, str, str, str]:
    masked, full = _pair(amount)
    return (
        f"  {name}",
        f"{masked:,}",
        quantity.scientific(masked),
        f"{full:,}",
        quantity.scientific(full),
    )


def _formulas(count: Count) -> list[str]:
    rows = [row for term in count.terms for row in ((term.name, term.formula), ("", term.reference))]
    symbols = "; ".join(f"{name} = {_SYMBOLS[name]}" for name in _symbols(count))
    return ["  formulas", *labelled(rows, indent=4), *wrapped(symbols, indent=4, hanging=4)]


def _symbols(count: Count) -> list[str]:
    """Return the symbols that the formulas use; what follows a colon explains itself."""
    used = {name for term in count.terms for name in _SYMBOL.findall(_symbolic(term.formula))}
    return [name for name in _SYMBOLS if name in used]


def _symbolic(formula: str) -> str:
    """Return the part of a formula that uses the general symbols, and the lengths that it says it runs at."""
    said, _, extents = formula.partition(": ")
    return said + (" T" if re.search(r"\bT\b", extents) else "")


def _prediction(prediction: Prediction, counted: bool) -> list[str]:
    where = "in the totals" if counted else "not in the totals; --mtp adds it"
    size = f"{prediction.parameters.total:,} parameters ({quantity.counted(prediction.parameters.total)})"
    rows = [("  FLOP", "masked", "", "full square", "")]
    rows += _amounts(prediction.forward, prediction.training)
    return [f"  multi-token prediction, {where}: {size}", *columns(rows, right=(1, 2, 3, 4))]


def _comparison(count: Count) -> list[str]:
    compared = count.comparison
    rows = []
    for name, words in (("active", "6 x active x tokens"), ("total", "6 x total x tokens")):
        amount, ratio = compared[f"6ND_{name}"], compared[f"training_masked_over_6ND_{name}"]
        times = f"training is {quantity.significant(ratio, 4)} times this"
        rows.append((words, f"{amount:,}", quantity.scientific(amount), times))
    reasons = [line for one in compared["why"] for line in wrapped(f"- {_grouped(one)}", indent=4)]
    return [
        "  beside six FLOP per parameter and token (6ND)",
        *columns(rows, indent=4, right=(1, 2)),
        *reasons,
    ]


def _grouped(text: str) -> str:
    """Return a sentence with commas in its long integers."""
    return re.sub(r"\b\d{5,}\b", lambda match: f"{int(match[0]):,}", text)


def _conventions(count: Count) -> list[str]:
    rows = [(name.replace("_", " "), _convention(said)) for name, said in count.conventions.items()]
    return ["  conventions", *labelled(rows, indent=4)]


def _convention(said: str | dict[str, Any]) -> str:
    if isinstance(said, str):
        return said
    if "forward" in said:
        ways = ", ".join(f"{name} {quantity.scientific(flop['masked'])}" for name, flop in said["forward"].items())
        return f"{said['text']} (forward: {ways} FLOP)"
    extra = ", ".join(f"{name} {quantity.scientific(flop)}" for name, flop in said["extra"].items())
    return f"{said['text']} ({extra} FLOP)"


def _warnings(count: Count) -> list[str]:
    lines = []
    for warning in count.warnings:
        lines += wrapped(f"{warning.code} {warning.message}", indent=2, hanging=7)
        lines += wrapped(f"hint: {warning.hint}", indent=7) if warning.hint else []
    return lines
