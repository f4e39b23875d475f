"""Instance types of clouds: data of the catalogue, and a look-up that never takes one for another."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flopline.errors import HardwareError
from flopline.hardware import find, find_instance, instance_of, load_catalogue, load_clouds, shipped
from flopline.hardware.names import bare, normalised

CLOUDS = load_clouds(shipped())
INSTANCES = [one for cloud in CLOUDS for one in cloud.instances()]
CATALOGUE = load_catalogue()
CHIPS = {profile.id: profile for profile in CATALOGUE.profiles}


def test_the_common_clouds_are_there():
    assert {cloud.name for cloud in CLOUDS} >= {
        "Amazon Web Services", "Google Cloud", "Microsoft Azure", "Oracle Cloud Infrastructure", "Lambda",
    }  # fmt: skip


@pytest.mark.parametrize("instance", INSTANCES, ids=lambda one: one.name)
def test_every_type_holds_a_chip_of_the_catalogue_and_is_found_in_any_case(instance):
    assert instance.chip in CHIPS
    assert instance.source
    for name in (instance.name, instance.name.upper(), instance.name.lower()):
        found = find_instance(name, shipped())
        assert (found.name, found.chip, found.chips) == (instance.name, instance.chip, instance.chips)


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_a_type_means_its_chip_wherever_a_chip_is_named(cloud):
    for instance in cloud.instances()[::4]:
        assert find(instance.name).id == instance.chip


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_every_source_is_cited_and_described(cloud):
    cited = {key for group in (*cloud.family, *cloud.slice, *cloud.part) for key in group.source}
    assert cited == set(cloud.sources)
    for source in cloud.sources.values():
        assert ("general knowledge" in source.cite) == (source.grade == "recalled")


def test_no_type_has_the_name_of_a_chip_or_of_another_type():
    names = [normalised(one.name) for one in INSTANCES]
    assert len(set(names)) == len(names)
    chips = {normalised(name) for chip in CHIPS.values() for name in (chip.id, *chip.aliases)}
    assert not chips & set(names)
    assert not {bare(name) for name in chips} & set(names)


@pytest.mark.parametrize(
    ("name", "chip", "chips"),
    [
        ("p5.48xlarge", "h100-sxm", 8),
        ("p4d.24xlarge", "a100-sxm-40gb", 8),
        ("p4de.24xlarge", "a100-sxm-80gb", 8),
        ("trn2.48xlarge", "trainium2", 16),
        ("g5.12xlarge", "a10g", 4),
        ("a2-megagpu-16g", "a100-sxm-40gb", 16),
        ("a3-ultragpu-8g", "h200-sxm", 8),
        ("Standard_NC40ads_H100_v5", "h100-nvl", 1),
        ("Standard_ND96isr_H100_v5", "h100-sxm", 8),
        ("BM.GPU.H100.8", "h100-sxm", 8),
        ("gpu_1x_h100_pcie", "h100-pcie", 1),
    ],
)
def test_well_known_types(name, chip, chips):
    found = instance_of(name)
    assert (found.chip, found.chips) == (chip, chips)


@pytest.mark.parametrize(
    ("name", "chip", "chips"),
    [("v4-512", "tpu-v4", 256), ("v5p-128", "tpu-v5p", 64), ("v3-8", "tpu-v3", 4), ("v5litepod-256", "tpu-v5e", 256),
     ("v6e-8", "tpu-v6e", 8)],
)  # fmt: skip
def test_slices_of_tpus_count_cores_or_chips(name, chip, chips):
    """`v4-512` are 256 chips and `v6e-8` are 8: the number is of TensorCores, of which a chip has two or one."""
    found = instance_of(name)
    assert (found.chip, found.chips) == (chip, chips)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("p5", "E515"), ("p5.96xlarge", "E515"), ("a3-highgpu-16g", "E515"), ("v4-7", "E514"), ("v5p-0", "E514"),
        ("g6f.large", "E514"), ("Standard_NV6ads_A10_v5", "E514"), ("NVIDIA A100-SXM4-40GB MIG 1g.5gb", "E513"),
        ("p5.48xlarge.metal", "E501"), ("v4-", "E501"), ("v4--8", "E501"),
    ],
)  # fmt: skip
def test_what_is_no_whole_number_of_chips_is_refused_with_the_reason(name, code):
    if name == "v4--8":  # a dash more or less is a way of writing
        assert find(name).id == "tpu-v4"
        return
    with pytest.raises(HardwareError) as caught:
        find(name)
    assert caught.value.code == code
    assert caught.value.diagnostics[0].hint


def test_a_chip_is_no_instance():
    assert instance_of("h100-sxm") is None
    assert instance_of("H100") is None
    assert instance_of("NVIDIA H100 80GB HBM3") is None


NAMES = sorted({name for chip in CHIPS.values() for name in (chip.id, chip.name, *chip.aliases)})
WHOLE = {bare(name) for chip in CHIPS.values() for name in (chip.id, *chip.aliases)} | {
    normalised(one.name) for one in INSTANCES
}


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_part_of_a_name_finds_nothing_but_what_it_is_itself(data):
    """`L4` is a part of `L40S`, and `A10` of `A10G`."""
    name = data.draw(st.sampled_from(NAMES))
    start = data.draw(st.integers(0, len(name) - 1))
    part = name[start : data.draw(st.integers(start + 1, len(name)))]
    try:
        found = find(part)
    except HardwareError:
        return
    slices = [one.prefix for cloud in CLOUDS for one in cloud.slice]
    assert bare(part) in WHOLE or any(normalised(part).startswith(prefix) for prefix in slices), (part, found.id)


def test_the_look_up_of_an_id_reads_no_cloud(monkeypatch):
    monkeypatch.setattr("flopline.hardware.catalogue.find_instance", None)
    assert find("h100-sxm").id == "h100-sxm"
    assert find("NVIDIA H100 80GB HBM3").id == "h100-sxm"
