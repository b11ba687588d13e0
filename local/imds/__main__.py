"""`python -m local.imds --snapshot FILE --instance i-… --bind 169.254.169.254:80`: one instance's metadata service."""

import argparse
import sys
import threading
from pathlib import Path

from local.imds.service import MetadataService


def main() -> None:
    """Serves until it is stopped; prints the URL of each address once all of them are open."""
    parser = argparse.ArgumentParser(prog="python -m local.imds", description="The metadata service of an instance.")
    parser.add_argument("--snapshot", type=Path, required=True, help="what EC2's Describe calls answer, as JSON")
    parser.add_argument("--instance", required=True, help="the instance that asks")
    parser.add_argument(
        "--bind",
        type=_address,
        action="append",
        metavar="ADDRESS:PORT",
        help="where to listen, [ADDRESS]:PORT for IPv6, port 0 for a free one; may be repeated "
        "(default 169.254.169.254:80)",
    )
    options = parser.parse_args()
    addresses = options.bind or [("169.254.169.254", 80)]
    services = [MetadataService(address, options.snapshot, options.instance) for address in addresses]
    for service in services:
        sys.stdout.write(f"{service.url}\n")
    sys.stdout.flush()
    for service in services[1:]:
        threading.Thread(target=service.serve_forever, daemon=True).start()
    services[0].serve_forever()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no ADDRESS:PORT")
    return host.strip("[]"), int(port)


if __name__ == "__main__":
    main()
