"""The operations on subnet CIDR reservations and tags that answer otherwise than moto's."""

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models import validate_resource_ids

from local.ec2 import tagging
from local.ec2.calls import Calls


class SubnetCalls(Calls):
    def create_subnet_cidr_reservation(self) -> ActionResult:
        self.error_on_dryrun()
        reservation = self.ec2_backend.create_subnet_cidr_reservation(
            self.required("SubnetId"), self.required("ReservationType"), self.required("Cidr")
        )
        reservation.description = self._get_param("Description")
        for specification in self._get_param("TagSpecifications", []):
            reservation.add_tags(tagging.checked(specification.get("Tags") or []))
        return ActionResult({"SubnetCidrReservation": reservation})


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
