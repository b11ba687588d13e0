"""EC2's launch templates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nodenet.errors import HeldError
from nodenet.migration.groups.wish import Shape
from tests.unit.migration.record import Cut


@dataclass
class Templates:
    """Versions are numbered from 1, and a name is taken once (CreateLaunchTemplate)."""

    cut: Cut
    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)

    def data(self, template: str, version: str) -> Shape:
        self.cut.count()
        data: Shape = self.by_id[template]["versions"][-1 if version.startswith("$") else int(version) - 1]
        return data

    def find(self, name: str) -> Shape | None:
        self.cut.count()
        return next((self._shown(each) for each in self.by_id.values() if each["name"] == name), None)

    def tagged(self, key: str, value: str) -> list[str]:
        self.cut.count()
        return [template for template, each in self.by_id.items() if each["tags"].get(key) == value]

    def create(self, name: str, data: Shape, tags: Mapping[str, str], token: str) -> str:
        if any(each["name"] == name for each in self.by_id.values()):
            raise HeldError("InvalidLaunchTemplateName.AlreadyExistsException")
        template = f"lt-{name}"
        self.by_id[template] = {"id": template, "name": name, "versions": [data], "tags": dict(tags)}
        self.cut.count()
        return template

    def add(self, template: str, data: Shape, token: str) -> None:
        self.by_id[template]["versions"].append(data)
        self.cut.count()

    def delete(self, template: str) -> None:
        self.by_id.pop(template, None)
        self.cut.count()

    def _shown(self, one: Mapping[str, Any]) -> Shape:
        tags = [{"Key": key, "Value": value} for key, value in one["tags"].items()]
        return {"LaunchTemplateId": one["id"], "LatestVersionNumber": len(one["versions"]), "Tags": tags}
