"""What becomes of a request for an eviction, by the server's answers (pkg/registry/core/pod/storage/eviction.go)."""

from typing import Any

import httpx2
import pytest

from nodenet.errors import AccessDenied, HeldError, Throttled
from nodenet.kubernetes.pods import Pods
from nodenet.migration.cluster import Pod
from nodenet.migration.drain.evictions import Eviction
from tests.unit.kubernetes_server import Answer, Server, busy, ok, refused, routed

POD = Pod("shop", "web-1", "u-1", "n")
PATH = "/api/v1/namespaces/shop/pods/web-1"
SEVERAL = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
NEEDS = "The disruption budget web needs 2 healthy pods and has 2 currently"
UNSEEN = "The disruption budget web is still being processed by the server."
DONE = ok({"kind": "Status", "apiVersion": "v1", "status": "Success", "code": 201}, 201)
THERE = {"metadata": {"name": "web-1", "namespace": "shop", "uid": "u-1"}}
ANOTHER = {"metadata": {"name": "web-1", "namespace": "shop", "uid": "u-2"}}


def evict(answer: Answer, now: dict[str, Any] | None = None) -> Eviction:
    found = {f"GET {PATH}": now} if now else {}
    return Pods(routed({f"POST {PATH}/eviction": answer, **found}).connection()).evict(POD)


def budget(cause: str, seconds: int = 0) -> httpx2.Response:
    headers = {"Retry-After": str(seconds)} if seconds else {}
    said = "Cannot evict pod as it would violate the pod's disruption budget."
    causes = [{"reason": "DisruptionBudget", "message": cause}]
    return refused(429, "TooManyRequests", said, headers, causes=causes, retryAfterSeconds=seconds)


@pytest.mark.parametrize("grace", [None, 0, 30])
def test_the_pod_is_meant_by_its_uid(grace: int | None) -> None:
    server = Server(lambda _: DONE)
    assert Pods(server.connection()).evict(POD, grace) == Eviction("evicted")
    options = {"preconditions": {"uid": "u-1"}} | ({} if grace is None else {"gracePeriodSeconds": grace})
    assert server.requests == [f"POST {PATH}/eviction"]
    assert server.body() == {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": "web-1", "namespace": "shop"},
        "deleteOptions": options,
    }


def test_one_that_is_gone_is_gone() -> None:
    assert evict(refused(404, "NotFound", 'pods "web-1" not found')) == Eviction("gone")


def test_one_of_the_same_name_that_came_after_it_is_left_alone() -> None:
    other = refused(409, "Conflict", "the UID in the precondition (u-1) does not match the UID in record (u-2)")
    assert evict(other, ANOTHER) == Eviction("gone")
    assert evict(other) == Eviction("gone")


def test_one_that_changes_too_fast_is_asked_for_again() -> None:
    answer = evict(refused(409, "Conflict", "the ResourceVersion in the precondition (7) does not match"), THERE)
    assert (answer.outcome, answer.message) == ("blocked", "the ResourceVersion in the precondition (7) does not match")


def test_a_budget_blocks_with_its_own_words() -> None:
    assert evict(budget(NEEDS)) == Eviction("blocked", NEEDS)


def test_a_budget_that_is_new_to_its_controller_blocks_for_ten_seconds() -> None:
    assert evict(budget(UNSEEN, 10)) == Eviction("blocked", UNSEEN, 10)


@pytest.mark.parametrize("why", ["pdb disruptions allowed is negative", "DisruptedPods map too big"])
def test_a_budget_that_is_behind_blocks(why: str) -> None:
    message = f'poddisruptionbudget.policy "web" is forbidden: {why}'
    answer = refused(403, "Forbidden", message, group="policy", kind="poddisruptionbudget", name="web")
    assert evict(answer) == Eviction("blocked", message)


def test_two_budgets_refuse_whatever_code_it_comes_with() -> None:
    """The server gives a Status of code 500 as what it has created: 201 is the code of HTTP (endpoints/handlers,
    create.go). The documentation says 500."""
    failure = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": SEVERAL, "code": 500}
    assert evict(ok(failure, 201)) == Eviction("refused", SEVERAL)
    assert evict(refused(500, "", SEVERAL)) == Eviction("refused", SEVERAL)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (500, 'admission webhook "drain-cleaner" denied the request: The pod will be rolled by its operator'),
        (422, "pods \"web-1\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: not now"),
    ],
)
def test_who_moves_its_pods_itself_blocks(code: int, message: str) -> None:
    assert evict(refused(code, "", message)) == Eviction("blocked", message)


def test_a_busy_server_is_no_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with pytest.raises(Throttled, match="ask again in 1 s"):
        evict(busy())


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(403, "Forbidden", 'pods "web-1" is forbidden: User "r" cannot create', kind="pods"), AccessDenied),
        (refused(500, "InternalError", "Internal error occurred: failed calling webhook"), Throttled),
        (refused(504, "Timeout", "Timeout: couldn't update PodDisruptionBudget", {"Retry-After": "10"}), Throttled),
        (refused(400, "BadRequest", "name in URL does not match"), HeldError),
        (httpx2.ReadError("reset"), Throttled),
    ],
)
def test_what_is_no_answer_to_it_is_an_error(answer: Answer, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        evict(answer)
    assert type(caught.value) is kind


def test_a_pod_is_deleted_by_its_uid() -> None:
    server = Server(lambda _: ok(THERE))
    assert Pods(server.connection()).delete(POD, 0)
    assert server.requests == [f"DELETE {PATH}"]
    assert server.body() == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": "u-1"},
        "gracePeriodSeconds": 0,
    }


@pytest.mark.parametrize("code", [404, 409])
def test_what_is_gone_or_another_is_not_deleted(code: int) -> None:
    pods = Pods(routed({f"DELETE {PATH}": refused(code, "x", "x")}).connection())
    assert not pods.delete(POD)


def test_a_deletion_that_is_not_allowed_is_told() -> None:
    pods = Pods(routed({f"DELETE {PATH}": refused(403, "Forbidden", "cannot delete resource")}).connection())
    with pytest.raises(AccessDenied, match="cannot delete"):
        pods.delete(POD)
