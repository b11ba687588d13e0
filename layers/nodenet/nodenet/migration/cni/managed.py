"""What the managed add-on is asked for. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from nodenet.migration.cni import configuration_values
from nodenet.migration.cni.addon import Addon
from nodenet.migration.objects import DaemonSetState

type Variables = Mapping[str, str | None]


def kept(addon: Addon, live: DaemonSetState) -> dict[str, Any]:
    """What the way back needs: the text, for people too, and what the text and others past it had set."""
    said = configuration_values.environment(addon.configuration)
    drift = configuration_values.drift(addon.configuration, live.environment, live.managers)
    about = {"version": addon.version, "role": addon.role, "configuration": addon.configuration}
    return {**about, "said": {**said, **drift}}


def changed(
    addon: Addon,
    live: DaemonSetState,
    values: Variables,
    known: Collection[str] | None,
    before: Mapping[str, Any] | None = None,
) -> Addon:
    """The add-on whose text sets these variables, and what others have set past it. `before`, on the way back: what was
    `kept`; a variable whose value was the add-on's own then leaves the text again."""
    drift = configuration_values.drift(addon.configuration, live.environment, live.managers, known)
    said = {name: before["said"].get(name) for name in values} if before else values
    text = configuration_values.with_environment(addon.configuration, {**drift, **said})
    return replace(
        addon, configuration=configuration_values.written_as(text, before["configuration"] if before else "")
    )
