"""What is trained and what is computed twice: adapters, frozen parts, fused backward passes; a ledger that adds up."""

from __future__ import annotations

import pytest
from architecture_references import configurations, drawn, lengths_of, table

from flopline.architecture import count, read_architecture, training_flop
from flopline.architecture.formulas import FORMULAS
from flopline.architecture.operations import EXPERTS, Linear
from flopline.errors import ArchitectureError
from flopline.plan.kinds import LENGTHS

CONFIGS = configurations()
ROWS = table("oracle.csv")
FIRST = {row["config_file"]: row for row in ROWS}


@pytest.mark.parametrize("name", CONFIGS)
def test_the_ledger_and_the_sums_of_a_stage_are_the_same(name):
    row = FIRST[name]
    architecture, length = read_architecture(CONFIGS[name]), int(row["seq_len"])
    lengths = lengths_of(row["lengths"])
    found = count(architecture, seq_len=length, lengths=lengths, recompute="full+flash")
    stage = training_flop(architecture, length, lengths=lengths, recompute="full+flash")
    assert (stage.forward_full, stage.forward_masked) == (found.forward.full, found.forward.masked)
    assert (stage.training_full, stage.training_masked) == (found.training.full, found.training.masked)
    assert (stage.recompute_full, stage.recompute) == (found.recompute.full, found.recompute.masked)


@pytest.mark.parametrize("name", CONFIGS)
def test_every_term_has_a_formula_and_a_reference(name):
    architecture = read_architecture(CONFIGS[name])
    terms = {getattr(one, "term", None) for layer in architecture.layers for one in layer.operations} - {None}
    assert terms <= set(FORMULAS)


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row["trust"] == "exact-implementation"],
    ids=lambda row: "-".join((row["case_id"], row["mode"], row["seq_len"])),
)
def test_an_implementation_that_runs_every_expert_executes_the_idle_ones_too(row):
    """Transformers passes every token through all experts of Llama 4; a token needs those that the router chose."""
    architecture = read_architecture(CONFIGS[row["config_file"]])
    tokens = int(row["seq_len"]) * int(row["batch"])
    idle = sum(
        2 * one.width * one.outputs * (one.stored - one.active) * tokens
        for layer in architecture.layers
        for one in layer.operations
        if isinstance(one, Linear) and one.term == EXPERTS
    )
    found = count(architecture, seq_len=int(row["seq_len"]), batch=int(row["batch"]))
    forward = row["mode"] == "fwd"
    needed = found.forward.full if forward else found.training.full
    assert needed == int(row["tool_target"])
    assert needed + idle * (1 if forward else 3) == int(row["executed"])


class TestBottleneckAdapters:
    """Houlsby et al. 2019: h x m and m x h with biases after each of a layer's two blocks."""

    def test_they_train_nothing_else(self, llama):
        assert count(llama, seq_len=8, adapter=16).trainable_parameters == 4 * 2 * (2 * 64 * 16 + 16 + 64)

    def test_their_products_run_forward_and_twice_backward_but_for_the_input_of_the_first(self, llama):
        plain, found = count(llama, seq_len=8), count(llama, seq_len=8, adapter=16)
        each = 2 * 64 * 16 * 8
        assert found.forward.full - plain.forward.full == 4 * 2 * 2 * each
        lines = {term.name: term for term in found.terms}
        assert lines["bottleneck adapters"].weight_gradient.full == 16 * each
        assert lines["bottleneck adapters"].input_gradient.full == 15 * each

    def test_the_frozen_base_passes_gradients_above_the_first_adapter_only(self, llama):
        lines = {term.name: term for term in count(llama, seq_len=8, adapter=16).terms}
        assert lines["MLP"].weight_gradient.full == 0
        assert lines["MLP"].input_gradient.full == lines["MLP"].forward.full
        below = 2 * 8 * 64 * (64 + 2 * 16)  # queries, keys and values of the first layer read the frozen embedding
        assert (
            lines["attention projections"].forward.full - lines["attention projections"].input_gradient.full
            == below + 2 * 8 * 64 * 64
        )

    @pytest.mark.parametrize("wrong", [0, -1, 2.5, "16", True, 10**7])
    def test_a_width_is_a_whole_number(self, llama, wrong):
        with pytest.raises(ArchitectureError):
            count(llama, seq_len=8, adapter=wrong)

    def test_two_kinds_of_adapters_contradict_each_other(self, llama):
        with pytest.raises(ArchitectureError, match="both given"):
            count(llama, seq_len=8, adapter=16, lora=4)


class TestFrozenParts:
    def test_all_but_a_part_is_everything_without_it(self, llama):
        whole = count(llama, seq_len=8)
        found = count(llama, seq_len=8, trainable="all-but-head")
        head = next(term for term in whole.terms if term.name == "LM head")
        assert whole.training.full - found.training.full == head.weight_gradient.full
        assert whole.trainable_parameters - found.trainable_parameters == 300 * 64 + 64

    def test_a_frozen_bottom_gets_no_gradient(self, llama):
        found = count(llama, seq_len=8, trainable="all-but-embedding,all-but-first-2")
        top = count(llama, seq_len=8, trainable="last-2,head")
        assert found.training == top.training

    @pytest.mark.parametrize(
        "words", ["all-but-embedding,head", "all-but-", "all-but-tower", "all-but-first-9", "tower"]
    )
    def test_contradictions_and_parts_that_are_not_there_are_refused(self, llama, words):
        with pytest.raises(ArchitectureError):
            count(llama, seq_len=8, trainable=words)

    def test_frozen_parts_and_adapters_contradict_each_other(self, llama):
        with pytest.raises(ArchitectureError):
            count(llama, seq_len=8, lora=4, trainable="all-but-head")


class TestFusedBackward:
    def test_queries_times_keys_are_repeated_where_a_gradient_passes(self, llama):
        plain, found = count(llama, seq_len=8), count(llama, seq_len=8, recompute="flash")
        assert found.training == plain.training
        assert found.recompute.full == 4 * 2 * 8 * 8 * 8 * 8
        frozen = count(llama, seq_len=8, recompute="flash", trainable="head")
        assert frozen.recompute.full == 0

    def test_whole_layers_come_on_top(self, llama):
        both = count(llama, seq_len=8, recompute="full+flash").recompute.masked
        apart = [count(llama, seq_len=8, recompute=mode).recompute.masked for mode in ("full", "flash")]
        assert both == sum(apart)


def test_every_length_that_a_family_needs_is_a_key_of_a_stage():
    needed = {one.name for config in CONFIGS.values() for one in read_architecture(config).others}
    needed |= {name for row in drawn() for name in row.get("lengths", {})}
    assert needed <= set(LENGTHS)
