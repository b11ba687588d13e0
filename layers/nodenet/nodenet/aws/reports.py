"""S3: where the reports of runs are kept, each as a page, as Markdown and as JSON."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nodenet.aws.errors import translated
from nodenet.migration.report.markdown import as_markdown
from nodenet.migration.report.page import as_page

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Reports:
    """The Reports of nodenet.migration.report.finish. Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, run: str, report: Mapping[str, Any]) -> str:
        """Writes `<run>/report.json`, `.md` and `.html`, over what was there; gives the page's place, `s3://…`."""
        self._put(f"{run}/report.json", "application/json", json.dumps(report, indent=2) + "\n")
        self._put(f"{run}/report.md", "text/markdown; charset=utf-8", as_markdown(report))
        self._put(f"{run}/report.html", "text/html; charset=utf-8", as_page(report))
        return f"s3://{self._bucket}/{run}/report.html"

    def _put(self, key: str, kind: str, text: str) -> None:
        with translated():
            self._client.put_object(Bucket=self._bucket, Key=key, Body=text.encode(), ContentType=kind)
