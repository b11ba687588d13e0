"""Kubernetes' API servers: the only place that knows their client, as nodenet.aws is for AWS."""
