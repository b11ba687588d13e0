"""Route tables' associations, network ACLs, and rules that name ranges.

Sources: API reference, AssociateRouteTable, ReplaceRouteTableAssociation, DeleteRouteTable, DisassociateRouteTable,
CreateNetworkAclEntry, ReplaceNetworkAclAssociation, DescribeSecurityGroupRules, GetManagedPrefixListEntries; VPC User
Guide, "Route tables", "Network ACLs", "Managed prefix lists".
"""

from typing import TYPE_CHECKING, Any

from tests.in_process import refusal
from tests.region.ec2_client import Place

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def main_table(ec2: "EC2Client", vpc: str) -> Any:
    by: Any = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    (table,) = ec2.describe_route_tables(Filters=by)["RouteTables"]
    return table


def acl_of(ec2: "EC2Client", subnet: str) -> Any:
    by: Any = [{"Name": "association.subnet-id", "Values": [subnet]}]
    (acl,) = ec2.describe_network_acls(Filters=by)["NetworkAcls"]
    return acl


def test_a_subnet_has_one_explicit_table(ec2: "EC2Client", place: Place) -> None:
    first, second = (ec2.create_route_table(VpcId=place.vpc)["RouteTable"]["RouteTableId"] for _ in range(2))
    made = ec2.associate_route_table(RouteTableId=first, SubnetId=place.subnet)
    assert made["AssociationState"]["State"] == "associated"
    again = ec2.associate_route_table(RouteTableId=first, SubnetId=place.subnet)
    assert again["AssociationId"] == made["AssociationId"]
    with refusal("Resource.AlreadyAssociated"):
        ec2.associate_route_table(RouteTableId=second, SubnetId=place.subnet)
    moved = ec2.replace_route_table_association(AssociationId=made["AssociationId"], RouteTableId=second)
    by: Any = [{"Name": "association.subnet-id", "Values": [place.subnet]}]
    (now,) = ec2.describe_route_tables(Filters=by)["RouteTables"]
    assert now["RouteTableId"] == second
    with refusal("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=second)
    ec2.disassociate_route_table(AssociationId=moved["NewAssociationId"])
    assert ec2.describe_route_tables(Filters=by)["RouteTables"] == []
    ec2.delete_route_table(RouteTableId=second)
    with refusal("InvalidAssociationID.NotFound"):
        ec2.disassociate_route_table(AssociationId=moved["NewAssociationId"])


def test_a_subnet_takes_no_table_of_another_vpc(ec2: "EC2Client", place: Place) -> None:
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=other)["RouteTable"]["RouteTableId"]
    with refusal("InvalidParameterValue", "different networks"):
        ec2.associate_route_table(RouteTableId=table, SubnetId=place.subnet)


def test_the_main_table_stays_until_another_takes_its_place(ec2: "EC2Client", place: Place) -> None:
    old = main_table(ec2, place.vpc)
    (association,) = old["Associations"]
    with refusal("InvalidParameterValue", "main"):
        ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    with refusal("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=old["RouteTableId"])
    new = ec2.create_route_table(VpcId=place.vpc)["RouteTable"]["RouteTableId"]
    ec2.replace_route_table_association(AssociationId=association["RouteTableAssociationId"], RouteTableId=new)
    assert main_table(ec2, place.vpc)["RouteTableId"] == new
    ec2.delete_route_table(RouteTableId=old["RouteTableId"])


def test_a_new_subnet_has_the_vpcs_default_acl_until_it_is_given_another(ec2: "EC2Client", place: Place) -> None:
    default = acl_of(ec2, place.subnet)
    assert default["IsDefault"] is True
    made = ec2.create_network_acl(VpcId=place.vpc)["NetworkAcl"]["NetworkAclId"]
    (association,) = [one for one in default["Associations"] if one["SubnetId"] == place.subnet]
    ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=made)
    assert acl_of(ec2, place.subnet)["NetworkAclId"] == made
    with refusal("DependencyViolation"):
        ec2.delete_network_acl(NetworkAclId=made)
    with refusal("InvalidParameterValue"):
        ec2.delete_network_acl(NetworkAclId=default["NetworkAclId"])
    with refusal("InvalidAssociationID.NotFound"):
        ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=made)
    with refusal("InvalidNetworkAclID.NotFound"):
        ec2.describe_network_acls(NetworkAclIds=["acl-0123456789abcdef0"])


