"""Properties of AWS::S3::Bucket that ministack drops, set as S3's API sets them; objects do not expire by themselves.

Template reference, AWS::S3::Bucket, BucketEncryption and LifecycleConfiguration; S3 API reference, PutBucketEncryption
and PutBucketLifecycleConfiguration.
"""

from collections.abc import Mapping
from typing import Any

from botocore.serialize import create_serializer

from local.plane import private
from local.plane.operations import model_of

# A rule's properties that have another name in the API, and those that stand in a structure there.
_RENAMED = {"Id": "ID"}
_NESTED = {
    "Prefix": ("Filter", "Prefix"),
    "ExpirationInDays": ("Expiration", "Days"),
    "ExpirationDate": ("Expiration", "Date"),
    "ExpiredObjectDeleteMarker": ("Expiration", "ExpiredObjectDeleteMarker"),
    "NoncurrentVersionExpirationInDays": ("NoncurrentVersionExpiration", "NoncurrentDays"),
}
_ENCRYPTION = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}


def set_encryption(bucket: str, value: Mapping[str, Any] | None) -> None:
    """ValueError, which fails the stack, where S3 refuses it."""
    if not value:
        private.get("services.s3._delete_bucket_encryption")(bucket)
        return
    rules = [
        {_ENCRYPTION.get(name, name): one for name, one in rule.items()}
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    body = _body("PutBucketEncryption", bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    _check(private.get("services.s3._put_bucket_encryption")(bucket, body))


def set_lifecycle(bucket: str, value: Mapping[str, Any] | None) -> None:
    """As set_encryption."""
    if not value:
        private.get("services.s3._delete_bucket_lifecycle")(bucket)
        return
    rules = [_rule(rule) for rule in value["Rules"]]
    body = _body("PutBucketLifecycleConfiguration", bucket, LifecycleConfiguration={"Rules": rules})
    _check(private.get("services.s3._put_bucket_lifecycle")(bucket, body))


def _rule(given: Mapping[str, Any]) -> dict[str, Any]:
    rule: dict[str, Any] = {"Filter": {"Prefix": ""}}
    for name, value in given.items():
        if name in _NESTED:
            outer, inner = _NESTED[name]
            rule[outer] = {**rule.get(outer, {}), inner: value}
        else:
            rule[_RENAMED.get(name, name)] = value
    return rule


def _body(operation: str, bucket: str, **members: Any) -> bytes:
    model = model_of("s3")
    assert model
    # A template's numbers may be strings: they are the same in XML.
    serializer = create_serializer("rest-xml", include_validation=False)
    request = serializer.serialize_to_request({"Bucket": bucket, **members}, model.operation_model(operation))
    body = request["body"]
    return body if isinstance(body, bytes) else str(body).encode()


def _check(answer: tuple[int, Any, Any]) -> None:
    status, _, body = answer
    if status >= 400:
        raise ValueError(f"AWS::S3::Bucket: {body!r}")
