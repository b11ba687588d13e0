"""EC2's door: operations of this package where it has them, moto's for the rest, and no answer but the API's."""

import re
from typing import Any

from botocore.model import OperationNotFoundError
from moto.core.responses import ActionResult
from moto.ec2.exceptions import FilterNotImplementedError
from moto.ec2.responses import EC2Response as MotoResponse

from local.ec2 import errors
from local.ec2.elastic_address_calls import ElasticAddressCalls
from local.ec2.gateway_calls import GatewayCalls
from local.ec2.instance_calls import InstanceCalls
from local.ec2.interface_calls import NetworkInterfaceCalls
from local.ec2.subnet_calls import SubnetCalls, TagCalls
from local.ec2.template_calls import LaunchTemplateCalls
from local.ec2.vpc_calls import NetworkAclCalls, RouteTableCalls


class EC2Response(
    NetworkInterfaceCalls,
    InstanceCalls,
    SubnetCalls,
    ElasticAddressCalls,
    GatewayCalls,
    LaunchTemplateCalls,
    NetworkAclCalls,
    RouteTableCalls,
    TagCalls,
    MotoResponse,
):
    """`dispatch(moto.core.request.Request)` answers one request as (status, headers, body)."""

    def _dispatch(self, request: Any, full_url: str | None = None, headers: Any = None) -> Any:
        try:
            return super()._dispatch(request, full_url, headers)
        except FilterNotImplementedError as error:
            name = re.search(r"The filter '(.*?)'", str(error))
            return self._refuse(errors.invalid_value(f"The filter '{name[1] if name else ''}' is invalid"))
        except OperationNotFoundError:
            return self._refuse(
                errors.refused("InvalidAction", f"The action {self._get_action()} is not valid for this web service.")
            )
        except NotImplementedError as error:
            return self._refuse(errors.refused("InvalidAction", f"This region does not have it: {error}"))

    def _refuse(self, error: Exception) -> Any:
        status, headers, body = self.serialized(ActionResult(error))
        return status, {**headers, "status": str(status)}, body
