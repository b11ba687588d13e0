"""The VPC CNI as EKS manages it: what is asked of it, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Addon:
    """`configuration`: configurationValues as they were given, empty where none were. `role`: that of its service
    account, by ARN, empty where it has none. `status` as DescribeAddon has it; `issues` of its health, a sentence
    each."""

    version: str
    configuration: str = ""
    role: str = ""
    status: str = "ACTIVE"
    issues: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        """Another update is under way: a second one would be refused."""
        return self.status in ("CREATING", "UPDATING", "DELETING")


@dataclass(frozen=True, slots=True)
class Update:
    """`status`: InProgress, Failed, Cancelled or Successful; `errors`: a sentence each."""

    status: str
    errors: tuple[str, ...] = ()


class Addons(Protocol):
    def vpc_cni(self, cluster: str) -> Addon | None:
        """None where EKS does not manage it."""

    def variables(self, version: str) -> frozenset[str] | None:
        """Names of the variables that this version's configuration may set; None where it does not say."""

    def update(self, cluster: str, addon: Addon, token: str) -> str:
        """Asks for the version, role and configuration of `addon`, over whatever the cluster has (OVERWRITE); gives the
        update's id. All are given each time: a role that is left out is taken off (UpdateAddon, EKS API Reference).
        `token`: twice the same is once."""

    def outcome(self, cluster: str, update: str) -> Update | None:
        """None where the add-on does not know the update: it has been deleted, and made anew."""
