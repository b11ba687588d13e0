"""The operations on network interfaces: parameters in, the API's shapes out."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import InvalidParameterValueErrorUnknownAttribute

from local.ec2 import errors, filters, shapes, tagging
from local.ec2.addresses import parse_address, parse_prefix
from local.ec2.assignment import Share, Wanted
from local.ec2.calls import Calls
from local.ec2.interface_changes import assign, modify, unassign
from local.ec2.network_interfaces import NetworkInterface
from local.ec2.paging import check_ids, page
from local.world import world


class NetworkInterfaceCalls(Calls):
    def create_network_interface(self) -> ActionResult:
        request = self.request
        subnet = self.ec2_backend.get_subnet(self.required("SubnetId"))
        tags = tagging.for_creation(request.get("TagSpecifications") or [], ["network-interface"])
        wanted = Wanted.of(request)
        self.error_on_dryrun()

        def create() -> NetworkInterface:
            eni: NetworkInterface = self.ec2_backend.open_interface(
                subnet,
                wanted,
                request.get("Groups") or [],
                request.get("Description") or "",
                unknown_group="InvalidSecurityGroupID.NotFound",
            )
            eni.visible_from = world.clock.now() + world.delays.visibility
            eni.interface_type = str(request.get("InterfaceType") or "interface")
            eni.add_tags(tags.get("network-interface", {}))
            return eni

        token = request.get("ClientToken")
        eni = self.ec2_backend.tokens.once("CreateNetworkInterface", token, request, create)
        answer = {"NetworkInterface": shapes.network_interface(eni)}
        return ActionResult(answer | ({"ClientToken": token} if token else {}))

    def describe_network_interfaces(self) -> ActionResult:
        self.error_on_dryrun()
        ids = self._get_param("NetworkInterfaceIds", [])
        size = self._get_int_param("MaxResults")
        check_ids("networkInterfaceIdSet", ids, size)
        passes = filters.predicate(self._filters_from_querystring(), filters.INTERFACE)
        shapes_of = [
            (eni.serial, shapes.network_interface(eni)) for eni in self.ec2_backend.get_all_network_interfaces(ids)
        ]
        shown, token = page(
            [one for one in shapes_of if passes(one[1])], lambda one: one[0], size, self._get_param("NextToken")
        )
        return ActionResult({"NetworkInterfaces": [shape for _, shape in shown], "NextToken": token})

    def delete_network_interface(self) -> ActionResult:
        self.error_on_dryrun()
        self.ec2_backend.delete_network_interface(self.required("NetworkInterfaceId"))
        return EmptyResult()

    def attach_network_interface(self) -> ActionResult:
        self.error_on_dryrun()
        attachment = self.ec2_backend.attach_network_interface(
            self.required("NetworkInterfaceId"),
            self.required("InstanceId"),
            self.required("DeviceIndex"),
            self._get_int_param("NetworkCardIndex", 0),
            self._get_int_param("EnaQueueCount"),
        )
        return ActionResult(
            {"AttachmentId": attachment.attachment_id, "NetworkCardIndex": attachment.network_card_index}
        )

    def detach_network_interface(self) -> ActionResult:
        self.error_on_dryrun()
        self.ec2_backend.detach_network_interface(self.required("AttachmentId"), bool(self._get_param("Force", False)))
        return EmptyResult()

    def describe_network_interface_attribute(self) -> ActionResult:
        """One attribute of a call; InvalidParameterCombination without, InvalidParameterValue for an unknown one."""
        self.error_on_dryrun()
        eni = self._interface()
        name = self._get_param("Attribute")
        answer: dict[str, Any] = {"NetworkInterfaceId": eni.id}
        if name is None:
            raise errors.invalid_combination("No attributes specified.")
        if name == "description":
            answer["Description"] = {"Value": eni.description}
        elif name == "groupSet":
            answer["Groups"] = shapes.group_identifiers(eni)
        elif name == "sourceDestCheck":
            answer["SourceDestCheck"] = {"Value": eni.source_dest_check}
        elif name == "attachment":
            answer |= {"Attachment": shapes.attachment(eni)} if eni.attachment else {}
        elif name == "associatePublicIpAddress":
            answer["AssociatePublicIpAddress"] = eni.public_ip_auto_assign
        else:
            raise InvalidParameterValueErrorUnknownAttribute(name)
        return ActionResult(answer)

    def modify_network_interface_attribute(self) -> ActionResult:
        self.error_on_dryrun()
        modify(self.ec2_backend, self._interface(), self.request)
        return EmptyResult()

    def reset_network_interface_attribute(self) -> ActionResult:
        """Only the source/destination check can be reset, to true."""
        self.error_on_dryrun()
        self._interface().source_dest_check = True
        return EmptyResult()

    def assign_private_ip_addresses(self) -> ActionResult:
        eni = self._interface()
        share = Share.ipv4(self.request, self.request.get("PrivateIpAddresses") or [])
        granted = assign(eni, 4, share, bool(self._get_param("AllowReassignment", False)))
        return ActionResult(
            {
                "NetworkInterfaceId": eni.id,
                "AssignedPrivateIpAddresses": [{"PrivateIpAddress": str(one)} for one in granted.addresses],
                "AssignedIpv4Prefixes": [{"Ipv4Prefix": str(one)} for one in granted.prefixes],
            }
        )

    def unassign_private_ip_addresses(self) -> ActionResult:
        addresses = [parse_address(text) for text in self._get_param("PrivateIpAddresses", [])]
        prefixes = [parse_prefix(text, 4) for text in self._get_param("Ipv4Prefixes", [])]
        unassign(self._interface(), [*addresses, *prefixes])
        return EmptyResult()

    def assign_ipv6_addresses(self) -> ActionResult:
        """Answers the new addresses only, as the API reference says."""
        eni = self._interface()
        granted = assign(eni, 6, Share.ipv6(self.request))
        return ActionResult(
            {
                "NetworkInterfaceId": eni.id,
                "AssignedIpv6Addresses": [str(one) for one in granted.addresses],
                "AssignedIpv6Prefixes": [str(one) for one in granted.prefixes],
            }
        )

    def unassign_ipv6_addresses(self) -> ActionResult:
        eni = self._interface()
        addresses = [parse_address(text) for text in self._get_param("Ipv6Addresses", [])]
        prefixes = [parse_prefix(text, 6) for text in self._get_param("Ipv6Prefixes", [])]
        unassign(eni, [*addresses, *prefixes])
        return ActionResult(
            {
                "NetworkInterfaceId": eni.id,
                "UnassignedIpv6Addresses": [str(one) for one in addresses],
                "UnassignedIpv6Prefixes": [str(one) for one in prefixes],
            }
        )

    def _interface(self) -> NetworkInterface:
        return self.ec2_backend.get_network_interface(self.required("NetworkInterfaceId"))  # type: ignore[no-any-return]
