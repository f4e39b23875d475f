"""What each part of a model costs forward and backward, given what is trained.

A matrix product costs once its forward FLOP for the gradient of its weights if they are trained, and once
for the gradient of its input if anything below it is. Attention scores cost twice their forward FLOP, less
where queries, keys or values need no gradient (Chowdhery et al. 2022, arXiv:2204.02311, appendix B, for the
factor of two).
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeGuard, get_args

from flopline.architecture.adapters import adapted, bottleneck, checked_bottleneck
from flopline.architecture.operations import (
    ADAPTERS,
    CROSS_SCORES,
    SCORES,
    Kernels,
    Linear,
    Lookup,
    Product,
    Scores,
    Weights,
)
from flopline.architecture.selection import selected
from flopline.architecture.values import refuse, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flopline.architecture.adapters import Lora
    from flopline.architecture.extents import Extent
    from flopline.architecture.masks import Mask
    from flopline.architecture.operations import Operation
    from flopline.architecture.shape import Architecture, Layer

Recompute = Literal["none", "flash", "selective", "full", "full+flash", "full-early-stop"]
RECOMPUTE: Final[tuple[Recompute, ...]] = get_args(Recompute)
"""Ways to recompute activations."""


class Cost(NamedTuple):
    """FLOP of a term each time it runs: per token, per visible pair, or as often as its key says.

    Attributes
    ----------
    layers, leading : int
        Layers that run it so, and those of them where it is the first of its term: a term may run as often as
        tokens and as often as chunks in one layer.
    forward, absorbed : int
        Forward pass, and the same with latent attention absorbed.
    inputs, weights : int
        Backward pass: gradients of inputs and of weights.
    recompute : int
        Forward passes repeated during the backward pass.
    product : int
        Queries times keys, repeated by flash attention's backward pass where one runs.
    """

    layers: int = 0
    forward: int = 0
    absorbed: int = 0
    inputs: int = 0
    weights: int = 0
    recompute: int = 0
    product: int = 0
    leading: int = 0

    def plus(self, other: Cost, times: int = 1) -> Cost:
        """Return the sum with `times` times another cost."""
        return Cost(
            self.layers + times * other.layers,
            self.forward + times * other.forward,
            self.absorbed + times * other.absorbed,
            self.inputs + times * other.inputs,
            self.weights + times * other.weights,
            self.recompute + times * other.recompute,
            self.product + times * other.product,
            self.leading + times * other.leading,
        )


class Key(NamedTuple):
    """What costs are gathered by: part of the model, term of the ledger, and how often the term runs."""

    part: str
    term: str
    on: Extent | Mask


Profile = dict[Key, Cost]


class _Question(NamedTuple):
    """What all layers are asked alike."""

    everything: bool
    rank: int
    targets: frozenset[str]
    bottleneck: int
    mode: Recompute


class _Trace(NamedTuple):
    """What one layer costs, whether its result needs a gradient, and how many parameters it trains."""

    costs: Profile
    needs: bool
    parameters: int


class Profiles(NamedTuple):
    """The costs of a model and of its multi-token-prediction modules, each with the parameters it trains."""

    body: Profile
    trained: int
    prediction: Profile
    prediction_trained: int


def profile(
    architecture: Architecture,
    *,
    lora: Lora | None = None,
    adapter: int | None = None,
    trainable: str | Sequence[str] | None = None,
    recompute: str | None = None,
) -> Profiles:
    """Return the costs of a model by part, term and extent, and how many parameters are trained.

    Parameters
    ----------
    architecture : Architecture
        The model.
    lora : Lora, optional
        Low-rank adapters; the base is frozen then, but for what `trainable` names.
    adapter : int, optional
        Width of bottleneck adapters after every block of every layer, likewise.
    trainable : str or sequence of str, optional
        See `selected`.
    recompute : {"none", "flash", "selective", "full", "full+flash", "full-early-stop"}, optional
        Which forward passes are repeated: none; queries times keys, as a fused backward pass of attention does;
        attention scores; whole layers; both; whole layers but for a last matrix product whose result nothing needs
        (torch's non-reentrant checkpoint).

    Raises
    ------
    ArchitectureError
        For targets, parts or modes that do not exist.
    """
    parts = tuple(trainable) if isinstance(trainable, list) and all(map(_is_text, trainable)) else trainable
    try:
        return _profiles(architecture, lora, adapter, parts, recompute)
    except TypeError:  # what cannot be a key of a cache is refused where it is read
        return _profiles.__wrapped__(architecture, lora, adapter, parts, recompute)


def _is_text(word: object) -> bool:
    return isinstance(word, str)


@lru_cache(maxsize=64)
def _profiles(
    architecture: Architecture,
    lora: Lora | None,
    adapter: int | None,
    trainable: str | Sequence[str] | None,
    recompute: str | None,
) -> Profiles:
    """Return the profiles of a model; a sweep over lengths asks for the same ones again and again."""
    bottleneck = checked_bottleneck(adapter, lora)
    trained = selected(architecture, trainable, lora is not None or bottleneck > 0)
    rank = lora.rank if lora is not None else 0
    question = _Question(trained.everything, rank, adapted(architecture, lora), bottleneck, _mode(recompute))
    known: dict[_Step, _Trace] = {}
    body: Counter[_Step] = Counter()
    prediction: Counter[_Step] = Counter()
    depth, index = architecture.depth, -1
    needs: frozenset[str] = frozenset()
    for position, layer in enumerate(architecture.layers + architecture.prediction):
        index += layer.part == "layer"
        inside = position < len(architecture.layers)
        step = _Step(layer, needs, trained.trains(layer, index, depth) if inside else trained.everything)
        if step not in known:
            known[step] = _trace(layer, needs, step.trains, question)
        if known[step].needs and layer.stream not in needs:
            needs |= {layer.stream}
        (body if inside else prediction)[step] += 1
    return Profiles(*_gathered(known, body), *_gathered(known, prediction))


class _Step(NamedTuple):
    """A layer as it is met: which streams need a gradient by then, and whether it is trained."""

    layer: Layer
    needs: frozenset[str]
    trains: bool


def _gathered(known: dict[_Step, _Trace], times: Counter[_Step]) -> tuple[Profile, int]:
    """Return the sum of the costs of layers, and of the parameters that they train."""
    gathered: Profile = {}
    for step, number in times.items():
        for name, cost in known[step].costs.items():
            gathered[name] = gathered.get(name, Cost()).plus(cost, number)
    return gathered, sum(known[step].parameters * number for step, number in times.items())


def _trace(layer: Layer, streams: frozenset[str], trains: bool, question: _Question) -> _Trace:
    """Follow one layer forward: which results need a gradient, and what its backward pass costs."""
    costs: Profile = {}
    needs = layer.stream in streams
    entering = needs or (trains and layer.norm > 0)
    parameters = layer.norm * trains
    for block in layer.blocks:
        wanted = {f"@{name}" for name in streams}
        if entering if layer.parallel else needs:
            wanted.add("x")
        for one in block.operations:
            own = trains and _trained(one, layer, question.everything)
            parameters += 0 if isinstance(one, (Scores, Product)) else one.parameters * own
            for key, cost in _costs(one, layer.part, wanted, own):
                _add(costs, key, cost)
            if _adapts(one, layer, question):
                _add(costs, Key(layer.part, ADAPTERS, one.on), _adapter(one, question.rank, wanted))
                parameters += question.rank * (one.width + one.outputs) * one.stored
                own = True
            if not _detached(one) and (own or any(name in wanted for name in one.reads)):
                wanted.add(one.name)
        reached = any(name in wanted for name in block.outputs)
        if question.bottleneck and layer.part == "layer":
            for one, given in bottleneck(block, question.bottleneck):
                _add(costs, Key(layer.part, one.term, one.on), _linear(one, {"x"} if reached or given else set(), True))
                parameters += one.parameters
            reached = True
        needs = needs or reached
    if layer.part == "layer":
        _repeat(costs, layer, question.mode)
    first = {key.term: key for key in reversed(costs)}
    placed = {key: cost._replace(layers=1, leading=int(first[key.term] is key)) for key, cost in costs.items()}
    return _Trace(placed, needs, parameters)


def _trained(one: Operation, layer: Layer, everything: bool) -> bool:
    """Return whether the operation's own parameters are trained in a layer that is."""
    if isinstance(one, (Scores, Product, Kernels)) or (isinstance(one, (Weights, Lookup)) and one.frozen):
        return False
    # A head that trains alone is its matrix; the normalization before it trains with everything.
    return everything or layer.part != "head" or isinstance(one, Linear)


def _adapts(one: Operation, layer: Layer, question: _Question) -> TypeGuard[Linear]:
    return bool(question.rank) and isinstance(one, Linear) and layer.part == "layer" and one.name in question.targets


def _detached(one: Operation) -> bool:
    return isinstance(one, (Linear, Scores, Product)) and one.detached


def _costs(one: Operation, part: str, wanted: set[str], own: bool) -> Iterator[tuple[Key, Cost]]:
    """Yield what an operation costs, if anything."""
    if isinstance(one, Scores):
        yield Key(part, one.term, one.mask), _scores(one, wanted)
    elif isinstance(one, Product):
        yield Key(part, one.term, one.on), _product(one, wanted)
    elif isinstance(one, Linear):
        yield Key(part, one.term, one.on), _linear(one, wanted, own)


def _product(one: Product, wanted: set[str]) -> Cost:
    left, right = one.gradients or (one.forward, one.forward)
    inputs = 0 if one.detached else left * (one.left in wanted) + right * (one.right in wanted)
    return Cost(0, one.forward, one.forward, inputs)


def _linear(one: Linear, wanted: set[str], own: bool) -> Cost:
    if one.detached:
        return Cost(0, one.forward, one.forward)
    reached = any(name in wanted for name in one.reads)
    return Cost(0, one.forward, one.forward, one.forward * reached, one.forward * own)


def _scores(one: Scores, wanted: set[str]) -> Cost:
    if one.detached:
        return Cost(0, one.forward, one.forward_absorbed)
    inputs = one.backward(*(name in wanted for name in one.reads))
    return Cost(0, one.forward, one.forward_absorbed, inputs, 0, 0, one.product * (inputs > 0))


def _adapter(one: Linear, rank: int, wanted: set[str]) -> Cost:
    down = 2 * one.width * rank * one.active
    up = 2 * rank * one.outputs * one.active
    if one.detached:
        return Cost(0, down + up, down + up)
    inputs = down * any(name in wanted for name in one.reads) + up
    return Cost(0, down + up, down + up, inputs, down + up)


def _repeat(costs: Profile, layer: Layer, mode: Recompute) -> None:
    """Add the forward passes that are repeated in a layer which the backward pass reaches."""
    if mode == "none" or not any(cost.inputs or cost.weights for cost in costs.values()):
        return
    fused = mode.endswith("flash")
    for key, cost in costs.items():
        whole = mode.startswith("full") or (mode == "selective" and key.term in (SCORES, CROSS_SCORES) and cost.inputs)
        costs[key] = cost._replace(recompute=cost.forward * bool(whole) + cost.product * fused)
    last = layer.blocks[-1].operations[-1]
    if mode == "full-early-stop" and (isinstance(last, Product) or (isinstance(last, Linear) and last.stored == 1)):
        key = Key(layer.part, last.term, last.on)
        costs[key] = costs[key]._replace(recompute=costs[key].recompute - last.forward)


def _add(costs: Profile, key: Key, cost: Cost) -> None:
    costs[key] = costs[key].plus(cost) if key in costs else cost


def _mode(recompute: str | None) -> Recompute:
    asked = "none" if recompute is None else recompute
    found = next((mode for mode in RECOMPUTE if mode == asked), None)
    if found is None:
        refuse("recompute", f"{shown(recompute)} is not a way to recompute", "write " + ", ".join(RECOMPUTE))
    return found
