"""What can go wrong, by what is to be done about it.

    NodenetError
    ├── TransientError            try again: later the same call may succeed
    │   ├── Throttled             the account's API rate is spent, or AWS has a fault of its own
    │   └── NotYet                EC2 does not show or allow it yet: a new ENI, a pending instance
    │       └── AttachmentGone    EC2 does not know the attachment: not yet, or it is detached
    ├── NodeError                 this node cannot have its networks: roll back, replace the node
    ├── HeldError                 replacing the node would not help: touch nothing, wait for a person
    │   ├── AccessDenied          one permission is missing
    │   ├── PermissionsMissing    every permission that a reading lacks
    │   └── ConfigurationError    the configuration is wrong: every mistake of it
    ├── PlanningError             what is to be planned for is wrong: every mistake of it
    ├── MigrationError            why a step of a migration does not go on: what its state machine catches, by name
    │   ├── Waiting               what was begun goes on by itself: look again later
    │   ├── Overdue               it has waited for longer than it was given: held
    │   ├── Blocked               the preflight found what must be mended first: nothing was changed
    │   ├── ClusterBusy           another run has the cluster's lock
    │   ├── Cancelled             somebody wants the run to turn back
    │   └── Superseded            the run has turned back or ended meanwhile: nothing is to be done
    └── a refusal of EC2 that the code which called knows how to take
        ├── IndexTaken            somebody attached at this device index first
        ├── InterfaceInUse        the ENI is attached already
        ├── InterfaceGone         the ENI is no longer there
        ├── TokenSpent            the client token was used with other parameters
        ├── NoBlockFree           the subnet has no contiguous block for a prefix
        ├── AddressTaken          an address that was asked for is somebody else's
        └── AlreadyThere          what was to be made has been made meanwhile

botocore's exceptions become these in `nodenet.aws.errors` and are known nowhere else.
"""

from collections.abc import Mapping, Sequence


class NodenetError(Exception):
    """Base of everything that nodenet raises on purpose."""


class TransientError(NodenetError):
    """Later the same call may succeed."""


class Throttled(TransientError):
    """The API rate is spent, AWS has a fault, or the connection broke."""


class NotYet(TransientError):
    """EC2 does not show or allow it yet."""


class AttachmentGone(NotYet):
    """EC2 does not know the attachment."""


class NodeError(NodenetError):
    """This node cannot have its networks, another in its place might."""


class HeldError(NodenetError):
    """No node can be wired until a person changes something: permissions, quotas, what fills the node."""


class AccessDenied(HeldError):
    """One permission is missing."""


class PermissionsMissing(HeldError):
    """`denied`: every permission that is missing, and how it was refused."""

    def __init__(self, denied: Mapping[str, str]) -> None:
        self.denied = dict(denied)
        by_reason: dict[str, list[str]] = {}
        for permission, how in self.denied.items():
            by_reason.setdefault(how, []).append(permission)
        super().__init__("\n".join(f"{_are(names)} missing: {how}" for how, names in by_reason.items()))


def _are(names: Sequence[str]) -> str:
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"


class ConfigurationError(HeldError):
    """The configuration is wrong. `mistakes` holds one sentence each, with its path in the document."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class PlanningError(NodenetError):
    """What is to be planned for is wrong. `mistakes` holds one sentence each, with its line and its path."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class IndexTaken(NodenetError):
    """The device index has an interface already."""


class InterfaceInUse(NodenetError):
    """The ENI is attached, to this instance or another."""


class InterfaceGone(NodenetError):
    """EC2 does not know the ENI."""


class TokenSpent(NodenetError):
    """The client token was used before with other parameters."""


class NoBlockFree(NodenetError):
    """The subnet is too full, or too fragmented, for the prefixes that were asked for."""


class AddressTaken(NodenetError):
    """An address or prefix that was asked for by name is in use."""


class AlreadyThere(NodenetError):
    """A route to the same destination, or a reservation of the same addresses, is there already."""


class MigrationError(NodenetError):
    """A step of a migration does not go on. The class's name is what the state machine retries or catches."""


class Waiting(MigrationError):
    """What was begun goes on by itself: look again later. The message says how far it is."""


class Overdue(MigrationError):
    """It has waited for longer than it was given."""


class Blocked(MigrationError):
    """The preflight found what must be mended first."""


class ClusterBusy(MigrationError):
    """Another run has the cluster's lock. `run`: which."""

    def __init__(self, cluster: str, run: str) -> None:
        self.run = run
        super().__init__(f"run {run} is at work on cluster {cluster}: wait for its end, or cancel it")


class Cancelled(MigrationError):
    """Somebody wants the run to turn back."""


class Superseded(MigrationError):
    """The run has turned back or ended meanwhile."""
