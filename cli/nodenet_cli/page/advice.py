"""What would help, and what to set for it."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from nodenet.capacity.plan import Advice
from nodenet.html import element
from nodenet_cli.verdict import sentence


def advice(found: Sequence[Advice]) -> Element | None:
    """A list, or None where there is nothing to say."""
    if not found:
        return None
    return element(
        "section",
        element("h2", "What would help", id="advice-part"),
        element("ul", *(_item(each) for each in found), class_="advice"),
        aria_labelledby="advice-part",
    )


def _item(each: Advice) -> Element:
    return element("li", element("p", sentence(each.sentence)), _settings(each))


def _settings(each: Advice) -> Element | None:
    if not each.settings:
        return None
    environment = " ".join(f"{name}={value}" for name, value in each.settings.items())
    command = element("code", f"kubectl -n kube-system set env daemonset/aws-node {environment}")
    return element("p", command, " or, with the EKS add-on, the same under env in its configuration values.")
