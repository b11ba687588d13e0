"""The Service Quotas API: GetServiceQuota, ListServiceQuotas and the two of AWS's defaults (API reference)."""

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import BaseResponse

from local.servicequotas.catalog import QUOTAS, Quota, shape

MOST = 100


class QuotaResponse(BaseResponse):
    """Each method is an action of the API, under the name that moto derives from it."""

    def __init__(self) -> None:
        super().__init__(service_name="service-quotas")

    def get_service_quota(self) -> str:
        return self._one(applied=True)

    def get_aws_default_service_quota(self) -> str:
        return self._one(applied=False)

    def list_service_quotas(self) -> str:
        return self._page(applied=True)

    def list_aws_default_service_quotas(self) -> str:
        return self._page(applied=False)

    def _one(self, *, applied: bool) -> str:
        asked = json.loads(self.body)
        service, code = asked["ServiceCode"], asked["QuotaCode"]
        quota = _known(service).get(code)
        if quota is None:
            raise _unknown()
        return json.dumps({"Quota": self._shape(service, quota, applied)})

    def _page(self, *, applied: bool) -> str:
        asked = json.loads(self.body)
        service, start = asked["ServiceCode"], int(asked.get("NextToken") or 0)
        known = [q for q in _known(service).values() if asked.get("QuotaCode") in (None, q.code)]
        end = start + min(int(asked.get("MaxResults") or MOST), MOST)
        more = {"NextToken": str(end)} if end < len(known) else {}
        return json.dumps({"Quotas": [self._shape(service, q, applied) for q in known[start:end]], **more})

    def _shape(self, service: str, quota: Quota, applied: bool) -> dict[str, Any]:
        return shape(service, quota, self.region, self.current_account, applied=applied)


def _known(service: str) -> Any:
    if service not in QUOTAS:
        raise _unknown()
    return QUOTAS[service]


def _unknown() -> JsonRESTError:
    """NoSuchResourceException, HTTP 400."""
    return JsonRESTError(
        "NoSuchResourceException", "The request failed because the specified service or quota does not exist."
    )
