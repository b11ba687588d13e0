"""Network ACLs: which one a subnet has, and their numbered rules.

Sources: API reference, CreateNetworkAclEntry, ReplaceNetworkAclEntry, ReplaceNetworkAclAssociation and their error
codes; VPC User Guide, "Network ACLs": the default one's last rule is `*`, 32767, which cannot be changed.
"""

from typing import Any

from moto.ec2.exceptions import InvalidNetworkAclIdError
from moto.ec2.models import network_acls as moto

from local.ec2 import errors

LAST = 32767


class NetworkAclBackend(moto.NetworkAclBackend):
    """Replaces the part of moto's EC2 backend that keeps network ACLs; signatures are moto's."""

    def create_network_acl(self, vpc_id: str, tags: Any = None, default: bool = False) -> Any:
        """Every ACL denies what no rule of it names."""
        acl = super().create_network_acl(vpc_id, tags, default)
        if not default:
            for egress in (False, True):
                super().create_network_acl_entry(
                    acl.id, LAST, "-1", "deny", egress, "0.0.0.0/0", None, None, None, None, None
                )
        return acl

    def delete_network_acl_entry(self, network_acl_id: str, rule_number: int, egress: bool) -> Any:
        """Errors: InvalidNetworkAclID.NotFound, InvalidNetworkAclEntry.NotFound."""
        acl = self.get_network_acl(network_acl_id)
        if not any(one.egress == egress and one.rule_number == rule_number for one in acl.entries):
            way = "egress" if egress else "ingress"
            raise errors.refused(
                "InvalidNetworkAclEntry.NotFound",
                f"The {way} network ACL entry {rule_number} does not exist in {network_acl_id}",
            )
        return super().delete_network_acl_entry(network_acl_id, rule_number, egress)

    def delete_network_acl(self, network_acl_id: str) -> Any:
        """InvalidParameterValue for a VPC's default one (API reference, DeleteNetworkAcl)."""
        if self.get_network_acl(network_acl_id).default:
            raise errors.invalid_value(f"The network ACL '{network_acl_id}' is a default one and cannot be deleted")
        return super().delete_network_acl(network_acl_id)

    def replace_network_acl_association(self, association_id: str, network_acl_id: str) -> Any:
        """Errors: InvalidAssociationID.NotFound, InvalidNetworkAclID.NotFound, InvalidParameterValue for an ACL of
        another VPC."""
        old = next((one for one in self.network_acls.values() if association_id in one._associations), None)
        if old is None:
            raise errors.refused(
                "InvalidAssociationID.NotFound", f"The association ID '{association_id}' does not exist"
            )
        new = self.get_network_acl(network_acl_id)
        if new.vpc_id != old.vpc_id:
            raise errors.invalid_value(f"Network ACL {network_acl_id} and the subnet belong to different networks")
        return super().replace_network_acl_association(association_id, network_acl_id)

    def describe_network_acls(self, network_acl_ids: list[str] | None = None, filters: Any = None) -> Any:
        for one in network_acl_ids or []:
            if one not in self.network_acls:
                raise InvalidNetworkAclIdError(one)
        return super().describe_network_acls(network_acl_ids, filters)

    def forget_acl_of(self, subnet_id: str) -> None:
        """A subnet is gone."""
        for acl in self.network_acls.values():
            for key in [key for key, one in acl._associations.items() if one.subnet_id == subnet_id]:
                del acl._associations[key]
