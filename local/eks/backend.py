"""The EKS service of one account and region: tags, on top of clusters, node groups, add-ons and access entries."""

from collections.abc import Iterable
from typing import Any

from local.eks.access_calls import AccessCalls
from local.eks.errors import NotFoundException


class LocalEKSBackend(AccessCalls):
    """What the responses call."""

    def tag_resource(self, resource_arn: str, tags: dict[str, str]) -> None:
        self._tags("TagResource", resource_arn).update(tags)

    def untag_resource(self, resource_arn: str, tag_keys: list[str]) -> None:
        tags = self._tags("UntagResource", resource_arn)
        for key in tag_keys:
            tags.pop(key, None)

    def list_tags_for_resource(self, resource_arn: str) -> dict[str, str]:
        return self._tags("ListTagsForResource", resource_arn)

    def _tags(self, call: str, arn: str) -> dict[str, str]:
        for resource_arn, resource in self._resources():
            if resource_arn == arn:
                return resource.tags  # type: ignore[no-any-return]
        raise NotFoundException(
            message=f"An error occurred (NotFoundException) when calling the {call} operation: Resource was not found"
        )

    def _resources(self) -> Iterable[tuple[str, Any]]:
        for cluster in self.clusters.values():
            yield cluster.arn, cluster
            yield from ((each.arn, each) for each in cluster.nodegroups.values())
            yield from ((each.fargate_profile_arn, each) for each in cluster.fargate_profiles.values())
            yield from ((each.addon_arn, each) for each in cluster.addons.values())
            yield from ((each.access_entry_arn, each) for each in cluster.access_entries.values())
