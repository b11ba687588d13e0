"""What CloudFormation does to templates and ministack does not."""

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.plane import private

_MODULE = Path(__file__).with_name("cfnresponse.py")
# "Use this exact import statement" (CloudFormation user guide, "cfn-response module").
_IMPORT = re.compile(r"^\s*import cfnresponse\b", re.MULTILINE)


def install() -> None:
    private.replace("services.cloudformation.engine._resolve_parameters", _with_words)
    private.replace("services.cloudformation.handlers._resolve_parameters", _with_words)
    private.replace("services.cloudformation.changesets._resolve_parameters", _with_words)
    private.replace("services.cloudformation.provisioners._zip_inline", _with_response_module)


def _with_words(original: Any) -> Any:
    """A parameter's value is a string: `true` of YAML or JSON is "true", also among its allowed values."""

    def resolve(template: dict[str, Any], *rest: Any, **options: Any) -> Any:
        parameters = {name: _worded(one) for name, one in (template.get("Parameters") or {}).items()}
        return original({**template, "Parameters": parameters}, *rest, **options)

    return resolve


def _worded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _worded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_worded(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else value


def _with_response_module(original: Any) -> Any:
    def zip_inline(source: str | None, handler: str, runtime: str = "python3.13") -> bytes | None:
        archive: bytes | None = original(source, handler, runtime)
        if archive is None or not source or not runtime.startswith("python") or not _IMPORT.search(source):
            return archive
        content = io.BytesIO(archive)
        with zipfile.ZipFile(content, "a") as files:
            files.writestr("cfnresponse.py", _MODULE.read_text())
        return content.getvalue()

    return zip_inline
