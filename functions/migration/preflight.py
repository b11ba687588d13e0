"""Begins a run: checks its input, locks its cluster, and says what would go wrong. Nothing is changed."""

import time
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.eks import Eks
from nodenet.aws.survey_eks import EksSurvey
from nodenet.aws.survey_groups import GroupsSurvey
from nodenet.aws.survey_loads import LoadsSurvey
from nodenet.aws.survey_vpc import VpcSurvey
from nodenet.kubernetes.survey import KubernetesSurvey
from nodenet.migration.beginning import begin
from nodenet.migration.input import parse
from nodenet.migration.preflight.reading import Survey
from nodenet.migration.preflight.seen import Seen
from nodenet.migration.preflight.step import PART, Preflight
from nodenet.migration.request import Request
from nodenet.serving import logger, metrics
from nodenet.serving_cluster import cluster
from nodenet.serving_migration import contract, record
from nodenet.settings import migration_settings

clients.prepare("autoscaling", "dynamodb", "ec2", "eks", "elbv2", "service-quotas")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "execution", "asked"}`, the answer `{"said", "plan", "report"}`."""
    kept, here = record(), migration_settings().cluster
    with contract(event, "preflight"):
        begun = begin(event, lambda asked: parse(asked, here), Preflight(_survey), kept, time.time())
        report = kept.part(event["run"], PART)["report"]
    logger.info(begun.said, extra={"run": event["run"]})
    return {**asdict(begun), "report": report}


def _survey(request: Request) -> Seen:
    """Asked for within the step: a cluster that cannot be reached is a finding of the run."""
    eks, ec2 = clients.eks(), clients.ec2()
    return Survey(
        EksSurvey(eks),
        VpcSurvey(ec2, Eks(eks)),
        GroupsSurvey(clients.autoscaling()),
        LoadsSurvey(clients.elbv2(), clients.service_quotas()),
        KubernetesSurvey(cluster()),
        migration_settings().own_subnets,
    )(request)
