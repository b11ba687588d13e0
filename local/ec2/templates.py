"""Launch templates and their versions.

Sources: API reference, CreateLaunchTemplate, CreateLaunchTemplateVersion, DescribeLaunchTemplateVersions and the error
codes; EC2 User Guide, "Launch templates": versions are numbered in the order of their making, and never change.
"""

from collections.abc import Mapping
from typing import Any

from moto.ec2.exceptions import InvalidLaunchTemplateIdNotFound, InvalidLaunchTemplateVersionNotFound
from moto.ec2.models import launch_templates as moto

from local.ec2 import errors


class LaunchTemplateBackend(moto.LaunchTemplateBackend):
    """Replaces the part of moto's EC2 backend that keeps launch templates."""

    def template_of(self, request: Mapping[str, Any]) -> Any:
        """The template that a request names by LaunchTemplateId or LaunchTemplateName, and not by both.

        Errors: MissingParameter, InvalidParameterCombination, InvalidLaunchTemplateId.NotFound,
        InvalidLaunchTemplateName.NotFoundException.
        """
        template_id, name = request.get("LaunchTemplateId"), request.get("LaunchTemplateName")
        if template_id and name:
            raise errors.invalid_combination("Either a launch template ID or a launch template name may be specified")
        if not template_id and not name:
            raise errors.missing("launchTemplateId or launchTemplateName")
        return self.get_launch_template(template_id) if template_id else self.get_launch_template_by_name(name or "")

    def describe_launch_templates(
        self, template_names: list[str] | None = None, template_ids: list[str] | None = None, filters: Any = None
    ) -> Any:
        for one in template_ids or []:
            if one not in self.launch_templates:
                raise InvalidLaunchTemplateIdNotFound(one)
        return super().describe_launch_templates(template_names, template_ids, filters)

    def new_version(self, request: Mapping[str, Any]) -> Any:
        """A version of the request's data upon that of SourceVersion: a parameter that is given replaces the whole
        of the source's (API reference, CreateLaunchTemplateVersion, SourceVersion)."""
        template = self.template_of(request)
        source = request.get("SourceVersion")
        before = version_of(template, source).data if source else {}
        return template.create_version({**before, **request["LaunchTemplateData"]}, request.get("VersionDescription"))


def version_of(template: Any, asked: Any) -> Any:
    """A version by its number, `$Latest` or `$Default`; InvalidLaunchTemplateId.VersionNotFound."""
    word = str(asked)
    if not word.startswith("$") and not (word.isdigit() and 1 <= int(word) <= len(template.versions)):
        raise InvalidLaunchTemplateVersionNotFound(template_id=template.id, version=word)
    return template.get_version(word)
