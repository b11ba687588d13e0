"""What AWS's service models know, and what the tests of clones have in common."""

from base64 import b64encode
from typing import Any

from botocore.session import Session

from tests.unit.migration.groups.world import NODE_CONFIG

MARKS = {"nodenet:run": "r1", "nodenet:cluster": "prod"}
DATA = {("lt-1", "7"): {"ImageId": "ami-1", "UserData": b64encode(NODE_CONFIG.encode()).decode(), "KeyName": "k"}}


def model(service: str, operation: str) -> Any:
    return Session().get_service_model(service).operation_model(operation).input_shape