def test_an_acl_denies_all_but_what_its_numbered_rules_allow(ec2: "EC2Client", place: Place) -> None:
    made = ec2.create_network_acl(VpcId=place.vpc)["NetworkAcl"]
    assert {(one["RuleNumber"], one["RuleAction"], one["Egress"]) for one in made["Entries"]} == {
        (32767, "deny", False),
        (32767, "deny", True),
    }
    rule: Any = {
        "NetworkAclId": made["NetworkAclId"],
        "RuleNumber": 100,
        "Protocol": "6",
        "RuleAction": "allow",
        "Egress": False,
        "CidrBlock": "10.0.0.0/16",
        "PortRange": {"From": 443, "To": 443},
    }
    ec2.create_network_acl_entry(**rule)
    with refusal("NetworkAclEntryAlreadyExists"):
        ec2.create_network_acl_entry(**rule)
    ec2.replace_network_acl_entry(**rule | {"CidrBlock": "100.64.0.0/16"})
    by: Any = [{"Name": "entry.cidr", "Values": ["100.64.0.0/16"]}]
    (seen,) = ec2.describe_network_acls(Filters=by)["NetworkAcls"]
    (entry,) = [one for one in seen["Entries"] if one["RuleNumber"] == 100]
    assert (entry["CidrBlock"], entry["PortRange"], entry["RuleAction"]) == (
        "100.64.0.0/16",
        {"From": 443, "To": 443},
        "allow",
    )
    with refusal("InvalidParameterValue", "ruleNumber"):
        ec2.create_network_acl_entry(**rule | {"RuleNumber": 32767})
    gone: Any = {"NetworkAclId": made["NetworkAclId"], "RuleNumber": 100, "Egress": False}
    ec2.delete_network_acl_entry(**gone)
    with refusal("InvalidNetworkAclEntry.NotFound"):
        ec2.delete_network_acl_entry(**gone)


def test_security_groups_show_the_ranges_and_lists_that_their_rules_name(ec2: "EC2Client", place: Place) -> None:
    listed = ec2.create_managed_prefix_list(
        PrefixListName="offices",
        MaxEntries=5,
        AddressFamily="IPv4",
        Entries=[{"Cidr": "10.0.0.0/16", "Description": "the old range"}],
    )["PrefixList"]["PrefixListId"]
    permissions: Any = [
        {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "IpRanges": [{"CidrIp": "10.0.0.0/16", "Description": "pods"}],
            "PrefixListIds": [{"PrefixListId": listed}],
        }
    ]
    ec2.authorize_security_group_ingress(GroupId=place.group, IpPermissions=permissions)
    (group,) = ec2.describe_security_groups(GroupIds=[place.group])["SecurityGroups"]
    (seen,) = group["IpPermissions"]
    assert seen["IpRanges"] == [{"CidrIp": "10.0.0.0/16", "Description": "pods"}]
    assert [one["PrefixListId"] for one in seen["PrefixListIds"]] == [listed]
    by: Any = [{"Name": "group-id", "Values": [place.group]}]
    rules = ec2.describe_security_group_rules(Filters=by)["SecurityGroupRules"]
    assert {(rule["IsEgress"], rule.get("CidrIpv4")) for rule in rules} >= {(False, "10.0.0.0/16"), (True, "0.0.0.0/0")}
    entries = ec2.get_managed_prefix_list_entries(PrefixListId=listed)["Entries"]
    assert entries == [{"Cidr": "10.0.0.0/16", "Description": "the old range"}]
