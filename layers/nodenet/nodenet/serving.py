"""Between Lambda and the work: an SQS batch in, a log line and metrics for each node, failed messages out."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.events import parse
from nodenet.hooks.install import Kept
from nodenet.nodes.messages import Message
from nodenet.nodes.outcome import Outcome, State
from nodenet.slices.sweep import Swept

# A batch of other people's events is worth no metric, and no warning about it.
warnings.filterwarnings("ignore", "No application metrics to publish")

# Lambda takes a line with another form of timestamp for level INFO ("Log-level filtering", Lambda Developer Guide).
logger: Final = Logger(use_rfc3339=True)
metrics: Final = Metrics()

type Run = Callable[[Sequence[Message]], Mapping[str, Callable[[], Outcome]]]

_COUNTED: Final = {
    State.READY: "NodesReady",
    State.WAITING: "NodesWaiting",
    State.HELD: "NodesHeld",
    State.FAILED: "NodesFailed",
    State.GIVEN_UP: "NodesFailed",
    State.GONE: "NodesGone",
}
_TIMED: Final = {State.READY: "SecondsToReady", State.WAITING: "SecondsWaiting"}


def serve(event: dict[str, Any], context: LambdaContext, run: Run) -> PartialItemFailureResponse:
    """Answers an SQS event source that reports batch item failures.

    A message fails alone, and only by what nobody foresaw: that is logged and counted, the message comes again, and
    after some tries goes to the dead-letter queue. Everything else is an outcome.
    """
    messages = {message.id: message for message in map(_message, event["Records"])}
    results = run(list(messages.values()))
    told: set[Outcome] = set()

    def settle(record: SQSRecord) -> None:
        try:
            outcome = results[record.message_id]()
        except Exception:
            metrics.add_metric("UnforeseenErrors", MetricUnit.Count, 1)
            instance_id = getattr(messages[record.message_id].event, "instance_id", "")
            logger.exception("nobody foresaw this; the message comes again", extra={"instance_id": instance_id})
            raise
        if outcome not in told:
            told.add(outcome)
            report(outcome)

    return process_partial_response(
        event, settle, BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False), context
    )


def report(outcome: Outcome) -> None:
    """One log line and the metrics of one outcome."""
    bad = outcome.state in (State.HELD, State.FAILED, State.GIVEN_UP)
    usual = logger.debug if outcome.state is State.IGNORED else logger.info
    tell = logger.error if bad else logger.warning if outcome.warns else usual
    tell(
        f"{outcome.instance_id or 'event'} {outcome.state}: {outcome.reason}",
        extra={
            "instance_id": outcome.instance_id,
            "node_group": outcome.group,
            "lifecycle_token": ",".join(outcome.tokens),
            "outcome": outcome.state.value,
            "zone": outcome.zone,
            "interfaces": [each.interface_id for each in outcome.interfaces],
        },
    )
    if not outcome.news:
        return
    if name := _COUNTED.get(outcome.state):
        metrics.add_metric(name, MetricUnit.Count, 1)
    if name := _TIMED.get(outcome.state):
        metrics.add_metric(name, MetricUnit.Seconds, outcome.seconds)


def report_hooks(kept: Kept) -> dict[str, Any]:
    """The log lines, the metrics and the answer of a run of the hooks function."""
    metrics.add_metric("ConfigurationErrors", MetricUnit.Count, len(kept.mistakes))
    metrics.add_metric("HookErrors", MetricUnit.Count, sum(bool(group.error) for group in kept.groups))
    if kept.mistakes and kept.groups:
        logger.error("nodes of these groups will be held", extra={"mistakes": kept.mistakes})
    elif kept.mistakes:
        logger.error("the configuration is wrong, no group is touched", extra={"mistakes": kept.mistakes})
    for group in kept.groups:
        if group.error:
            logger.error(group.error, extra={"group": group.group})
        elif group.steps:
            logger.info("hooks changed", extra={"group": group.group, "steps": [str(step) for step in group.steps]})
    return {"configuration": "wrong" if kept.mistakes else "good", **asdict(kept)}


def report_sweep(swept: Swept) -> dict[str, Any]:
    """The log lines, the metrics and the answer of a run of the sweep function."""
    if swept.mistakes:
        # The hooks function counts them; here nothing can be done meanwhile.
        logger.warning("the configuration is wrong, no slice is touched", extra={"mistakes": swept.mistakes})
    if swept.freed:
        logger.info("slices that no interface has come free after a quarantine", extra={"slices": swept.freed})
    if swept.entered:
        logger.info("slices that the register did not know so", extra={"slices": swept.entered})
    if full := [fill for fill in swept.fills if fill.almost_full]:
        logger.warning("ranges are almost full", extra={"ranges": [asdict(fill) for fill in full]})
    if swept.fills:
        fullest = max(fill.share for fill in swept.fills)
        metrics.add_metric("FullestRange", MetricUnit.Percent, int(100 * fullest))
    return asdict(swept)


def _message(record: Mapping[str, Any]) -> Message:
    attributes = {key: value.get("stringValue", "") for key, value in record.get("messageAttributes", {}).items()}
    return Message(
        id=record["messageId"],
        body=record["body"],
        event=parse(record["body"]),
        receives=int(record.get("attributes", {}).get("ApproximateReceiveCount", "1")),
        deferrals=int(attributes.get("deferrals", "0")),
        touched=attributes.get("touched") == "True",
    )
