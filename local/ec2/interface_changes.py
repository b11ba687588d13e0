"""Addresses and prefixes that an interface gets and loses after its creation, and its other attributes.

Sources: API reference, AssignPrivateIpAddresses, UnassignPrivateIpAddresses, AssignIpv6Addresses,
UnassignIpv6Addresses, ModifyNetworkInterfaceAttribute.
"""

from collections.abc import Collection, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Literal

from local.ec2 import errors, groups
from local.ec2.addresses import Address, Network
from local.ec2.assignment import Granted, Share, grant
from local.ec2.attachments import check_queues, limits_of
from local.ec2.interfaces import after
from local.ec2.network_interfaces import NetworkInterface
from local.world import world

_NETWORKS = (IPv4Network, IPv6Network)
ATTRIBUTES = ("Description", "SourceDestCheck", "Groups", "Attachment", "AssociatePublicIpAddress")


def assign(eni: NetworkInterface, version: Literal[4, 6], share: Share, move: bool = False) -> Granted:
    """Gives `eni` what `share` asks for and answers what is new on it.

    What it has already is passed over. What another interface of the subnet has comes from that one where `move`
    (AllowReassignment), a primary address never, and brings its Elastic IP along; it arrives after the world's delay
    of remapping. Errors: InvalidParameterValue for nothing asked, for an address in use or outside;
    PrivateIpAddressLimitExceeded; InsufficientFreeAddressesInSubnet; InsufficientCidrBlocks.
    """
    if share.empty:
        raise errors.invalid_combination("Either addresses, prefixes or a count of them must be specified")
    share = _without(share, set(eni.blocks()))
    _check_limits(eni, version, share)
    losers = _losers(eni, version, share) if move else {}
    granted = grant(eni.subnet.block(version), _without(share, losers.keys()), errors.move_not_allowed)
    _add(eni, [*granted.addresses, *granted.prefixes])
    if losers:
        after(world.delays.remap, lambda: _remap(losers, eni))
    return Granted(
        [*share.addresses, *(one for one in granted.addresses if one not in share.addresses)],
        [*share.prefixes, *(one for one in granted.prefixes if one not in share.prefixes)],
    )


def unassign(eni: NetworkInterface, blocks: Sequence[Address | Network]) -> None:
    """InvalidParameterValue, and nothing lost, when one of them is not the interface's or is its primary address.

    The Elastic IP of a private address that goes is free again.
    """
    if not blocks:
        raise errors.invalid_combination("Either addresses or prefixes must be specified")
    if eni.ipv4 and eni.ipv4[0] in blocks:
        raise errors.invalid_value(f"The primary private IP address of {eni.id} cannot be unassigned")
    if not set(blocks) <= set(eni.blocks()):
        raise errors.not_assigned(eni.id)
    _remove(eni, blocks)


def modify(backend: Any, eni: NetworkInterface, request: Mapping[str, Any]) -> None:
    """Changes the one attribute that `request` names.

    Errors: InvalidParameterCombination for none or several; MissingParameter; InvalidAttachmentID.NotFound unless the
    attachment is this interface's; InvalidGroup.NotFound and the other errors of groups.
    """
    named = [name for name in ATTRIBUTES if request.get(name) not in (None, {}, [])]
    if not named:
        raise errors.invalid_combination("No attributes specified.")
    if len(named) > 1:
        raise errors.invalid_combination(f"Fields for multiple attribute types specified: {', '.join(named)}")
    (name,) = named
    value = request[name]
    if name == "Description":
        eni.description = value.get("Value", "")
    elif name == "SourceDestCheck":
        eni.source_dest_check = bool(value["Value"])
    elif name == "Groups":
        eni._group_set = groups.found(backend, value, eni.vpc_id)
    elif name == "Attachment":
        _modify_attachment(eni, value)
    else:
        eni.public_ip_auto_assign = bool(value)


def _modify_attachment(eni: NetworkInterface, changes: Mapping[str, Any]) -> None:
    if "AttachmentId" not in changes:
        raise errors.missing("attachmentId")
    if not {"DeleteOnTermination", "EnaQueueCount", "DefaultEnaQueueCount"} & changes.keys():
        raise errors.missing("deleteOnTermination")
    if eni.attachment is None or eni.attachment_id != changes["AttachmentId"]:
        raise errors.unknown_attachment(changes["AttachmentId"])
    if changes.get("DeleteOnTermination") is not None:
        eni.attachment.delete_on_termination = bool(changes["DeleteOnTermination"])
    if "EnaQueueCount" in changes:
        instance, count = eni.attachment.instance, int(changes["EnaQueueCount"])
        others = [one for one in instance.attachments if one is not eni.attachment]
        check_queues(limits_of(instance.instance_type), others, eni.attachment.network_card_index, count)
        eni.attachment.ena_queue_count = count
    elif changes.get("DefaultEnaQueueCount"):
        eni.attachment.ena_queue_count = None


def _check_limits(eni: NetworkInterface, version: Literal[4, 6], share: Share) -> None:
    if eni.instance is None:
        return
    limits = limits_of(eni.instance.instance_type)
    limits.check_prefixes(bool(share.prefixes or share.prefix_count))
    more = len(share.addresses) + share.count + len(share.prefixes) + share.prefix_count
    limits.check_addresses(eni, **{f"more_ipv{version}": more})


def _without(share: Share, blocks: Collection[Address | Network]) -> Share:
    return Share(
        [one for one in share.addresses if one not in blocks],
        share.count,
        [one for one in share.prefixes if one not in blocks],
        share.prefix_count,
    )


def _losers(eni: NetworkInterface, version: Literal[4, 6], share: Share) -> dict[Address | Network, NetworkInterface]:
    """Who has what is wanted now; InvalidParameterValue for a primary address."""
    wanted: set[Address | Network] = {*share.addresses, *share.prefixes}
    others = [other for other in eni.subnet.interfaces() if other is not eni]
    if primaries := [other.ipv4[0] for other in others if version == 4 and other.ipv4[0] in wanted]:
        raise errors.move_not_allowed(primaries)
    return {block: other for other in others for block in other.blocks() if block in wanted}


def _remap(losers: Mapping[Address | Network, NetworkInterface], eni: NetworkInterface) -> None:
    """What has changed hands, or lost its interface, meanwhile stays where it is."""
    for block, loser in losers.items():
        if eni.deleting or eni.id not in eni.ec2_backend.enis or block not in loser.blocks():
            continue
        elastic = loser.elastic.pop(block, None) if not isinstance(block, _NETWORKS) else None
        _remove(loser, [block])
        _add(eni, [block])
        if elastic:
            eni.elastic[elastic.private] = elastic
            elastic.eni = eni


def _add(eni: NetworkInterface, blocks: Sequence[Address | Network]) -> None:
    for block in blocks:
        if isinstance(block, _NETWORKS):
            (eni.ipv4_prefixes if block.version == 4 else eni.ipv6_prefixes).append(block)
        else:
            (eni.ipv4 if block.version == 4 else eni.ipv6).append(block)


def _remove(eni: NetworkInterface, blocks: Sequence[Address | Network]) -> None:
    gone = set(blocks)
    for elastic in [one for private, one in eni.elastic.items() if private in gone]:
        elastic.disassociate()
    eni.ipv4 = [one for one in eni.ipv4 if one not in gone]
    eni.ipv6 = [one for one in eni.ipv6 if one not in gone]
    eni.ipv4_prefixes = [one for one in eni.ipv4_prefixes if one not in gone]
    eni.ipv6_prefixes = [one for one in eni.ipv6_prefixes if one not in gone]
