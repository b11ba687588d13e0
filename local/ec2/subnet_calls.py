"""The operations on subnet CIDR reservations and tags that answer otherwise than moto's."""

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models import validate_resource_ids

from local.ec2 import errors, tagging
from local.ec2.calls import Calls


class SubnetCalls(Calls):
    def create_subnet_cidr_reservation(self) -> ActionResult:
        tags = tagging.for_creation(self.request.get("TagSpecifications") or [], ["subnet-cidr-reservation"])
        self.error_on_dryrun()
        reservation = self.ec2_backend.create_subnet_cidr_reservation(
            self.required("SubnetId"), self.required("ReservationType"), self.required("Cidr")
        )
        reservation.description = self._get_param("Description")
        reservation.add_tags(tags.get("subnet-cidr-reservation", {}))
        return ActionResult({"SubnetCidrReservation": reservation})

    def modify_subnet_attribute(self) -> ActionResult:
        """One attribute at a time: MissingParameter for none, InvalidParameterCombination for several."""
        request = self.request
        subnet = self.ec2_backend.get_subnet(self.required("SubnetId"))
        named = [name for name in request if name not in ("SubnetId", "DryRun")]
        if not named:
            raise errors.missing("mapPublicIpOnLaunch")
        if len(named) > 1:
            raise errors.invalid_combination(f"Only one attribute can be modified at a time: {', '.join(named)}")
        if named != ["EnableDns64"]:
            return super().modify_subnet_attribute()
        self.error_on_dryrun()
        subnet.enable_dns64 = bool(request["EnableDns64"]["Value"])
        return EmptyResult()


class TagCalls(Calls):
    """CreateTags with the rules of tagging; what is tagged must exist."""

    def create_tags(self) -> ActionResult:
        resource_ids = self._get_param("Resources", [])
        validate_resource_ids(resource_ids)
        self.ec2_backend.do_resources_exist(resource_ids)
        tags = tagging.checked(self._get_param("Tags", []))
        for resource_id in resource_ids:
            tagging.check_room(self.ec2_backend.tags.get(resource_id) or {}, tags)
        self.error_on_dryrun()
        for resource_id in resource_ids:
            self.ec2_backend.tags[resource_id].update(tags)
        return EmptyResult()
