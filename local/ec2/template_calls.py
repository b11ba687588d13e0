"""The operations on launch templates that answer otherwise than moto's."""

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.utils import parse_user_data

from local.ec2 import errors, tagging
from local.ec2.calls import Calls
from local.ec2.paging import page
from local.ec2.templates import version_of

LEAST, MOST = 1, 200
_EVERY = ("$Latest", "$Default")


class LaunchTemplateCalls(Calls):
    def create_launch_template(self) -> ActionResult:
        """Tags of the request are the template's own; those of its instances are in LaunchTemplateData.

        Errors: InvalidLaunchTemplateName.AlreadyExistsException, those of tags and client tokens.
        """
        request = self.request
        tags = tagging.for_creation(request.get("TagSpecifications") or [], ["launch-template"])
        name, data = self.required("LaunchTemplateName"), self._data()
        self.error_on_dryrun()
        made = self.ec2_backend.tokens.once(
            "CreateLaunchTemplate",
            request.get("ClientToken"),
            request,
            lambda: self.ec2_backend.create_launch_template(name, request.get("VersionDescription"), data, tags),
        )
        return ActionResult({"LaunchTemplate": self._template(made)})

    def create_launch_template_version(self) -> ActionResult:
        request = {**self.request, "LaunchTemplateData": self._data()}
        self.error_on_dryrun()
        made = self.ec2_backend.tokens.once(
            "CreateLaunchTemplateVersion",
            request.get("ClientToken"),
            self.request,
            lambda: self.ec2_backend.new_version(request),
        )
        return ActionResult({"LaunchTemplateVersion": self._version(made)})

    def describe_launch_templates(self) -> ActionResult:
        templates = self.ec2_backend.describe_launch_templates(
            template_names=self._get_param("LaunchTemplateNames", []),
            template_ids=self._get_param("LaunchTemplateIds", []),
            filters=self._filters_from_querystring(),
        )
        self.error_on_dryrun()
        order = {one: number for number, one in enumerate(self.ec2_backend.launch_template_insert_order)}
        shown, token = self._page(templates, lambda one: order[one.id])
        return ActionResult({"LaunchTemplates": [self._template(one) for one in shown], "NextToken": token})

    def describe_launch_template_versions(self) -> ActionResult:
        """Versions of one template, the newest first; or, of all templates, `$Latest` and `$Default`.

        Errors: those of `template_of`, InvalidLaunchTemplateId.VersionNotFound.
        """
        request = self.request
        versions = request.get("Versions") or []
        self.error_on_dryrun()
        if request.get("LaunchTemplateId") or request.get("LaunchTemplateName"):
            template = self.ec2_backend.template_of(request)
            found = [version_of(template, one) for one in versions] or template.versions
        elif versions and all(one in _EVERY for one in versions):
            found = [version_of(each, one) for each in self.ec2_backend.launch_templates.values() for one in versions]
        else:
            raise errors.missing("launchTemplateId or launchTemplateName")
        least, most = self._get_int_param("MinVersion", 1), self._get_int_param("MaxVersion")
        kept = [one for one in dict.fromkeys(found) if least <= one.number and (most is None or one.number <= most)]
        kept.sort(key=lambda one: -one.number)
        shown, token = self._page(list(enumerate(kept)), lambda pair: pair[0])
        return ActionResult({"LaunchTemplateVersions": [self._version(one) for _, one in shown], "NextToken": token})

    def modify_launch_template(self) -> ActionResult:
        """SetDefaultVersion, which the API's own name of the parameter is; errors as those of describing versions."""
        template = self.ec2_backend.template_of(self.request)
        self.error_on_dryrun()
        if version := self._get_param("DefaultVersion"):
            template.default_version_number = version_of(template, version).number
        return ActionResult({"LaunchTemplate": self._template(template)})

    def delete_launch_template(self) -> ActionResult:
        """It goes with all its versions; what was started from it stays."""
        template = self.ec2_backend.template_of(self.request)
        self.error_on_dryrun()
        answer = self._template(template)
        self.ec2_backend.delete_launch_template(template.name, template.id)
        return ActionResult({"LaunchTemplate": answer})

    def _data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.required("LaunchTemplateData")
        if data.get("UserData") is not None:
            data["UserData"] = parse_user_data(self._get_param("LaunchTemplateData.UserData"))
        return data

    def _page(self, items: Any, position: Any) -> Any:
        return page(items, position, self._get_int_param("MaxResults"), self._get_param("NextToken"), (LEAST, MOST))

    def _template(self, one: Any) -> Mapping[str, Any]:
        return {
            "CreateTime": one.create_time,
            "CreatedBy": self._creator(),
            "DefaultVersionNumber": one.default_version_number,
            "LatestVersionNumber": one.latest_version_number,
            "LaunchTemplateId": one.id,
            "LaunchTemplateName": one.name,
            "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in one.get_tags()],
        }

    def _version(self, one: Any) -> Mapping[str, Any]:
        return {
            "CreateTime": one.create_time,
            "CreatedBy": self._creator(),
            "DefaultVersion": one.template.is_default(one),
            "LaunchTemplateData": one.data,
            "LaunchTemplateId": one.template.id,
            "LaunchTemplateName": one.template.name,
            "VersionDescription": one.description,
            "VersionNumber": one.number,
        }

    def _creator(self) -> str:
        return f"arn:{self.partition}:iam::{self.current_account}:root"
