"""Between Lambda and the claims: an SQS batch in, a log line and metrics for each request, failed messages out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.claims.outcome import Outcome, State
from nodenet.claims.requests import Message, parse
from nodenet.serving import logger, metrics

type Run = Callable[[Sequence[Message]], Mapping[str, Callable[[], tuple[Outcome, ...]]]]

_COUNTED: Final = {
    State.REGISTERED: "ClaimsRegistered",
    State.RELEASED: "ClaimsReleased",
    State.STALE: "ClaimsStale",
    State.REFUSED: "ClaimsRefused",
    State.WAITING: "ClaimsWaiting",
    State.HELD: "ClaimsHeld",
}
_QUIET: Final = (State.IGNORED, State.KNOWN)


def serve_claims(event: dict[str, Any], context: LambdaContext, cluster: str, run: Run) -> PartialItemFailureResponse:
    """Answers an SQS event source that reports batch item failures.

    A message fails alone, and only by what nobody foresaw. Everything else, nonsense in it too, is an outcome.
    """
    results = run([_message(each, cluster) for each in event["Records"]])

    def settle(record: SQSRecord) -> None:
        try:
            outcomes = results[record.message_id]()
        except Exception:
            metrics.add_metric("UnforeseenErrors", MetricUnit.Count, 1)
            logger.exception("nobody foresaw this; the message comes again", extra={"body": record.body})
            raise
        for outcome in outcomes:
            report_claim(outcome)

    return process_partial_response(
        event, settle, BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False), context
    )


def report_claim(outcome: Outcome) -> None:
    """One log line and the metrics of one outcome."""
    bad = outcome.state in (State.REFUSED, State.HELD) or outcome.lacks_public
    tell = logger.error if bad else logger.debug if outcome.state in _QUIET else logger.info
    tell(
        f"{outcome.pod or outcome.node or 'event'} {outcome.state}: {outcome.reason}",
        extra={
            "instance_id": outcome.node,
            "network": outcome.network,
            "pod": outcome.pod,
            "generation": outcome.generation,
            "addresses": list(outcome.addresses),
            "interface": outcome.interface,
            "outcome": outcome.state.value,
        },
    )
    if name := _COUNTED.get(outcome.state):
        metrics.add_metric(name, MetricUnit.Count, 1)
    if outcome.state is State.REGISTERED:
        metrics.add_metric("SecondsToRegister", MetricUnit.Seconds, outcome.seconds)
    if outcome.lacks_public:
        metrics.add_metric("PublicAddressesMissing", MetricUnit.Count, 1)


def _message(record: Mapping[str, Any], cluster: str) -> Message:
    receives = int(record.get("attributes", {}).get("ApproximateReceiveCount", "1"))
    return Message(record["messageId"], record["body"], parse(record["body"], cluster), receives)
