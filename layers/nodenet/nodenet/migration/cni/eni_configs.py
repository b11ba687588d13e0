"""An ENIConfig for every pod subnet: before the switch, since a node without one does not get Ready."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nodenet.migration.cni.environment import config_name
from nodenet.migration.request import Mode
from nodenet.migration.run import Notes, Run

type Spec = dict[str, Any]


class EniConfigs(Protocol):
    def eni_configs(self) -> dict[str, Spec]: ...
    def apply_eni_config(self, name: str, subnet: str, groups: Sequence[str] = (), *, force: bool = False) -> None: ...
    def delete_eni_config(self, name: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class ApplyEniConfigs:
    """A Step. They are applied by nodenet, and not by the add-on, so that they also go in the order of the way back."""

    eni_configs: EniConfigs
    name: str = "apply_eni_configs"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.step

    def forward(self, run: Run, notes: Notes) -> str:
        """HeldError names what belongs to somebody else and says otherwise."""
        if run.request.mode is not Mode.CUSTOM_NETWORKING:
            return "pods get addresses of their nodes' subnets: no ENIConfig is needed"
        wanted, there = _wanted(run), self.eni_configs.eni_configs()
        notes.keep(before={name: there.get(name) for name in wanted}, applied=wanted)
        changed = [name for name, spec in wanted.items() if not _same(there.get(name), spec)]
        for name in changed:
            self.eni_configs.apply_eni_config(name, wanted[name]["subnet"], wanted[name].get("securityGroups", ()))
        return f"{len(wanted)} ENIConfigs, {', '.join(wanted)}; {len(changed)} of them changed"

    def back(self, run: Run, notes: Notes) -> str:
        applied: Mapping[str, Spec] = notes.get("applied", {})
        there = self.eni_configs.eni_configs() if applied else {}
        restored, left = 0, []
        for name, spec in applied.items():
            before, now = notes["before"][name], there.get(name)
            if now is None or _same(now, before):
                continue
            if not _same(now, spec):
                left.append(f"{name}, which somebody has changed meanwhile")
                continue
            restored += 1
            if before is None:
                self.eni_configs.delete_eni_config(name)
            else:
                groups = before.get("securityGroups", ())
                self.eni_configs.apply_eni_config(name, before["subnet"], groups, force=True)
        said = f"{restored} ENIConfigs as before"
        return f"{said}; left as they are: {', '.join(left)}" if left else said


def _wanted(run: Run) -> dict[str, Spec]:
    groups = list(run.request.security_groups)
    more: Spec = {"securityGroups": groups} if groups else {}
    subnets = run.notes("extend_vpc")["podSubnets"]
    return {config_name(each["zone"], each["label"]): {"subnet": each["id"], **more} for each in subnets}


def _same(one: Spec | None, other: Spec | None) -> bool:
    if one is None or other is None:
        return one is other
    groups = (sorted(each.get("securityGroups") or ()) for each in (one, other))
    return one.get("subnet") == other.get("subnet") and next(groups) == next(groups)
