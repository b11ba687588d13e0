"""Launch templates, as the steps of a migration copy them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, translated
from nodenet.errors import HeldError

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

type Shape = Mapping[str, Any]

_NO_TEMPLATE: Final = (
    *("InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateName.NotFoundException"),
    *("InvalidLaunchTemplateId.VersionNotFound", "InvalidLaunchTemplateId.Malformed"),
)


class LaunchTemplates:
    """One method, one API call, but for the pages of a Describe. Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "EC2Client") -> None:
        self._client: Any = client

    def data(self, template: str, version: str) -> Shape:
        """The data of a version of a template, by the template's id or name, as it may be given again; HeldError where
        there is none."""
        key = "LaunchTemplateId" if template.startswith("lt-") else "LaunchTemplateName"
        with translated():
            try:
                answer = self._client.describe_launch_template_versions(**{key: template}, Versions=[version])
            except ClientError as error:
                if code_of(error) in _NO_TEMPLATE:
                    raise HeldError(f"version {version} of launch template {template} is gone: {error}") from error
                raise
        found = next(iter(answer["LaunchTemplateVersions"]), None)
        if found is None:
            raise HeldError(f"version {version} of launch template {template} is gone")
        request = self._client.meta.service_model.shape_for("RequestLaunchTemplateData")
        data: Shape = _asked(found["LaunchTemplateData"], request)
        return data

    def find(self, name: str) -> Shape | None:
        """LaunchTemplate (EC2 API Reference) of this name. By a filter, since a name that is not there is an error."""
        with translated():
            answer = self._client.describe_launch_templates(
                Filters=[{"Name": "launch-template-name", "Values": [name]}]
            )
        found: Shape | None = next(iter(answer["LaunchTemplates"]), None)
        return found

    def tagged(self, key: str, value: str) -> list[str]:
        """The ids of all that have a tag."""
        pages = self._client.get_paginator("describe_launch_templates")
        with translated():
            found = pages.paginate(Filters=[{"Name": f"tag:{key}", "Values": [value]}])
            return [each["LaunchTemplateId"] for page in found for each in page["LaunchTemplates"]]

    def create(self, name: str, data: Shape, tags: Mapping[str, str], token: str) -> str:
        """The id; that of the first where one was made with this client token, though EC2 may not show it yet."""
        marks = [{"Key": key, "Value": value} for key, value in tags.items()]
        with translated():
            made = self._client.create_launch_template(
                LaunchTemplateName=name,
                LaunchTemplateData=data,
                ClientToken=token,
                TagSpecifications=[{"ResourceType": "launch-template", "Tags": marks}],
            )
        return str(made["LaunchTemplate"]["LaunchTemplateId"])

    def add(self, template: str, data: Shape, token: str) -> None:
        """One more version."""
        with translated():
            self._client.create_launch_template_version(
                LaunchTemplateId=template, LaunchTemplateData=data, ClientToken=token
            )

    def delete(self, template: str) -> None:
        """Nothing where there is none."""
        with translated():
            try:
                self._client.delete_launch_template(LaunchTemplateId=template)
            except ClientError as error:
                if code_of(error) not in _NO_TEMPLATE:
                    raise


def _asked(answer: Any, shape: Any) -> Any:
    """What of an answer a request may say: answers have fields that no request has (MetadataOptions' State)."""
    if shape.type_name == "structure":
        return {key: _asked(value, shape.members[key]) for key, value in answer.items() if key in shape.members}
    if shape.type_name == "list":
        return [_asked(each, shape.member) for each in answer]
    return answer
