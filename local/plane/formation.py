"""CloudFormation: properties that ministack drops, made to work or reported; types that would go astray, refused."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.plane import private, stack_eks_types, stack_models, stack_types, steps, template_rules
from local.plane.additions import ADDED
from local.plane.nested_stacks import NestedStacks

log = logging.getLogger("local.region")

# ministack would make these in its own models, which nothing in the region looks at: see stack_models.
_OTHER_MODELS = ("AWS::EC2::", "AWS::AutoScaling::", "AWS::EKS::")
# The stack with the bucket of `sam deploy --resolve-s3`: nobody can change its template.
_SAMS_OWN = "aws-sam-cli-managed-default"
# Properties of the types that are deployed here whose values ministack calculates with.
_NUMBERS = {
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "MaximumConcurrency",
    "MaximumEventAgeInSeconds",
    "MaximumRetryAttempts",
    "MemorySize",
    "ReservedConcurrentExecutions",
    "RetentionInDays",
    "Timeout",
}
# Properties that ministack keeps and shows, and does nothing with.
_SHOWN_ONLY = {"AWS::StepFunctions::StateMachine": {"LoggingConfiguration"}}
# Properties that say nothing about how a resource behaves.
_HARMLESS = {"Tags", "Description", "Metadata"}


@dataclass(frozen=True)
class Ignored:
    """A property of a resource in a template that has no effect in the region."""

    stack: str
    resource: str
    type: str
    property: str


class Formation:
    """The properties that were ignored since the last reset."""

    def __init__(self) -> None:
        self.ignored: list[Ignored] = []
        self._installed = False

    def install(self) -> None:
        """Defers to the first call of CloudFormation: its module alone takes a second to import."""
        table = private.get("app.SERVICE_HANDLERS")
        original = table["cloudformation"]

        async def handle(*request: Any) -> Any:
            if not self._installed:
                self._installed = True
                private.check(private.LATE)
                template_rules.install()
                steps.read_definitions_of_stacks()
                stack_eks_types.install()
                types = private.get("services.cloudformation.provisioners._RESOURCE_HANDLERS")
                types["AWS::CloudFormation::Stack"] = dict(NestedStacks(asyncio.get_running_loop()).table())
                self._adapt(types)
            return await original(*request)

        table["cloudformation"] = handle

    def _adapt(self, types: dict[str, dict[str, Any]]) -> None:
        for name in [name for name in types if name.startswith(_OTHER_MODELS)]:
            # What is not put back below fails the stack, and ministack names the type.
            del types[name]
        types |= stack_models.handlers()
        ours = {**stack_types.handlers(), **stack_eks_types.handlers()}
        types |= {name: dict(handlers) for name, handlers in ours.items()}
        for name, handlers in types.items():
            after = ADDED.get(name, {})
            if "create" in handlers:
                handlers["create"] = self._watch_create(name, handlers["create"], after)
            if "update" in handlers:
                handlers["update"] = self._watch_update(name, handlers["update"], after)

    def _watch_create(self, kind: str, original: Any, after: Mapping[str, Any]) -> Any:
        def create(logical_id: str, props: dict[str, Any], stack_name: str, *rest: Any) -> Any:
            watched = _Watched(_numbers(props))
            result = original(logical_id, watched, stack_name, *rest)
            for name, apply in after.items():
                if name in props:
                    apply(result[0], props[name])
            shown_only = _SHOWN_ONLY.get(kind, set()) & props.keys()
            self._report(stack_name, logical_id, kind, (watched.unread() - after.keys()) | shown_only)
            return result

        return create

    def _watch_update(self, kind: str, original: Any, after: Mapping[str, Any]) -> Any:
        def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str, *rest: Any) -> Any:
            result = original(physical_id, _numbers(old), _numbers(new), stack_name, *rest)
            current = result[0] if isinstance(result, tuple) else physical_id
            for name, apply in after.items():
                if old.get(name) != new.get(name):
                    apply(current, new.get(name))
            return result

        return update

    def _report(self, stack: str, resource: str, kind: str, names: set[str]) -> None:
        if stack == _SAMS_OWN:
            return
        for name in sorted(names - _HARMLESS):
            self.ignored.append(Ignored(stack, resource, kind, name))
            log.warning("stack %s: %s of %s (%s) has no effect in the local region", stack, name, resource, kind)


def _numbers(properties: Any, name: str = "") -> Any:
    """The properties with their numbers as numbers: a template's parameters are strings, whatever their type.

    CloudFormation converts a value to the property's type; ministack hands it on as it is.
    """
    if isinstance(properties, Mapping):
        return {key: _numbers(value, key) for key, value in properties.items()}
    if isinstance(properties, list):
        return [_numbers(value, name) for value in properties]
    return int(properties) if name in _NUMBERS and isinstance(properties, str) else properties


class _Watched(dict[str, Any]):
    """Properties of a resource that remember which of them were looked at."""

    def __init__(self, properties: Mapping[str, Any]) -> None:
        super().__init__(properties)
        self._read: set[str] = set()

    def unread(self) -> set[str]:
        return set(super().keys()) - self._read

    def __getitem__(self, name: str) -> Any:
        self._read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._read.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._read.add(name)
        return super().get(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        self._read.add(name)
        return super().pop(name, *default)

    def __iter__(self) -> Iterator[str]:
        self._read |= set(super().keys())
        return super().__iter__()

    def items(self) -> Any:
        self._read |= set(super().keys())
        return super().items()

    def keys(self) -> Any:
        self._read |= set(super().keys())
        return super().keys()
