"""IAM's decisions on calls to our own models: ministack looks at one resource of a call and knows nothing of them."""

import json
import uuid
from typing import Any

from local.plane import eks_resources, private
from local.plane.answers import Answer
from local.plane.resource_keys import tags_of
from local.plane.resources import Params, checks


def install() -> None:
    """Gives ministack the first resource of our calls and its condition keys; `denial` does the others."""
    _read_tags_from_the_models()
    _name_the_first_resource()
    _add_the_first_resources_keys()
    _count_calls_as_encrypted()


def denial(service: str, headers: dict[str, str], body: bytes, query: Params) -> Answer | None:
    """The refusal of a call by one of the decisions after the first; None where it may be done."""
    if not private.get("app.AUTH"):
        return None
    params = private.get("app._routing_params")("POST", "/", headers, body, query)
    key = private.get("core.router.extract_access_key_id")(headers, query)
    region, account = private.get("core.responses.get_region")(), private.get("core.responses.get_account_id")()
    for check in checks(service, params, region, account)[1:]:
        denied = private.get("core.iam_evaluator.enforce")(
            key, check.action, service, region, resource_arn=check.resource, service_context=check.context
        )
        if denied is not None:
            return private.get("core.iam_actions.access_denied_response")(  # type: ignore[no-any-return]
                service,
                check.action,
                getattr(denied, "principal_arn", ""),
                str(uuid.uuid4()),
                headers=headers,
                resource_arn=check.resource,
                explicit_deny=getattr(denied, "decision", "") == "Deny",
            )
    return None


def _name_the_first_resource() -> None:
    """ministack's guess misses CreateTags and Auto Scaling, and takes the subnet for the interface that is made."""

    def make(original: Any) -> Any:
        def extract(
            service: str,
            method: str,
            path: str,
            headers: Any,
            body: bytes,
            query_params: Any,
            region: str,
            account: str,
        ) -> str:
            if service == "eks":
                return eks_resources.resource(path, query_params, region, account)
            found = checks(service, query_params, region, account) if service in ("ec2", "autoscaling") else []
            if found:
                return found[0].resource
            return original(service, method, path, headers, body, query_params, region, account)  # type: ignore[no-any-return]

        return extract

    private.replace("core.iam_actions.extract_resource_arn", make)


def _add_the_first_resources_keys() -> None:
    """Condition keys such as ec2:ResourceTag/Name come from our models."""

    def make(original: Any) -> Any:
        def context(service: str, iam_action: str, body: bytes, params: Any) -> dict[str, Any]:
            if iam_action == "events:PutEvents":
                return _keys_of_entries(body)
            if service == "eks":
                return eks_resources.request_tags(body)
            if service not in ("ec2", "autoscaling"):
                return original(service, iam_action, body, params)  # type: ignore[no-any-return]
            region, account = private.get("core.responses.get_region")(), private.get("core.responses.get_account_id")()
            found = checks(service, params, region, account)
            return found[0].context if found else original(service, iam_action, body, params)

        return context

    private.replace("core.iam_actions.request_tag_context", make)


def _count_calls_as_encrypted() -> None:
    """The region stands for endpoints that are called by TLS. On loopback it has none, and a policy that denies all
    else (aws:SecureTransport, "AWS global condition context keys", IAM User Guide) would deny every call."""

    def make(original: Any) -> Any:
        def pin(source_ip: str, secure_transport: bool) -> None:  # noqa: ARG001 - ministack's signature
            original(source_ip, True)

        return pin

    private.replace("app.pin_request_origin", make)


def _keys_of_entries(body: bytes) -> dict[str, Any]:
    """What a policy can ask of PutEvents ("Using IAM policy conditions in Amazon EventBridge", its user guide)."""
    try:
        entries = json.loads(body).get("Entries", [])
    except ValueError:
        return {}
    keys: dict[str, Any] = {}
    for key, name in (("events:source", "Source"), ("events:detail-type", "DetailType")):
        values = sorted({str(entry.get(name, "")) for entry in entries})
        keys[key] = values[0] if len(values) == 1 else values
    return keys


def _read_tags_from_the_models() -> None:
    """Conditions on aws:ResourceTag need the tags of moto's resources, of which ministack knows nothing."""

    def make(original: Any) -> Any:
        def resource_tags(arn: str) -> dict[str, str] | None:
            tags = tags_of(arn)
            if tags is not None:
                return tags
            return original(arn)  # type: ignore[no-any-return]

        return resource_tags

    private.replace("services.tagging.resource_tags", make)
