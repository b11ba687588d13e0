"""How many addresses a node's VPC CNI wants beside those of its pods: its settings, and the decisions by them.

Source: amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go, under the names that the functions here tell; defaults where
the environment says nothing: the same file's constants.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from local.nodes.pool import YOUNG, Interface, Pool, Stats

PREFIX = 16


@dataclass(frozen=True)
class Settings:
    """The environment of aws-node, as far as it is about addresses."""

    custom_networking: bool
    prefixes: bool
    warm_eni: int
    warm_ip: int
    minimum_ip: int
    warm_prefix: int
    max_eni: int
    pod_eni: bool
    subnet_discovery: bool
    manage_unschedulable: bool
    manage_untagged: bool
    cooldown: float
    annotation: str
    label: str
    cluster: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """What cannot be read counts as not given."""

        def flag(name: str, default: bool = False) -> bool:
            # strconv.ParseBool.
            known = {**dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True)}
            known |= dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False)
            return known.get(environment.get(name, ""), default)

        def number(name: str, default: int) -> int:
            text = environment.get(name, "")
            return int(text) if text.isdigit() else default

        return cls(
            custom_networking=flag("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"),
            prefixes=flag("ENABLE_PREFIX_DELEGATION"),
            warm_eni=number("WARM_ENI_TARGET", 1),
            warm_ip=number("WARM_IP_TARGET", 0),
            minimum_ip=number("MINIMUM_IP_TARGET", 0),
            warm_prefix=number("WARM_PREFIX_TARGET", 0),
            max_eni=number("MAX_ENI", 0),
            pod_eni=flag("ENABLE_POD_ENI"),
            subnet_discovery=flag("ENABLE_SUBNET_DISCOVERY", default=True),
            manage_unschedulable=flag("AWS_MANAGE_ENIS_NON_SCHEDULABLE"),
            manage_untagged=flag("MANAGE_UNTAGGED_ENI", default=True),
            cooldown=number("IP_COOLDOWN_PERIOD", 30),
            annotation=environment.get("ENI_CONFIG_ANNOTATION_DEF") or "k8s.amazonaws.com/eniConfig",
            label=environment.get("ENI_CONFIG_LABEL_DEF") or "k8s.amazonaws.com/eniConfig",
            cluster=environment.get("CLUSTER_NAME", ""),
        )

    @property
    def by_address(self) -> bool:
        """Whether WARM_IP_TARGET or MINIMUM_IP_TARGET prevails over the others (warmIPTargetsDefined)."""
        return bool(self.warm_ip or self.minimum_ip)


@dataclass(frozen=True)
class Targets:
    """Decisions for one node. `prefixes`: whether it takes prefixes, as only Nitro types do; `per_eni` are the slots
    of an interface beside its primary address."""

    settings: Settings
    prefixes: bool
    per_eni: int
    max_pods: int

    def too_low(self, stats: Stats) -> bool:
        """isDatastorePoolTooLow."""
        if stats.total >= self.max_pods:
            return False
        if self.settings.by_address:
            return self._short(stats) > 0
        warm = self.settings.warm_prefix * PREFIX if self.prefixes else self.settings.warm_eni * self.per_eni
        return stats.available < warm or (warm == 0 and stats.available == 0)

    def wanted(self, stats: Stats) -> int:
        """Addresses, or prefixes, to ask for on an interface with nothing on it yet (GetENIResourcesToAllocate)."""
        return min(self._missing(stats), self.per_eni)

    def wanted_on(self, interface: Interface, stats: Stats) -> int:
        """As `wanted`, on an interface with some (tryAssignIPs, tryAssignPrefixes)."""
        return min(self.per_eni - len(interface.blocks), self._missing(stats))

    def over(self, stats: Stats) -> int:
        """Addresses, or prefixes, more than the targets ask for (isDatastorePoolTooHigh, tryUnassignCidrsFromAll)."""
        if self.settings.by_address:
            return self._over(stats)
        return max(stats.free_prefixes - self.settings.warm_prefix, 0) if self.prefixes else 0

    def superfluous(self, pool: Pool, now: float, *, soon: bool = False) -> Interface | None:
        """An interface that can go (shouldRemoveExtraENIs, getDeletableENI), or could once it is not too `soon`."""
        stats, interfaces = pool.stats(), pool.interfaces()
        if not self.settings.by_address:
            warm = self.settings.warm_prefix if self.prefixes else self.settings.warm_eni
            size = self.per_eni * (PREFIX if self.prefixes else 1)
            idle = self.prefixes and any(not (each.primary or each.has_pods) for each in interfaces)
            if stats.available < (warm + 1) * size and not idle:
                return None
        for each in interfaces:
            if each.primary or each.has_pods:
                continue
            if not soon and (now - each.since < YOUNG or pool.cooling(each)):
                continue
            if not self._required(each, [other for other in interfaces if other is not each and not other.excluded]):
                return each
        return None

    def _required(self, interface: Interface, others: list[Interface]) -> bool:
        blocks = [b for other in others for b in other.blocks.values() if b.is_prefix == self.prefixes]
        free = sum(block.network.num_addresses - len(block.pods) for block in blocks)
        total = sum(block.network.num_addresses for block in blocks)
        unit = PREFIX if self.prefixes else 1
        warm, least = (-(-each // unit) * unit for each in (self.settings.warm_ip, self.settings.minimum_ip))
        idle = sum(not block.pods for block in blocks)
        return bool(
            (warm and free < warm)
            or (least and total < least)
            or (self.prefixes and self.settings.warm_prefix and idle < self.settings.warm_prefix)
        )

    def _missing(self, stats: Stats) -> int:
        """getPrefixesNeeded, and the same for single addresses."""
        if self.prefixes:
            short = self.settings.warm_prefix - stats.free_prefixes
            return max(1, -(-self._short(stats) // PREFIX) if self.settings.by_address else short)
        return self._short(stats) if self.settings.by_address else self.per_eni

    def _short(self, stats: Stats) -> int:
        """datastoreTargetState, in addresses."""
        return max(self.settings.warm_ip - stats.available, self.settings.minimum_ip - stats.total, 0)

    def _over(self, stats: Stats) -> int:
        """datastoreTargetState, in addresses or prefixes."""
        if not self.prefixes:
            return max(min(stats.available - self.settings.warm_ip, stats.total - self.settings.minimum_ip), 0)
        warm, least = -(-(stats.assigned + self.settings.warm_ip) // PREFIX), -(-self.settings.minimum_ip // PREFIX)
        return max(min(stats.free_prefixes, stats.prefixes - warm, stats.prefixes - least), 0)
