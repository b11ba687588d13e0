"""The file that metadata is read off: what EC2's Describe calls answer, as JSON, by their own names.

{"Reservations": [...], "NetworkInterfaces": [...], "Subnets": [...], "Vpcs": [...], "SecurityGroups": [...],
 "InstanceTypes": [...]}
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_CALLS = {
    "describe_instances": "Reservations",
    "describe_network_interfaces": "NetworkInterfaces",
    "describe_subnets": "Subnets",
    "describe_vpcs": "Vpcs",
    "describe_security_groups": "SecurityGroups",
}


def take(ec2: Any) -> dict[str, Any]:
    """All that a boto3 EC2 client sees of instances and their networks; times become text in ISO 8601."""
    seen: dict[str, Any] = {
        name: [one for page in ec2.get_paginator(call).paginate() for one in page[name]]
        for call, name in _CALLS.items()
    }
    types = {one["InstanceType"] for reservation in seen["Reservations"] for one in reservation["Instances"]}
    # Without names DescribeInstanceTypes answers every type that there is.
    described = ec2.describe_instance_types(InstanceTypes=sorted(types))["InstanceTypes"] if types else []
    plain = json.dumps(seen | {"InstanceTypes": described}, default=lambda time: time.isoformat())
    return json.loads(plain)  # type: ignore[no-any-return]


def save(snapshot: Mapping[str, Any], path: Path) -> None:
    """Writes the file whole: who reads it sees the old one or the new one."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(json.dumps(snapshot, indent=1))
    new.replace(path)
