"""Error answers in the form of each of AWS's protocols, as botocore parses them, and the error code of an answer."""

import json
import re
import uuid
from collections.abc import Mapping
from xml.sax.saxutils import escape

from local.plane.operations import model_of

Answer = tuple[int, dict[str, str], bytes]

_XML_CODE = re.compile(rb"<Code>([^<]+)</Code>")


def error(service: str, code: str, message: str, status: int, headers: Mapping[str, str]) -> Answer:
    """The answer with which `service` reports the error `code` to the request that had `headers`."""
    request_id = str(uuid.uuid4())
    out = {"x-amzn-requestid": request_id}
    protocol = _protocol(service, headers)
    if protocol == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
        return status, {**out, "Content-Type": "text/xml;charset=UTF-8"}, body.encode()
    if protocol in ("query", "rest-xml"):
        kind = "Receiver" if status >= 500 else "Sender"
        inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        tail = f"<RequestId>{request_id}</RequestId>"
        body = f"<ErrorResponse><Error><Type>{kind}</Type>{inner}</Error>{tail}</ErrorResponse>"
        if service == "s3":
            body = f"<Error>{inner}{tail}</Error>"
        return status, {**out, "Content-Type": "text/xml"}, body.encode()
    out |= {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": code}
    return status, out, json.dumps({"__type": code, "message": message}).encode()


def error_code(answer: Answer) -> str | None:
    """The error code that an answer carries, None where it is no error."""
    status, headers, body = answer
    if status < 400:
        return None
    for name, value in headers.items():
        if name.lower() == "x-amzn-errortype":
            return value.partition(":")[0].rpartition("#")[2]
    if not isinstance(body, bytes):
        return str(status)
    if found := _XML_CODE.search(body):
        return found[1].decode()
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        return str(status)
    code = parsed.get("__type") or parsed.get("code") if isinstance(parsed, dict) else None
    return str(code).rpartition("#")[2] if code else str(status)


def _protocol(service: str, headers: Mapping[str, str]) -> str:
    """How this caller expects an answer: a service may offer several protocols and the caller chooses."""
    if "x-amz-target" in headers or "json" in headers.get("content-type", ""):
        return "json"
    model = model_of(service)
    protocol = str(model.metadata.get("protocol", "json")) if model else "json"
    if protocol in ("json", "smithy-rpc-v2-cbor") and "x-www-form-urlencoded" in headers.get("content-type", ""):
        return "query"
    return protocol
