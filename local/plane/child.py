"""The process that local.region.Region starts: `python -m local.plane.child PORT SPEED`.

Writes one line with the port when it is ready, and ends when its standard input does, so that it never outlives the
process that started it.
"""

import sys

from local.plane.server import serve


def main() -> None:
    port, speed = int(sys.argv[1]), float(sys.argv[2])
    serve(port, speed, lambda bound: print(bound, flush=True), until_input_ends=True)  # noqa: T201 - the protocol


if __name__ == "__main__":
    main()
