"""The interfaces that an instance is launched with: made before it, by the rules of all interfaces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.ec2.exceptions import (
    AvailabilityZoneNotFromRegionError,
    EC2ClientError,
    InvalidInputError,
    MissingInputError,
    VPCIdNotSpecifiedError,
)

from local.ec2 import errors
from local.ec2.assignment import Wanted
from local.ec2.attachments import check_fit, check_place, check_queues, limits_of
from local.ec2.launch_request import LaunchRequest
from local.ec2.network_interfaces import Attachment, NetworkInterface

PRIMARY = (0, 0)


@dataclass
class Prepared:
    """An interface for (network card, device index) `place` of an instance to come; `new` if made for it."""

    eni: NetworkInterface
    place: tuple[int, int]
    delete_on_termination: bool
    new: bool
    queues: int | None = None

    def attach(self, instance: Any) -> None:
        card, index = self.place
        self.eni.attach(Attachment(instance, index, card, self.delete_on_termination, ena_queue_count=self.queues))


def prepare(backend: Any, request: LaunchRequest) -> list[Prepared]:
    """All interfaces of one instance, or none.

    Errors: those of subnets, groups and addresses; InvalidParameterValue and AttachmentLimitExceeded as for
    AttachNetworkInterface; InvalidParameterCombination without a primary interface or with several zones.
    """
    limits = limits_of(request.instance_type)
    prepared: list[Prepared] = []
    try:
        for spec in request.interfaces or [request.primary]:
            place = (int(spec.get("NetworkCardIndex") or 0), int(spec.get("DeviceIndex") or 0))
            check_place(limits, "", [one.place for one in prepared], place)
            prepared.append(_prepare(backend, request, spec, place))
            check_fit(prepared[-1].eni, limits)
            if "EnaQueueCount" in spec:
                prepared[-1].queues = int(spec["EnaQueueCount"])
                given = [Attachment(None, one.place[1], one.place[0], ena_queue_count=one.queues) for one in prepared]
                check_queues(limits, given[:-1], place[0], prepared[-1].queues)
        if PRIMARY not in [one.place for one in prepared]:
            raise errors.invalid_combination("A network interface at device index 0 is required")
        if len({one.eni.availability_zone for one in prepared}) > 1:
            raise errors.invalid_combination("All network interfaces must be in the same availability zone")
    except EC2ClientError:
        discard(backend, prepared)
        raise
    return prepared


def discard(backend: Any, prepared: list[Prepared]) -> None:
    for one in prepared:
        if one.new:
            backend.forget_interface(one.eni)


def _prepare(backend: Any, request: LaunchRequest, spec: Mapping[str, Any], place: tuple[int, int]) -> Prepared:
    removed = spec.get("DeleteOnTermination")
    if existing := spec.get("NetworkInterfaceId"):
        eni = backend.get_network_interface(existing)
        if eni.attachment is not None:
            raise errors.interface_in_use(eni.id)
        return Prepared(eni, place, bool(removed), new=False)
    subnet_id = spec.get("SubnetId") or request.asked.get("subnet_id")
    subnet = backend.get_subnet(subnet_id) if subnet_id else _default_subnet(backend, request.asked.get("placement"))
    groups = spec.get("Groups") or _groups(backend, request, subnet.vpc_id)
    eni = backend.open_interface(subnet, Wanted.of(spec), groups, spec.get("Description") or "")
    eni.public_ip_auto_assign = place == PRIMARY and _public(request, spec, subnet)
    eni.start()
    eni.add_tags(request.tags.get("network-interface", {}))
    return Prepared(eni, place, place == PRIMARY if removed is None else bool(removed), new=True)


def _public(request: LaunchRequest, spec: Mapping[str, Any], subnet: Any) -> bool:
    for asked in (spec.get("AssociatePublicIpAddress"), request.asked.get("associate_public_ip")):
        if asked is not None:
            return str(asked).lower() == "true"
    return str(subnet.map_public_ip_on_launch).lower() == "true"


def _groups(backend: Any, request: LaunchRequest, vpc_id: str) -> list[str]:
    found = request.groups
    for name in request.group_names:
        group = backend.get_security_group_by_name_or_id(name, vpc_id)
        if group is None:
            raise errors.refused("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
        found.append(group.id)
    return found


def _default_subnet(backend: Any, zone: str | None) -> Any:
    vpc = backend.get_default_vpc()
    if vpc is None:
        raise VPCIdNotSpecifiedError
    if zone and zone not in {one.name for one in backend.describe_availability_zones()}:
        raise AvailabilityZoneNotFromRegionError(zone)
    subnets = backend.get_default_subnets()
    if not subnets:
        raise MissingInputError(f"No subnets found for the default VPC '{vpc.id}'. Please specify a subnet.")
    if zone and zone not in subnets:
        raise InvalidInputError(f"No default subnet for availability zone: '{zone}'.")
    return subnets[zone or min(subnets)]
