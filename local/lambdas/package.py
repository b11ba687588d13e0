"""Deployment packages on disk: function code, layers, and the folder that stands for the managed runtime."""

import hashlib
import io
import os
import shutil
import uuid
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTING = "LOCAL_LAMBDA_RUNTIME"


class RuntimeMissingError(RuntimeError):
    """There is no folder with awslambdaric and boto3."""


def runtime_folder() -> Path:
    """The folder that holds what the managed runtime brings: `build/runtime`, or what LOCAL_LAMBDA_RUNTIME names.

    Raises RuntimeMissingError with the command that makes it.
    """
    folder = Path(os.environ.get(SETTING) or ROOT / "build" / "runtime")
    if not (folder / "awslambdaric").is_dir():
        raise RuntimeMissingError(
            f"no Lambda runtime in {folder}: make it with "
            f"`uv pip install --target {folder} -r requirements/runtime.txt`, or name another folder in {SETTING}"
        )
    return folder


class Packages:
    """Unpacked archives, each once, named by their content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def unpack(self, archive: bytes) -> Path:
        """The folder with the files of a zip archive, with the modes that it records (Lambda keeps them)."""
        target = self._folder / hashlib.sha256(archive).hexdigest()[:24]
        if target.is_dir():
            return target
        work = self._folder / f"work-{uuid.uuid4().hex}"
        with zipfile.ZipFile(io.BytesIO(archive)) as content:
            for entry in content.infolist():
                path = Path(content.extract(entry, work))
                if (mode := entry.external_attr >> 16) and not entry.is_dir():
                    path.chmod(mode & 0o777 | 0o400)
        work.mkdir(parents=True, exist_ok=True)
        try:
            work.rename(target)
        except OSError:
            # Another invocation unpacked the same archive meanwhile.
            shutil.rmtree(work, ignore_errors=True)
        return target
