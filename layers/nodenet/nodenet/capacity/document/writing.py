"""From the document to YAML that reads back equal, without what has its default."""

import yaml

from nodenet.capacity.document.model import PlanDocument


def write(document: PlanDocument) -> str:
    """The document as YAML: fields in the model's order, and small parts on a line of their own."""
    plain = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for group in plain["nodeGroups"]:
        if isinstance(group["pods"], dict) and "nodes" in group["pods"]:
            # JSON has the numbers of pods, which are keys, as text.
            group["pods"]["nodes"] = {int(pods): nodes for pods, nodes in group["pods"]["nodes"].items()}
    text = yaml.dump(
        plain, Dumper=yaml.CSafeDumper, sort_keys=False, default_flow_style=None, allow_unicode=True, width=120
    )
    return str(text)
