"""What a new node's kubelet is told by user data, put into whatever form the group's user data has."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from nodenet.errors import HeldError
from nodenet.migration.cluster import Taint
from nodenet.migration.groups import bottlerocket, mime, node_config

_LIMIT: Final = 16 * 1024
"""Bytes, before base64 (EC2 User Guide, "Work with instance user data")."""

_GZIP: Final = b"\x1f\x8b"
_FORMS: Final = (
    "only user data of AL2023 (a NodeConfig, alone or in MIME) and of Bottlerocket (TOML) is changed: make a node "
    "group with user data of your own and name it as `replacement`"
)


@dataclass(frozen=True, slots=True)
class Told:
    """`max_pods` None where it stays as it is."""

    max_pods: int | None = None
    taint: Taint | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        return self.max_pods is None and self.taint is None and not self.labels


def of_own_image(given: bytes, told: Told) -> bytes:
    """User data that nobody completes: of self-managed groups, and of managed ones with an AMI of their own.

    A NodeConfig of ours goes behind the user's own, since of several the last one prevails (amazon-eks-ami,
    nodeadm/internal/api/merge.go). Bottlerocket's settings are changed in their place. Compressed user data is read,
    and written where it would be too long else: cloud-init and nodeadm read it. HeldError for any other form.
    """
    if told.nothing:
        return given
    text = _text(given)
    if bottlerocket.is_settings(text):
        made = bottlerocket.with_settings(text, told.max_pods, told.taint, told.labels).encode()
    else:
        made = _with_node_config(text, told).encode()
    return made if len(made) <= _LIMIT else _fitting(gzip.compress(made, mtime=0))


def of_eks_image(given: bytes, image: str, max_pods: int) -> bytes:
    """User data of a managed group whose AMI is EKS's: `image` is its AMI type.

    On AL2023 EKS puts a NodeConfig of its own behind the user's ("Customize managed nodes with launch templates", EKS
    User Guide), so the maximum of pods goes where nodeadm reads it last. Bottlerocket's user data prevails over what
    EKS says. HeldError for images that take it in no such way, and for user data that EKS would not take.
    """
    text = _text(given)
    if image.startswith("BOTTLEROCKET"):
        return _fitting(bottlerocket.with_settings(text, max_pods, None, {}).encode())
    if not image.startswith("AL2023"):
        raise HeldError(f"the maximum of pods cannot be told to nodes of AMI type {image}; {_FORMS}")
    if text and not mime.is_multipart(text):
        raise HeldError(f"the launch template's user data is no MIME multipart document, which EKS asks for; {_FORMS}")
    return _fitting(mime.with_part(text, mime.BOOTHOOK, node_config.drop_in(max_pods)).encode())


def _with_node_config(text: str, told: Told) -> str:
    parts = (
        [content for kind, content in mime.parts(text) if kind == mime.NODE_CONFIG] if mime.is_multipart(text) else []
    )
    if not parts and node_config.is_node_config(text):
        parts, text = [text], mime.with_part("", mime.NODE_CONFIG, text)
    if not parts:
        raise HeldError(f"the user data has no NodeConfig; {_FORMS}")
    ours = node_config.behind(parts, told.max_pods, told.taint, told.labels)
    return mime.with_part(text, mime.NODE_CONFIG, ours)


def _text(given: bytes) -> str:
    try:
        return (gzip.decompress(given) if given.startswith(_GZIP) else given).decode()
    except (UnicodeDecodeError, OSError, EOFError) as error:
        raise HeldError(f"the user data cannot be read ({error}); {_FORMS}") from error


def _fitting(made: bytes) -> bytes:
    if len(made) > _LIMIT:
        raise HeldError(f"the user data would have {len(made)} bytes, and EC2 takes {_LIMIT}: name a replacement")
    return made
