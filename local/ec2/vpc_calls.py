"""The operations on route tables and network ACLs that answer otherwise than moto's.

Sources: API reference, CreateNetworkAclEntry (RuleNumber), DeleteRouteTable, DisassociateRouteTable; VPC User Guide,
"Route tables": the main one cannot be deleted, and a VPC is never without one.
"""

from moto.core.responses import ActionResult

from local.ec2 import errors
from local.ec2.calls import Calls

LOWEST, HIGHEST = 1, 32766


class NetworkAclCalls(Calls):
    """The last rule, 32767, is AWS's own."""

    def create_network_acl_entry(self) -> ActionResult:
        self._check_number()
        return super().create_network_acl_entry()

    def replace_network_acl_entry(self) -> ActionResult:
        self._check_number()
        return super().replace_network_acl_entry()

    def delete_network_acl_entry(self) -> ActionResult:
        self._check_number()
        return super().delete_network_acl_entry()

    def _check_number(self) -> None:
        number = self.required("RuleNumber")
        if not LOWEST <= number <= HIGHEST:
            raise errors.invalid_value(
                f"Value ({number}) for parameter ruleNumber is invalid. Must be between {LOWEST} and {HIGHEST}"
            )


class RouteTableCalls(Calls):
    def delete_route_table(self) -> ActionResult:
        """DependencyViolation for a main one and while a subnet has it."""
        table = self.ec2_backend.get_route_table(self.required("RouteTableId"))
        if table.main_association_id is not None:
            raise errors.refused(
                "DependencyViolation", f"The routeTable '{table.id}' has dependencies and cannot be deleted."
            )
        return super().delete_route_table()

    def disassociate_route_table(self) -> ActionResult:
        """InvalidParameterValue for the association that makes a table the main one."""
        association = self.required("AssociationId")
        if any(table.main_association_id == association for table in self.ec2_backend.route_tables.values()):
            raise errors.invalid_value(f"cannot disassociate the main route table association {association}")
        return super().disassociate_route_table()
