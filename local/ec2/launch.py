"""RunInstances: interfaces first, then instances around them, booted once all are there.

Source: API reference, RunInstances.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from moto import settings
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instances import Reservation
from moto.ec2.utils import random_reservation_id

from local.ec2 import errors
from local.ec2.instances import Instance, InstanceBackend
from local.ec2.launch_interfaces import PRIMARY, Prepared, discard, prepare
from local.ec2.launch_request import LaunchRequest, completed


class LaunchBackend(InstanceBackend):
    """Replaces run_instances of moto's EC2 backend, through which Auto Scaling, fleets and spot requests launch too."""

    def run_instances(
        self,
        image_id: str | None,
        count: int,
        user_data: Any,
        security_group_names: Sequence[str],
        min_count: int | None = None,
        **given: Any,
    ) -> Reservation:
        """`count` new instances, or fewer but at least `min_count` where the subnet holds no more.

        `given` are moto's keywords. Errors: those of templates, types and interfaces; nothing is left behind then.
        """
        if settings.ENABLE_KEYPAIR_VALIDATION:
            self.describe_key_pairs(key_names=[given.get("key_name")])
        if settings.ENABLE_AMI_VALIDATION:
            self.describe_images(ami_ids=[image_id] if image_id else [])
        request = completed(self, image_id, user_data, security_group_names, given)
        if count > 1 and any(one.get("NetworkInterfaceId") for one in request.interfaces):
            raise errors.invalid_combination("An existing network interface can be given to one instance only")
        prepared: list[list[Prepared]] = []
        for _ in range(count):
            try:
                prepared.append(prepare(self, request))
            except EC2ClientError as error:
                if error.code == "InsufficientFreeAddressesInSubnet" and len(prepared) >= (min_count or count):
                    break
                for interfaces in prepared:
                    discard(self, interfaces)
                raise
        reservation = Reservation(random_reservation_id(), self.account_id)
        reservation.serial = next(self.serials)
        self.reservations[reservation.id] = reservation
        for index, interfaces in enumerate(prepared):
            instance = self._made(request, index, interfaces)
            instance.reservation_id = reservation.id
            reservation.instances.append(instance)
            self._equip(instance, request)
        for instance in reservation.instances:
            instance.boot()
        return reservation

    def _made(self, request: LaunchRequest, index: int, interfaces: list[Prepared]) -> Instance:
        primary = next(one.eni for one in interfaces if one.place == PRIMARY)
        known = {key: value for key, value in request.asked.items() if value is not None} | {
            "ami_launch_index": index,
            "instance_type": request.instance_type,
            "subnet_id": primary.subnet_id,
            "iam_instance_profile": _profile(request.asked, self.account_id),
        }
        instance = Instance(self, request.image_id, request.user_data, [], **known)
        for one in interfaces:
            one.attach(instance)
        if request.asked.get("instance_market_options"):
            instance.lifecycle = "spot"
        return instance

    def _equip(self, instance: Instance, request: LaunchRequest) -> None:
        instance.add_tags(request.tags.get("instance", {}))
        _add_volumes(instance, request.asked)
        for _, device in instance.get_block_device_mapping:
            self.get_volume(device.volume_id).add_tags(request.tags.get("volume", {}))


def _profile(asked: Mapping[str, Any], account: str) -> dict[str, str] | None:
    """Any instance profile is taken as it is named: those of IAM are kept by another part of the region."""
    given = asked.get("iam_instance_profile") or {}
    if not given:
        return None
    arn = given.get("Arn") or f"arn:aws:iam::{account}:instance-profile/{given['Name']}"
    return {"Arn": arn, "Id": given.get("Id") or "AIPA" + arn.rsplit("/", 1)[-1].upper()[:17].ljust(17, "X")}


def _add_volumes(instance: Instance, asked: Mapping[str, Any]) -> None:
    mappings = asked.get("block_device_mappings")
    if not mappings and asked.get("launch_config"):
        mappings = asked["launch_config"].block_device_mapping_dict
    if not mappings:
        instance.setup_defaults()
        return
    for mapping in mappings:
        ebs = mapping.get("Ebs")
        if ebs and mapping.get("NoDevice") != "":
            instance.add_block_device(
                ebs.get("VolumeSize"),
                mapping["DeviceName"],
                ebs.get("SnapshotId"),
                ebs.get("Encrypted", False),
                ebs.get("DeleteOnTermination", False),
                ebs.get("KmsKeyId"),
                volume_type=ebs.get("VolumeType"),
            )
