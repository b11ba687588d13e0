"""Addresses and prefixes that an interface gets and loses after its creation, and its other attributes.

Sources: API reference, AssignPrivateIpAddresses, UnassignPrivateIpAddresses, AssignIpv6Addresses,
UnassignIpv6Addresses, ModifyNetworkInterfaceAttribute.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from local.ec2 import errors, groups
from local.ec2.addresses import Address, Network
from local.ec2.assignment import Granted, Share, grant
from local.ec2.attachments import check_queues, limits_of
from local.ec2.network_interfaces import NetworkInterface

ATTRIBUTES = ("Description", "SourceDestCheck", "Groups", "Attachment", "AssociatePublicIpAddress")


def assign(eni: NetworkInterface, version: Literal[4, 6], share: Share, move: bool = False) -> Granted:
    """Gives `eni` what `share` asks for and answers what is new on it.

    What it has already is passed over. What another interface of the subnet has is taken from that one where `move`
    (AllowReassignment), a primary address never. Errors: InvalidParameterValue for nothing asked, for an address in
    use or outside; PrivateIpAddressLimitExceeded; InsufficientFreeAddressesInSubnet; InsufficientCidrBlocks.
    """
    if share.empty:
        raise errors.invalid_combination("Either addresses, prefixes or a count of them must be specified")
    own = set(eni.blocks())
    share = Share(
        [one for one in share.addresses if one not in own],
        share.count,
        [one for one in share.prefixes if one not in own],
        share.prefix_count,
    )
    _check_limits(eni, version, share)
    losers = _losers(eni, version, share) if move else []
    kept = [(loser, [*loser.ipv4], [*loser.ipv4_prefixes]) for loser in losers]
    for loser in losers:
        _remove(loser, [*share.addresses, *share.prefixes])
    try:
        granted = grant(eni.subnet.block(version), share, errors.move_not_allowed)
    except Exception:
        for loser, addresses, prefixes in kept:
            loser.ipv4, loser.ipv4_prefixes = addresses, prefixes
        raise
    if version == 4:
        eni.ipv4 += granted.addresses
        eni.ipv4_prefixes += granted.prefixes
    else:
        eni.ipv6 += granted.addresses
        eni.ipv6_prefixes += granted.prefixes
    return granted


def unassign(eni: NetworkInterface, blocks: Sequence[Address | Network]) -> None:
    """InvalidParameterValue, and nothing lost, when one of them is not the interface's or is its primary address."""
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
    if eni.attachment is None:
        return
    limits = limits_of(eni.attachment.instance.instance_type)
    limits.check_prefixes(bool(share.prefixes or share.prefix_count))
    more = len(share.addresses) + share.count + len(share.prefixes) + share.prefix_count
    limits.check_addresses(eni, **{f"more_ipv{version}": more})


def _losers(eni: NetworkInterface, version: Literal[4, 6], share: Share) -> list[NetworkInterface]:
    wanted = {*share.addresses, *share.prefixes}
    others = [other for other in eni.subnet.interfaces() if other is not eni and wanted & {*other.blocks()}]
    if primaries := [other.ipv4[0] for other in others if version == 4 and other.ipv4[0] in wanted]:
        raise errors.move_not_allowed(primaries)
    return others


def _remove(eni: NetworkInterface, blocks: Sequence[Address | Network]) -> None:
    gone = set(blocks)
    eni.ipv4 = [one for one in eni.ipv4 if one not in gone]
    eni.ipv6 = [one for one in eni.ipv6 if one not in gone]
    eni.ipv4_prefixes = [one for one in eni.ipv4_prefixes if one not in gone]
    eni.ipv6_prefixes = [one for one in eni.ipv6_prefixes if one not in gone]
