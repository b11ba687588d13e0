"""Which samples of events/ each function gets."""

from typing import Final

from demo.stack import ROOT

SQS: Final = ROOT / "events" / "sqs"
LAUNCH, TERMINATE = SQS / "launch.json", SQS / "terminate.json"
BATCHES: Final = {
    "LaunchFunction": sorted(SQS.glob("launch*.json")),
    "TerminateFunction": sorted(SQS.glob("terminate*.json")),
    "ClaimFunction": sorted(SQS.glob("claim*.json")),
}
_MINUTES: Final = ROOT / "events" / "eventbridge" / "scheduled.json"
SCHEDULED: Final = {"HooksFunction": _MINUTES, "SweepFunction": _MINUTES}
DELETED: Final = {"UnhookFunction": ROOT / "events" / "cloudformation" / "delete.json"}
_BY_HAND: Final = ROOT / "events" / "lambda"
INVOKED: Final = {
    "PrepareFunction": sorted(_BY_HAND.glob("prepare*.json")),
    "PlanCapacityFunction": sorted(_BY_HAND.glob("plan_capacity*.json")),
}
