"""Which samples of events/ each function gets."""

from typing import Final

from demo.stack import ROOT

SQS: Final = ROOT / "events" / "sqs"
LAUNCH, TERMINATE = SQS / "launch.json", SQS / "terminate.json"
BATCHES: Final = {
    "LaunchFunction": sorted(SQS.glob("launch*.json")),
    "TerminateFunction": sorted(SQS.glob("terminate*.json")),
}
SCHEDULED: Final = {"HooksFunction": ROOT / "events" / "eventbridge" / "scheduled.json"}
DELETED: Final = {"UnhookFunction": ROOT / "events" / "cloudformation" / "delete.json"}
