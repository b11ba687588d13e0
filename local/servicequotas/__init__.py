"""Service Quotas of the local region: what is asked before a VPC or a cluster grows."""

from local.servicequotas.responses import QuotaResponse


def install() -> type[QuotaResponse]:
    """The class that answers requests; there is no state but the world's quotas."""
    return QuotaResponse
