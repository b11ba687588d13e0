"""The refusals of EC2 that this region adds to moto's, each with AWS's code.

Codes: "Error codes for the Amazon EC2 API" in the API reference. Where a message is parsed by public clients
(the VPC CNI, Titus, Terraform's provider) it has AWS's own wording; the others say it in ours.
"""

from collections.abc import Iterable
from typing import Any

from moto.ec2.exceptions import EC2ClientError


def refused(code: str, message: str) -> EC2ClientError:
    """Any error of EC2: HTTP 400 with `code` and `message`."""
    return EC2ClientError(code, message)


def invalid_value(message: str) -> EC2ClientError:
    return refused("InvalidParameterValue", message)


def invalid_combination(message: str) -> EC2ClientError:
    return refused("InvalidParameterCombination", message)


def missing(parameter: str) -> EC2ClientError:
    return refused("MissingParameter", f"The request must contain the parameter {parameter}")


def unknown_interface(eni_ids: Iterable[str]) -> EC2ClientError:
    ids = list(eni_ids)
    if len(ids) == 1:
        return refused("InvalidNetworkInterfaceID.NotFound", f"The networkInterface ID '{ids[0]}' does not exist")
    return refused("InvalidNetworkInterfaceID.NotFound", f"The networkInterface IDs '{', '.join(ids)}' do not exist")


def malformed(code: str, given: str, prefix: str) -> EC2ClientError:
    return refused(code, f'Invalid id: "{given}" (expecting "{prefix}...")')


def unknown_attachment(attachment_id: str) -> EC2ClientError:
    return refused(
        "InvalidAttachmentID.NotFound", f"The network interface attachment ID '{attachment_id}' does not exist"
    )


def interface_in_use(eni_id: str) -> EC2ClientError:
    return refused("InvalidNetworkInterface.InUse", f"Interface: [{eni_id}] in use.")


def outside_subnet(block: Any) -> EC2ClientError:
    return invalid_value(f"Address {block} does not fall within the subnet's address range")


def reserved_by_aws(block: Any) -> EC2ClientError:
    return invalid_value(f"Address {block} is in subnet's reserved address range")


def address_in_use(address: Any) -> EC2ClientError:
    """CreateNetworkInterface and RunInstances name an address that another interface has."""
    return refused("InvalidIPAddress.InUse", f"Address {address} is in use.")


def move_not_allowed(blocks: Iterable[Any]) -> EC2ClientError:
    """AssignPrivateIpAddresses without AllowReassignment names what another interface has."""
    return invalid_value(f"[{', '.join(str(block) for block in blocks)}] assigned, but move is not allowed.")


def no_free_addresses() -> EC2ClientError:
    return refused(
        "InsufficientFreeAddressesInSubnet",
        "The specified subnet does not have enough free addresses to satisfy the request.",
    )


def no_free_addresses_or_prefixes() -> EC2ClientError:
    return invalid_value("There aren't sufficient free Ipv4 addresses or prefixes")


def no_free_prefixes() -> EC2ClientError:
    return refused(
        "InsufficientCidrBlocks",
        "The specified subnet does not have enough free cidr blocks to satisfy the request.",
    )


def not_assigned(eni_id: str) -> EC2ClientError:
    return invalid_value(f"Some of the specified addresses are not assigned to interface {eni_id}")
