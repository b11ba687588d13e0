"""Switches the VPC CNI of a cluster that has no nodes yet, and switches it back, through the managed add-on alone: no
credentials for the cluster are needed, and no node is touched.

Nothing is kept elsewhere: what the resource has set is what its properties say, and whether it has made the add-on says
the add-on's tag. So a request that comes twice, or after half of it was done, is nothing special.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from nodenet.errors import HeldError, Overdue, TransientError
from nodenet.migration.cni.addon import Addon, Update
from nodenet.migration.cni.configuration_values import environment, parsed, with_environment, with_values
from nodenet.migration.cni.new_cluster_properties import Wish

MADE: Final = "nodenet:cluster"
"""The tag, with the cluster's name, of an add-on that was made here."""

_FAILED: Final = ("CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED")
_SECONDS: Final = 5.0


class Addons(Protocol):
    def cluster_is_there(self, cluster: str) -> bool: ...
    def node_groups(self, cluster: str) -> tuple[str, ...]: ...
    def vpc_cni(self, cluster: str) -> Addon | None: ...
    def create(self, cluster: str, configuration: str, tags: Mapping[str, str], token: str) -> None: ...
    def update(self, cluster: str, addon: Addon, token: str) -> str: ...
    def outcome(self, cluster: str, update: str) -> Update | None: ...
    def release(self, cluster: str) -> None: ...


@dataclass(frozen=True, slots=True)
class NewCluster:
    """`token`: of the request, the same when it comes again. `left`: the seconds until all must be over; `pause` lets
    some pass. A Lambda function may wait here: with no node there is no roll-out, so EKS is done within a minute, and
    nobody else would have to be told how far it is.
    """

    addons: Addons
    cluster: str
    token: str
    left: Callable[[], float]
    pause: Callable[[float], None]

    def switch(self, wish: Wish, before: Wish | None = None) -> str:
        """Has EKS apply what is wished; `before` is what was wished until now, None for a resource that is new.

        HeldError where EKS refuses, where somebody has configured the add-on otherwise, and where a new resource would
        switch a cluster that has node groups; Overdue where EKS takes too long.
        """
        addon = self._settled()
        if addon is None:
            return self._make(wish)
        text = switched(addon.configuration, wish, before)
        if parsed(text) == parsed(addon.configuration) and addon.status not in _FAILED:
            return "the add-on vpc-cni has custom networking already"
        if before is None:
            self._refuse_nodes()
            refuse_others(addon.configuration, wish)
        self._update(addon, text)
        return "the add-on vpc-cni is configured for custom networking"

    def restore(self, wish: Wish) -> str:
        """Takes what is wished out of the add-on's configuration again, and EKS's hands off an add-on that was made
        here: its software stays in the cluster. What somebody has changed meanwhile is left. A cluster or an add-on
        that is gone is none to restore."""
        try:
            return self._restore(wish)
        except HeldError:
            if self._patiently(lambda: self.addons.cluster_is_there(self.cluster)):
                raise
            return "the cluster is gone"

    def _restore(self, wish: Wish) -> str:
        if not self._patiently(lambda: self.addons.cluster_is_there(self.cluster)):
            return "the cluster is gone"
        addon = self._settled()
        if addon is None:
            return "the add-on vpc-cni is gone"
        text = restored(addon.configuration, wish)
        # One that never came to be takes no update.
        if parsed(text) != parsed(addon.configuration) and addon.status != "CREATE_FAILED":
            self._update(addon, text)
        if addon.tags.get(MADE) != self.cluster:
            return "the add-on vpc-cni is configured as before"
        self._patiently(lambda: self.addons.release(self.cluster))
        self._settled()
        return "EKS does not manage the VPC CNI any longer"

    def _make(self, wish: Wish) -> str:
        self._refuse_nodes()
        text = switched("", wish)
        while (addon := self._settled()) is None:
            try:
                self.addons.create(self.cluster, text, {MADE: self.cluster}, self.token)
            except TransientError as error:
                # It may have been made all the same.
                self._wait(str(error))
        if addon.status in _FAILED:
            why = "; ".join(addon.issues) or "EKS does not say why"
            raise HeldError(f"the add-on vpc-cni is {addon.status}: {why}")
        return "the add-on vpc-cni is made, with custom networking"

    def _update(self, addon: Addon, text: str) -> None:
        changed = replace(addon, configuration=text)
        update = self._patiently(lambda: self.addons.update(self.cluster, changed, self.token))
        while (outcome := self._patiently(lambda: self.addons.outcome(self.cluster, update))) is None or (
            outcome.status == "InProgress"
        ):
            self._wait(f"EKS updates the add-on vpc-cni (update {update})")
        if outcome.status != "Successful":
            why = "; ".join(outcome.errors) or "EKS does not say why"
            raise HeldError(f"update {update} of the add-on vpc-cni is {outcome.status}: {why}")

    def _settled(self) -> Addon | None:
        """The add-on once nothing is under way."""
        while (addon := self._patiently(lambda: self.addons.vpc_cni(self.cluster))) and addon.busy:
            self._wait(f"the add-on vpc-cni is {addon.status}")
        return addon

    def _patiently[T](self, call: Callable[[], T]) -> T:
        while True:
            try:
                return call()
            except TransientError as error:
                self._wait(str(error))

    def _wait(self, why: str) -> None:
        if self.left() < _SECONDS:
            raise Overdue(f"{why}, and the time is up")
        self.pause(_SECONDS)

    def _refuse_nodes(self) -> None:
        if groups := self._patiently(lambda: self.addons.node_groups(self.cluster)):
            named = ", ".join(groups[:5])
            raise HeldError(f"cluster {self.cluster} has node groups ({named}): have a migration switch it")


def switched(text: str, wish: Wish, before: Wish | None = None) -> str:
    """The add-on's text with what is wished, and without what was wished before only."""
    values = {**dict.fromkeys(before.environment if before else ()), **wish.environment}
    return with_values(with_environment(text, values), {"eniConfig": dict(wish.eni_config)})


def restored(text: str, wish: Wish) -> str:
    """The add-on's text without what is wished, as far as it still says so."""
    said, ours = environment(text), wish.environment
    without = with_environment(text, {name: None for name, value in ours.items() if said.get(name) == value})
    return with_values(without, {"eniConfig": None} if parsed(text).get("eniConfig") == wish.eni_config else {})


def refuse_others(text: str, wish: Wish) -> None:
    """HeldError where the text says something else already: nobody could restore that."""
    document: dict[str, Any] = parsed(text)
    said = environment(text)
    wrong = [f"env.{name}" for name, value in wish.environment.items() if said.get(name, value) != value]
    wrong += ["eniConfig"] if document.get("eniConfig", wish.eni_config) != wish.eni_config else []
    if wrong:
        raise HeldError(f"the add-on's configuration has {', '.join(wrong)} already, and otherwise: take it out there")
