"""From the input's JSON to a Request, or to every mistake in it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from nodenet.errors import ConfigurationError
from nodenet.migration import request as domain
from nodenet.migration.input import checks, model, parts


def parse(asked: Mapping[str, Any], cluster: str) -> domain.Request:
    """The request in a run's input, for the stack's cluster. ConfigurationError with every mistake.

    Step Functions adds AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID where another execution starts the run.
    """
    if not isinstance(asked, Mapping):
        raise ConfigurationError(["the input is an object with nodeGroups"])
    given = {key: value for key, value in asked.items() if not key.startswith("AWS_STEP_FUNCTIONS_")}
    try:
        found = model.Input.model_validate(given)
    except ValidationError as error:
        # Only a wrong input pays for this import.
        from nodenet.migration.input.mistakes import sentences

        raise ConfigurationError(sentences(error.errors(include_url=False))) from None
    if wrong := list(checks.mistakes(found, cluster)):
        raise ConfigurationError(wrong)
    return _request(found, cluster)


def _request(given: model.Input, cluster: str) -> domain.Request:
    more = {"canary_image": given.canary.image} if given.canary else {}
    return domain.Request(
        cluster=cluster,
        groups=tuple(
            domain.GroupWish(each.name, each.replacement or "", each.delete_old, each.eni_config or "")
            for each in given.node_groups
        ),
        mode=domain.Mode(given.mode),
        cidrs=tuple(map(str, given.cidrs)),
        pod_subnets=_wishes(given.pod_subnets),
        node_subnets=_wishes(given.node_subnets),
        security_groups=given.security_groups,
        prefixes=given.prefixes,
        warm=domain.Warm(given.warm.eni, given.warm.prefix, given.warm.ip, given.warm.minimum_ip),
        external_snat=given.external_snat,
        reserve=given.reserve,
        load_balancers=given.load_balancers or "",
        batch=given.batch,
        drain=domain.Drain(given.drain.timeout, given.drain.empty_dir, given.drain.bare_pods, given.drain.force),
        timeouts=domain.Timeouts(**given.timeouts.model_dump()),
        waves=given.waves,
        approval=_approval(given.approval),
        settle=given.settle,
        bake=given.bake,
        hold=given.hold,
        probes=tuple(domain.Probe(**each.model_dump()) for each in given.probes),
        before=given.hooks.before or "",
        after=given.hooks.after or "",
        dry_run=given.dry_run,
        accept=given.accept,
        **more,
    )


def _wishes(zones: Mapping[str, parts.Subnets]) -> tuple[domain.SubnetWish, ...]:
    return tuple(
        domain.SubnetWish(zone, each.id or "", str(each.cidr or ""), each.label or "")
        for zone, subnets in zones.items()
        for each in subnets
    )


def _approval(given: parts.Approval | None) -> domain.Approval:
    return domain.Approval(required=True, timeout=given.timeout) if given else domain.Approval()
