"""Makes the agent one file: `python -m node.build` writes build/nodenet-agent, `--compact` what user data can hold."""

import argparse
import io
import zipfile
from pathlib import Path
from typing import Final

from node.compacting import compacted

_SOURCE: Final = Path(__file__).parent / "agent"
_INTERPRETER: Final = "#!/usr/bin/python3\n"

BOOT: Final = (
    "ranges",
    "configuration",
    "imds",
    "matching",
    "places",
    "kernel",
    "tables",
    "steps",
    "links",
    "cni",
    "routing",
    "plan",
    "apply",
    "events",
    "node",
    "systemd",
    "turn",
    "options",
    "up",
    "__main__",
)
"""The modules of `nodenet-agent up`, each after those that it imports. A node that boots needs no more: its user data
brings a networks.json that its renderer has checked, and probes and daemon come with the DaemonSet's image."""

_LOADER: Final = """\
import sys, types
package = types.ModuleType("nodenet_agent")
package.__path__ = []
sys.modules["nodenet_agent"] = package
for name, source in SOURCES.items():
 module = types.ModuleType("nodenet_agent." + name)
 module.__package__ = "nodenet_agent"
 sys.modules[module.__name__] = module
 setattr(package, name, module)
 exec(compile(source, name, "exec"), module.__dict__)
sys.exit(module.main())
"""


def agent(compact: bool = False) -> bytes:
    """The agent as an executable file; the same source always makes the same bytes.

    It is a zip archive that Python runs (the standard library's zipapp), with all modules as they are. `compact` is
    `nodenet-agent up` alone, for user data: a script that holds its modules as text, shortened but not compressed,
    since what it is packed into compresses it better as a whole.
    """
    return _script() if compact else _archive()


def _archive() -> bytes:
    archive = io.BytesIO()
    archive.write(_INTERPRETER.encode())
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as files:
        contents = {f"nodenet_agent/{path.name}": path.read_text() for path in sorted(_SOURCE.glob("*.py"))}
        contents["__main__.py"] = "import sys\nfrom nodenet_agent.__main__ import main\nsys.exit(main())\n"
        for name, content in contents.items():
            files.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def _script() -> bytes:
    sources = {name: compacted((_SOURCE / f"{name}.py").read_text()) for name in BOOT}
    return f"{_INTERPRETER}SOURCES = {sources!r}\n{_LOADER}".encode()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m node.build", description="Makes the agent one file.")
    parser.add_argument("--compact", action="store_true", help="only what a node needs to boot, as short as can be")
    parser.add_argument("--output", type=Path, default=Path("build/nodenet-agent"), help="(%(default)s)")
    options = parser.parse_args()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(agent(options.compact))
    options.output.chmod(0o755)


if __name__ == "__main__":
    main()
