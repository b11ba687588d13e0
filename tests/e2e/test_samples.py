"""Who adds a function or a sample is told here where it is missing; needs no container engine."""

from tests.contracts.stack import CLAIMER, Stack
from tests.e2e.samples import BATCHES, DELETED, INVOKED, SCHEDULED, SQS


def test_every_function_has_samples_to_be_invoked_with() -> None:
    functions = Stack(ClusterName="demo", ClaimerRoleArns=CLAIMER).of_type("AWS::Lambda::Function")
    assert BATCHES.keys() | SCHEDULED.keys() | INVOKED.keys() | DELETED.keys() == functions.keys()
    assert all([*BATCHES.values(), *INVOKED.values()])


def test_no_batch_is_left_out() -> None:
    assert {path for paths in BATCHES.values() for path in paths} == set(SQS.glob("*.json"))
