"""The operations on instances that answer otherwise than moto's."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import OperationNotPermitted4
from moto.ec2.utils import parse_user_data

from local.ec2 import errors, filters, shapes, tagging
from local.ec2.calls import Calls
from local.ec2.paging import check_ids, page

TAGGED_AT_LAUNCH = ("instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu")


class InstanceCalls(Calls):
    def run_instances(self) -> ActionResult:
        """Errors: InvalidParameterCombination for interfaces together with an instance-level subnet or groups."""
        request = self.request
        nics = request.get("NetworkInterfaces") or []
        for member, noun in (("SubnetId", "subnet ID"), ("SecurityGroupIds", "security groups")):
            if nics and request.get(member):
                raise errors.invalid_combination(
                    f"Network interfaces and an instance-level {noun} may not be specified on the same request"
                )
        least, most = int(request.get("MinCount") or 1), int(request.get("MaxCount") or 1)
        if least < 1 or most < least:
            raise errors.invalid_value(f"Value ({least}) for parameter minCount and ({most}) for maxCount is invalid")
        given = self._launch_parameters(request)
        self.error_on_dryrun()
        reservation = self.ec2_backend.tokens.once(
            "RunInstances",
            request.get("ClientToken"),
            request,
            lambda: self.ec2_backend.run_instances(
                request.get("ImageId"),
                most,
                parse_user_data(request.get("UserData")),
                request.get("SecurityGroups") or [],
                min_count=least,
                nics=nics,
                **given,
            ),
        )
        return ActionResult(reservation)

    def _launch_parameters(self, request: dict[str, Any]) -> dict[str, Any]:
        market = request.get("InstanceMarketOptions") or {}
        return {
            "instance_type": request.get("InstanceType"),
            "placement": (request.get("Placement") or {}).get("AvailabilityZone"),
            "placement_hostid": (request.get("Placement") or {}).get("HostId"),
            "region_name": self.region,
            "subnet_id": request.get("SubnetId"),
            "key_name": request.get("KeyName"),
            "security_group_ids": request.get("SecurityGroupIds") or [],
            "private_ip": request.get("PrivateIpAddress"),
            "tags": tagging.for_creation(request.get("TagSpecifications") or [], TAGGED_AT_LAUNCH),
            "ebs_optimized": request.get("EbsOptimized") or False,
            "disable_api_stop": request.get("DisableApiStop") or False,
            "disable_api_termination": request.get("DisableApiTermination") or False,
            "instance_market_options": market.get("MarketType"),
            "instance_initiated_shutdown_behavior": request.get("InstanceInitiatedShutdownBehavior"),
            "launch_template": request.get("LaunchTemplate") or {},
            "hibernation_options": request.get("HibernationOptions") or {},
            "iam_instance_profile": request.get("IamInstanceProfile") or {},
            "monitoring_state": "enabled" if (request.get("Monitoring") or {}).get("Enabled") else "disabled",
            "ipv6_address_count": request.get("Ipv6AddressCount"),
            "ipv6_addresses": request.get("Ipv6Addresses"),
            "metadata_options": request.get("MetadataOptions") or {},
            "client_token": request.get("ClientToken"),
            "block_device_mappings": self._parse_block_device_mapping() or None,
        }

    def describe_instances(self) -> ActionResult:
        """Pages are of reservations, as AWS's are of what was launched together."""
        self.error_on_dryrun()
        ids = self._get_param("InstanceIds", [])
        size = self._get_int_param("MaxResults")
        check_ids("instancesSet", ids, size)
        self.ec2_backend.instances_with(ids)
        wanted = self._filters_from_querystring()
        passes = filters.predicate(wanted, filters.INSTANCE)
        reservations = []
        for reservation in self.ec2_backend.all_reservations():
            reservation.instances = [
                one
                for one in reservation.instances
                if (not ids or one.id in ids) and (not wanted or passes(shapes.instance(one)))
            ]
            if reservation.instances:
                reservations.append(reservation)
        shown, token = page(reservations, lambda one: one.serial, size, self._get_param("NextToken"))
        return ActionResult({"Reservations": shown, "NextToken": token})

    def terminate_instances(self) -> ActionResult:
        """All or none: InvalidInstanceID.NotFound, OperationNotPermitted where termination is disabled."""
        ids = list(dict.fromkeys(self._get_param("InstanceIds", [])))
        self.error_on_dryrun()
        instances = self.ec2_backend.get_multi_instances_by_id(ids)
        for instance in instances:
            if str(instance.disable_api_termination).lower() == "true":
                raise OperationNotPermitted4(instance.id)
        previous = self.ec2_backend.terminate_instances(ids)
        return ActionResult(
            {
                "TerminatingInstances": [
                    {
                        "InstanceId": instance.id,
                        "CurrentState": {"Code": 48, "Name": "terminated"}
                        if before.name == "terminated"
                        else {"Code": 32, "Name": "shutting-down"},
                        "PreviousState": {"Code": before.code, "Name": before.name},
                    }
                    for instance, before in previous
                ]
            }
        )
