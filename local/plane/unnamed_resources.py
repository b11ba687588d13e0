"""Resources that a call to EC2 means and does not name: those behind an attachment, an association, a template's name.

Service authorization reference, "Actions, resources, and condition keys for Amazon EC2".
"""

from collections.abc import Callable, Iterator, Mapping


def _attached(attachment: str, region: str, account: str) -> Iterator[str]:
    """DetachNetworkInterface names neither the interface nor the instance."""
    from moto.ec2.models import ec2_backends

    for interface in ec2_backends[account][region].enis.values():
        if interface.attachment_id == attachment:
            yield f"network-interface/{interface.id}"
            yield f"instance/{interface.instance.id}"


def _associated(association: str, region: str, account: str) -> Iterator[str]:
    """The resources of an association of an Elastic IP, a VPC's CIDR block, a route table or a network ACL."""
    from moto.ec2.models import ec2_backends

    ec2 = ec2_backends[account][region]
    for address in ec2.addresses:
        if address.association_id == association:
            yield f"elastic-ip/{address.id}"
            yield f"network-interface/{address.eni.id}"
    for vpc in ec2.vpcs.values():
        if association in vpc._cidr_block_association_set:
            yield f"vpc/{vpc.id}"
    for table in ec2.route_tables.values():
        if association in table.all_associations_ids:
            yield f"route-table/{table.id}"
            if str(subnet := table._associations.get(association)).startswith("subnet-"):
                yield f"subnet/{subnet}"
    for acl in ec2.network_acls.values():
        if association in acl._associations:
            yield f"network-acl/{acl.id}"
            yield f"subnet/{acl._associations[association].subnet_id}"


def _template(name: str, region: str, account: str) -> Iterator[str]:
    from moto.ec2.models import ec2_backends

    if template := ec2_backends[account][region].launch_template_name_to_ids.get(name):
        yield f"launch-template/{template}"


BEHIND: Mapping[str, Callable[[str, str, str], Iterator[str]]] = {
    "AttachmentId": _attached,
    "AssociationId": _associated,
    "LaunchTemplateName": _template,
}
"""By parameter: what gives `type/id` of the resources for (value, region, account)."""
