"""What EC2 may answer to a registration, besides what nodenet.errors has a word for."""

from nodenet.errors import NodenetError


class AddressRefused(NodenetError):
    """The address cannot be on this interface: it is outside the subnet, or one that AWS keeps."""


class SlotsFull(NodenetError):
    """The interface holds as many addresses and prefixes as its instance type allows."""


class PublicAddressRefused(NodenetError):
    """The Elastic IP cannot be had: somebody was first, it is gone, or the account's quota is used up."""
