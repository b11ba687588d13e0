"""Tags as requests bring them. Source: EC2 User Guide, "Tag your Amazon EC2 resources", tag restrictions."""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.ec2.exceptions import TagLimitExceeded

from local.ec2 import errors

MAX_TAGS = 50
MAX_KEY_LENGTH = 128
MAX_VALUE_LENGTH = 256


def checked(tags: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """{key: value} of a request's tags.

    Errors: InvalidParameterValue for keys that are AWS's own, empty, too long or there twice, and for long values;
    TagLimitExceeded for more than 50.
    """
    found: dict[str, str] = {}
    for tag in tags:
        key, value = str(tag.get("Key") or ""), str(tag.get("Value") or "")
        if key.lower().startswith("aws:"):
            raise errors.invalid_value(
                f"Value ( {key} ) for parameter key is invalid. "
                "Tag keys starting with 'aws:' are reserved for internal use"
            )
        if not key or len(key) > MAX_KEY_LENGTH:
            raise errors.invalid_value(f"Tag key '{key}' must have 1 to {MAX_KEY_LENGTH} characters")
        if len(value) > MAX_VALUE_LENGTH:
            raise errors.invalid_value(f"The value of tag '{key}' exceeds {MAX_VALUE_LENGTH} characters")
        if key in found:
            raise errors.invalid_value(f"Duplicate tag key '{key}' specified.")
        found[key] = value
    if len(found) > MAX_TAGS:
        raise TagLimitExceeded
    return found


def check_room(tags: Mapping[str, str], more: Mapping[str, str]) -> None:
    """TagLimitExceeded where a resource with `tags` cannot take `more`; those of AWS do not count."""
    if sum(not key.startswith("aws:") for key in {**tags, **more}) > MAX_TAGS:
        raise TagLimitExceeded


def for_creation(
    specifications: Sequence[Mapping[str, Any]], resource_types: Sequence[str]
) -> dict[str, dict[str, str]]:
    """{resource type: tags} of TagSpecifications; InvalidParameterValue for a type that the operation does not make."""
    tags: dict[str, list[Mapping[str, Any]]] = {}
    for specification in specifications:
        resource_type = specification.get("ResourceType")
        if resource_type not in resource_types:
            raise errors.invalid_value(f"'{resource_type}' is not a valid taggable resource type for this operation.")
        tags[str(resource_type)] = [*tags.get(str(resource_type), []), *(specification.get("Tags") or [])]
    return {resource_type: checked(members) for resource_type, members in tags.items()}
