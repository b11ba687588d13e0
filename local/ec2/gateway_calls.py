"""The operations on NAT gateways and egress-only internet gateways."""

from typing import Any

from moto.core.responses import ActionResult

from local.ec2 import filters, shapes, tagging
from local.ec2.calls import Calls
from local.ec2.gateways import NatGateway
from local.ec2.paging import check_ids, page

NAT_FILTERS = {"nat-gateway-id": "NatGatewayId", "state": "State", "subnet-id": "SubnetId", "vpc-id": "VpcId"}


class GatewayCalls(Calls):
    def create_nat_gateway(self) -> ActionResult:
        request = self.request
        tags = tagging.for_creation(request.get("TagSpecifications") or [], ["natgateway"])
        subnet_id = self.required("SubnetId")
        self.error_on_dryrun()

        def create() -> NatGateway:
            return self.ec2_backend.create_nat_gateway(  # type: ignore[no-any-return]
                subnet_id,
                request.get("AllocationId"),
                tags.get("natgateway"),
                request.get("ConnectivityType") or "public",
            )

        token = request.get("ClientToken")
        made = self.ec2_backend.tokens.once("CreateNatGateway", token, request, create)
        return ActionResult({"NatGateway": _nat_gateway(made)} | ({"ClientToken": token} if token else {}))

    def describe_nat_gateways(self) -> ActionResult:
        self.error_on_dryrun()
        ids, size = self._get_param("NatGatewayIds", []), self._get_int_param("MaxResults")
        check_ids("natGatewayIdSet", ids, size)
        known = (
            [self.ec2_backend.found_nat_gateway(one) for one in ids]
            if ids
            else self.ec2_backend.known_nat_gateways().values()
        )
        passes = filters.predicate(self._filters_from_querystring(), NAT_FILTERS)
        seen = [(one.serial, _nat_gateway(one)) for one in known]
        shown, token = page(
            [one for one in seen if passes(one[1])], lambda one: one[0], size, self._get_param("NextToken")
        )
        return ActionResult({"NatGateways": [shape for _, shape in shown], "NextToken": token})

    def delete_nat_gateway(self) -> ActionResult:
        self.error_on_dryrun()
        return ActionResult({"NatGatewayId": self.ec2_backend.delete_nat_gateway(self.required("NatGatewayId")).id})

    def create_egress_only_internet_gateway(self) -> ActionResult:
        request = self.request
        kind = "egress-only-internet-gateway"
        tags = tagging.for_creation(request.get("TagSpecifications") or [], [kind])
        vpc_id = self.required("VpcId")
        self.error_on_dryrun()
        token = request.get("ClientToken")
        made = self.ec2_backend.tokens.once(
            "CreateEgressOnlyInternetGateway",
            token,
            request,
            lambda: self.ec2_backend.create_egress_only_internet_gateway(vpc_id, tags.get(kind)),
        )
        return ActionResult(
            {"EgressOnlyInternetGateway": _egress_only(made)} | ({"ClientToken": token} if token else {})
        )

    def describe_egress_only_internet_gateways(self) -> ActionResult:
        """Tags are all that it filters by."""
        self.error_on_dryrun()
        ids = self._get_param("EgressOnlyInternetGatewayIds", [])
        passes = filters.predicate(self._filters_from_querystring(), {})
        known = list(self.ec2_backend.egress_only_internet_gateways.values())
        seen = [(index, _egress_only(one)) for index, one in enumerate(known) if not ids or one.id in ids]
        shown, token = page(
            [one for one in seen if passes(one[1])],
            lambda one: one[0],
            self._get_int_param("MaxResults"),
            self._get_param("NextToken"),
        )
        return ActionResult({"EgressOnlyInternetGateways": [shape for _, shape in shown], "NextToken": token})


def _nat_gateway(one: NatGateway) -> dict[str, Any]:
    """The shape NatGateway of DescribeNatGateways."""
    eni = one.eni
    address: dict[str, Any] = {
        "NetworkInterfaceId": eni.id,
        "PrivateIp": eni.private_ip_address,
        "IsPrimary": True,
        "Status": {"failed": "failed", "pending": "associating"}.get(one.state, "succeeded"),
    }
    if elastic := eni.elastic.get(eni.ipv4[0]):
        address |= {
            "AllocationId": elastic.id,
            "AssociationId": elastic.association_id,
            "PublicIp": elastic.public_ip,
        }
    shape: dict[str, Any] = {
        "ConnectivityType": one.connectivity_type,
        "CreateTime": one.created,
        "NatGatewayAddresses": [address],
        "NatGatewayId": one.id,
        "State": one.state,
        "SubnetId": one.subnet_id,
        "TagSet": shapes.tags(one),
        "Tags": shapes.tags(one),
        "VpcId": one.vpc_id,
    }
    if one.failure is not None:
        shape |= {"FailureCode": one.failure.code, "FailureMessage": one.failure.message}
    return shape


def _egress_only(one: Any) -> dict[str, Any]:
    tags = [{"Key": tag["key"], "Value": tag["value"]} for tag in one.get_tags()]
    return {
        "EgressOnlyInternetGatewayId": one.id,
        "Attachments": one.attachments,
        "TagSet": tags,
        "Tags": tags,
    }
