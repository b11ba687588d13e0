"""Names between Step Functions' spelling and an API's: members, services, errors.

Developer guide, "Learning to use AWS SDK service integrations": names are those of the AWS SDK for Java 2.x, parameters
in PascalCase. An exception is `<service>.<shape>Exception`, or `<service>.<service>Exception` for a code that the API's
model does not have. Measured examples: S3.NoSuchBucketException, SecretsManager.SecretsManagerException,
Sfn.InvalidTokenException.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from local.plane import step_paths
from local.steps.errors import RUNTIME, StepError
from local.steps.moments import iso

_ACRONYM = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+")
_SUFFIX = re.compile(r"(Exception|Fault|Error)$")


def request(given: Any, shape: Shape | None) -> Any:
    """A Task's arguments as the API's model names them. Raises StepError for a field that the API does not have."""
    if isinstance(shape, StructureShape) and isinstance(given, Mapping):
        members = {name.lower(): name for name in shape.members}
        found = {}
        for key, value in given.items():
            name = members.get(key.lower())
            if name is None:
                raise StepError(RUNTIME, f"The field '{key}' is not supported by Step Functions")
            found[name] = request(value, shape.members[name])
        return found
    if isinstance(shape, ListShape) and isinstance(given, list):
        return [request(value, shape.member) for value in given]
    if isinstance(shape, MapShape) and isinstance(given, Mapping):
        return {key: request(value, shape.value) for key, value in given.items()}
    if shape is not None and shape.type_name in ("string", "blob") and not isinstance(given, str | bytes):
        # "Step Functions converts a JSON object to a string where the API wants one."
        return None if given is None else json.dumps(given)
    return given


def answer(value: Any, shape: Shape | None) -> Any:
    """An API's answer in Step Functions' spelling, as JSON."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return {
            step_paths.member_name(name): answer(one, shape.members.get(name))
            for name, one in value.items()
            if one is not None
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [answer(one, shape.member) for one in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: answer(one, shape.value) for key, one in value.items()}
    if isinstance(value, datetime):
        return iso(value.timestamp())
    if hasattr(value, "read"):
        value = value.read()
    return value.decode() if isinstance(value, bytes) else value


def java_name(name: str) -> str:
    """As the SDK for Java 2.x writes it: `DynamoDB` is DynamoDb, `Auto Scaling` AutoScaling, `EKS` Eks."""
    return "".join(part[0].upper() + part[1:].lower() for part in _ACRONYM.findall(name))


def exception_name(code: str, operation: OperationModel) -> str | None:
    """The exception of an error code by its shape's name, None where the API's model does not know it."""
    for shape in operation.service_model.error_shapes:
        if code in (shape.name, shape.metadata.get("error", {}).get("code")):
            return f"{_SUFFIX.sub('', shape.name)}Exception"
    return None
