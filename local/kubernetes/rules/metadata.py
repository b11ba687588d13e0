"""Rules that hold for every object's metadata.

Sources: Kubernetes documentation, "Object Names and IDs", "Labels and Selectors", "Annotations"; apimachinery,
pkg/api/validation/objectmeta.go and pkg/util/validation/validation.go; apiserver, pkg/storage/names/generate.go.
"""

import random
import re
from collections.abc import Mapping
from typing import Any

from local.kubernetes.resources import Resource
from local.kubernetes.rules import field_errors
from local.kubernetes.statuses import Cause
from local.kubernetes.things import Thing

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_DNS_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"

_LABEL_SAYS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    f"with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
_SUBDOMAIN_SAYS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    f"end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_DNS_1035_SAYS = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    f"'{_DNS_1035}')"
)
_VALUE_SAYS = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'{_VALUE}')"
)
_QUALIFIED_SAYS = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    f"character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_QUALIFIED}')"
)

_LABELS_OF_DNS = frozenset({"Namespace", "StatefulSet"})
_OTHER_NAMES = "rbac.authorization.k8s.io"
_RANDOM = "bcdfghjklmnpqrstvwxz2456789"
_ALL_ANNOTATIONS = 256 * 1024


def generated(base: str) -> str:
    """A name of generateName: five characters more, 63 at most."""
    return base[:58] + "".join(random.choices(_RANDOM, k=5))  # noqa: S311 - a name, no secret


def label_value(value: str) -> bool:
    return len(value) <= 63 and bool(re.fullmatch(_VALUE, value))


def name_errors(resource: Resource, name: str, field: str = "metadata.name") -> list[Cause]:
    if not name:
        return [field_errors.required(field, "name or generateName is required")]
    if resource.group == _OTHER_NAMES:  # those of roles may have colons and the like, if a path can hold them
        wrong = [f"may not be '{name}'"] if name in (".", "..") else []
        wrong += [f"may not contain '{each}'" for each in "/%" if each in name]
        return [field_errors.invalid(field, name, each) for each in wrong]
    longest, pattern, says = 253, _SUBDOMAIN, _SUBDOMAIN_SAYS
    if resource.kind in _LABELS_OF_DNS:
        longest, pattern, says = 63, _LABEL, _LABEL_SAYS
    elif resource.kind == "Service" and not resource.group:
        longest, pattern, says = 63, _DNS_1035, _DNS_1035_SAYS
    wrong = [f"must be no more than {longest} characters"] if len(name) > longest else []
    wrong += [] if re.fullmatch(pattern, name) else [says]
    return [field_errors.invalid(field, name, each) for each in wrong]


def label_name_errors(field: str, name: str) -> list[Cause]:
    """Of a name that must be a DNS label, such as a container's."""
    wrong = ["must be no more than 63 characters"] if len(name) > 63 else []
    wrong += [] if re.fullmatch(_LABEL, name) else [_LABEL_SAYS]
    return [field_errors.invalid(field, name, each) for each in wrong]


def errors(thing: Thing) -> list[Cause]:
    """Of everything but the name."""
    about = thing["metadata"]
    wrong = label_errors(about.get("labels") or {}, "metadata.labels")
    annotations = about.get("annotations") or {}
    for key in annotations:
        wrong += _key_errors(str(key).lower(), "metadata.annotations")
    if sum(len(key) + len(value) for key, value in annotations.items()) > _ALL_ANNOTATIONS:
        wrong.append(Cause("FieldValueTooLong", "Too long: may not be more than 262144 bytes", "metadata.annotations"))
    wrong += _owner_errors(about.get("ownerReferences") or ())
    for finalizer in about.get("finalizers") or ():
        wrong += _key_errors(finalizer, "metadata.finalizers")
    return wrong


def label_errors(labels: Mapping[str, Any], field: str) -> list[Cause]:
    wrong: list[Cause] = []
    for key, value in labels.items():
        wrong += _key_errors(key, field)
        if len(value) > 63:
            wrong.append(field_errors.invalid(field, value, "must be no more than 63 bytes"))
        if not re.fullmatch(_VALUE, value):
            wrong.append(field_errors.invalid(field, value, _VALUE_SAYS))
    return wrong


def update_errors(old: Thing, new: Thing) -> list[Cause]:
    """A deleted object takes no new finalizers (ValidateNoNewFinalizers)."""
    before, after = (each["metadata"].get("finalizers") or [] for each in (old, new))
    added = sorted(set(after) - set(before))
    if "deletionTimestamp" not in old["metadata"] or not added:
        return []
    says = (
        f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{_go(added)}}}"
    )
    return [field_errors.forbidden("metadata.finalizers", says)]


def _owner_errors(owners: Any) -> list[Cause]:
    wrong = [
        field_errors.required(f"metadata.ownerReferences[{index}].{key}") if key not in owner else None
        for index, owner in enumerate(owners)
        for key in ("apiVersion", "kind", "name", "uid")
    ]
    controllers = [each for each in owners if each.get("controller")]
    if len(controllers) > 1:
        first, second = (f"{each['kind']}/{each['name']}" for each in controllers[:2])
        says = (
            f'Only one reference can have Controller set to true. Found "true" in references for {first} and {second}'
        )
        wrong.append(field_errors.invalid("metadata.ownerReferences", owners, says))
    return [each for each in wrong if each]


def _key_errors(key: str, field: str) -> list[Cause]:
    prefix, slash, name = key.rpartition("/")
    wrong: list[str] = []
    if slash and not prefix:
        wrong.append("prefix part must be non-empty")
    elif slash and (len(prefix) > 253 or not re.fullmatch(_SUBDOMAIN, prefix)):
        wrong.append(f"prefix part {_SUBDOMAIN_SAYS}")
    if not name:
        wrong.append("name part must be non-empty")
    elif len(name) > 63:
        wrong.append("name part must be no more than 63 bytes")
    if name and not re.fullmatch(_QUALIFIED, name):
        wrong.append(_QUALIFIED_SAYS)
    return [field_errors.invalid(field, key, each) for each in wrong]


def _go(values: list[str]) -> str:
    return ", ".join(f'"{each}"' for each in values)
