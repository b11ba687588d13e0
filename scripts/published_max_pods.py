"""Makes tests/unit/capacity/data/published_max_pods.json anew: what AWS publishes about maximum pods, for the tests.

    python scripts/published_max_pods.py [--list FILE-OR-URL] [--nodeadm FILE-OR-URL]

The VPC CNI's list of figures, and the interfaces and addresses from which nodeadm computes its own.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from scripts.instance_limits import read

PUBLISHED: Final = Path(__file__).parents[1] / "tests/unit/capacity/data/published_max_pods.json"
GITHUB: Final = "https://raw.githubusercontent.com"
LIST: Final = "aws/amazon-vpc-cni-k8s/b52188387f2e2f10bf289ace929d6a63b176a4fa/misc/eni-max-pods.txt"
NODEADM: Final = (
    "awslabs/amazon-eks-ami/81fec2e895854f599974fe4d3d72f61c0a9aaffa/nodeadm/internal/kubelet/instance-info.jsonl"
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--list", default=f"{GITHUB}/{LIST}", help="eni-max-pods.txt of amazon-vpc-cni-k8s")
    arguments.add_argument("--nodeadm", default=f"{GITHUB}/{NODEADM}", help="instance-info.jsonl of amazon-eks-ami")
    given = arguments.parse_args()

    lines = read(given.list).decode().splitlines()
    listed = dict(line.split() for line in lines if line and not line.startswith("#"))
    known = [json.loads(line) for line in read(given.nodeadm).splitlines()]
    nodeadm = {
        each["instanceType"]: f"{each['defaultMaxENIs']} x {each['ipv4AddressesPerInterface']}" for each in known
    }
    parts = {
        "list": {"source": LIST, "types": by_figure(listed)},
        "nodeadm": {"source": NODEADM, "types": by_figure(nodeadm)},
    }
    PUBLISHED.parent.mkdir(parents=True, exist_ok=True)
    PUBLISHED.write_text(json.dumps(parts, indent=1) + "\n", encoding="utf-8")
    print(f"{len(listed)} types in the VPC CNI's list, {len(nodeadm)} in nodeadm's")


def by_figure(figures: Mapping[str, str]) -> dict[str, str]:
    """The types of each figure on one line, so that a new edition shows in a diff what changed."""
    return {
        figure: " ".join(sorted(name for name, its in figures.items() if its == figure))
        for figure in sorted(set(figures.values()), key=lambda figure: [int(part) for part in figure.split(" x ")])
    }


if __name__ == "__main__":
    main()
