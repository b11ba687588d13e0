"""Advice on prefix delegation: more pods on full nodes, fewer addresses kept warm, and /28s enough for it."""

from dataclasses import replace

from nodenet.capacity.advice.prefixes import risk
from nodenet.capacity.cni import CniSettings
from nodenet.capacity.fleet import Fleet, Subnet
from nodenet.capacity.placing.place import place
from tests.unit.capacity.advised import advice, applied, cni, fleet, group, only, taken


def test_full_nodes_take_more_pods_with_prefixes() -> None:
    """m5.large: 29 pods by addresses, 110 with prefixes, which is EKS's limit for two vCPUs."""
    full = fleet(group("full", "m5.large", {27: 40}))
    found = only(full, "prefixes")
    assert "m5.large from 29 to 110" in found.sentence
    assert found.settings == {"ENABLE_PREFIX_DELEGATION": "true"}
    assert found.saves == taken(full) - taken(applied(full, found.settings))


def test_without_a_warm_prefix_target_the_advice_brings_one() -> None:
    bare = fleet(group("full", "m5.large", {27: 40}), cni=CniSettings())
    assert only(bare, "prefixes").settings == {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"}


def test_prefixes_save_where_whole_enis_are_kept_warm() -> None:
    """m5.24xlarge with 60 pods: three ENIs of fifty addresses, or one with five prefixes."""
    large = fleet(group("large", "m5.24xlarge", {60: 10}))
    assert only(large, "prefixes").saves == 10 * (3 * 50 - (1 + 5 * 16))


def test_no_prefixes_for_types_that_are_not_built_on_nitro() -> None:
    assert not advice(fleet(group("old", "m4.large", {18: 40})), "prefixes")


def test_types_without_prefixes_are_named_beside_others() -> None:
    both = fleet(group("full", "m5.large", {27: 40}), group("old", "m4.large", {18: 4}))
    assert "Nothing changes for m4.large, not built on Nitro" in only(both, "prefixes").sentence


def test_no_more_pods_by_prefixes_where_the_subnet_has_no_room_for_them() -> None:
    """27 pods take 30 addresses of an m5.large, and three prefixes 49."""
    full = fleet(group("full", "m5.large", {27: 40}))
    # Of 4,091 addresses 2,891 are left, and with prefixes 2,131.
    assert advice(replace(full, headroom=0.5), "prefixes")
    assert not advice(replace(full, headroom=0.6), "prefixes")


def test_no_prefixes_where_a_full_subnet_would_overflow() -> None:
    """Blocks there are enough for 24 prefixes; but eight m5.large would take 392 addresses instead of 240, of 1,019."""
    nodes = (group("full", "m5.large", {27: 8}), group("old", "m4.large", {18: 20}))
    full = fleet(*nodes, subnets=(Subnet("n", "a", 22, used=250),))
    assert not place(full).shortages
    assert not advice(full, "prefixes")


def test_no_prefixes_where_a_subnet_has_too_few_blocks_for_them() -> None:
    """Four m5.24xlarge would take fewer addresses with prefixes, but twenty blocks, and a /24 has fourteen."""
    assert not advice(fleet(group("large", "m5.24xlarge", {60: 4}), length=24), "prefixes")


def test_nodes_with_room_for_pods_need_no_prefixes() -> None:
    assert not advice(fleet(group("idle", "m5.large", {5: 40})), "prefixes")


def test_prefixes_that_are_on_get_a_reservation_where_single_addresses_scatter() -> None:
    scattered = Fleet(
        (Subnet("n", "a", 22), Subnet("m", "a", 22)),
        (
            group("dense", "m5.large", {10: 12}, subnets="n"),
            group("old", "m4.large", {8: 20}, subnets="n"),
        ),
        cni(ENABLE_PREFIX_DELEGATION=True),
    )
    blocks = {use.name: use.blocks for use in place(scattered).subnets}
    assert blocks["n"].wanted == 24
    found = only(scattered, "prefixes")
    assert f"n is likely to have {blocks['n'].expected} aligned /28 free for 24 prefixes" in found.sentence
    # 24 prefixes are 384 addresses: a /23.
    assert "reservation of a /23" in found.sentence
    (use,) = (use for use in place(scattered).subnets if use.name == "n")
    sixteen = replace(use, blocks=replace(use.blocks, wanted=16))
    assert "reservation of a /24" in risk(sixteen)
