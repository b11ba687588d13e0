"""Between Step Functions and the steps of a migration: an event in, one step taken, the contract's exceptions out."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from nodenet.aws import clients
from nodenet.aws.runs import Runs
from nodenet.errors import MigrationError, NotYet, Throttled, TransientError, Waiting
from nodenet.migration.run import Record
from nodenet.migration.step import Step, take
from nodenet.serving import logger, metrics
from nodenet.settings import migration_settings

_TOLD_BY_NAME: Final = (MigrationError, Throttled, NotYet)
"""The state machines retry and catch by these classes' names, and know no class above or below them."""


def record() -> Record:
    return Runs(clients.dynamodb(), migration_settings().runs_table)


def serve_step(event: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """Takes the step, and logs what it did or why it does not go on. Gives `{"said": sentence}`."""
    with contract(event, step.name):
        taken = take(step, event, record(), time.time())
    logger.info(taken.said, extra={"run": event["run"], "step": taken.step, "seconds": round(taken.seconds, 1)})
    metrics.add_dimension("step", taken.step)
    metrics.add_metric("MigrationStepSeconds", MetricUnit.Seconds, taken.seconds)
    return {"said": taken.said}


def serve[T](event: Mapping[str, Any], name: str, work: Callable[[Record, float], T]) -> T:
    """What is no step: `work` gets the record and the time, in seconds since the epoch."""
    with contract(event, name):
        return work(record(), time.time())


@contextmanager
def contract(event: Mapping[str, Any], name: str) -> Iterator[None]:
    """Raises only what the state machines know by name; all else holds the run there, and is logged here."""
    about = {"run": event.get("run", ""), "step": name}
    try:
        yield
    except Waiting as waiting:
        logger.info(f"waits: {waiting}", extra=about)
        raise
    except TransientError as error:
        logger.warning(str(error), extra=about)
        raise error if type(error) in _TOLD_BY_NAME else Throttled(str(error)) from error
    except Exception as error:
        logger.error(f"{type(error).__name__}: {error}", extra=about, exc_info=not isinstance(error, MigrationError))
        raise
