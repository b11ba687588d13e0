"""Who gets an address: pure, one address at a time, for all requests of a batch that name it."""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address

from nodenet.claims.register import Key, Record, State, unheld
from nodenet.claims.requests import Kind, Request
from nodenet.claims.verdicts import Free, Known, Refuse, Stale, Step, Take, Verdict, Wait
from nodenet.claims.view import View, is_primary
from nodenet.configuration.resolved import ResolvedNetwork
from nodenet.networks import Interface
from nodenet.plans import Floating


def outside(network: ResolvedNetwork | None, request: Request, address: str) -> Refuse | None:
    """Why the configuration has no place for the address; None where it has."""
    if network is None:
        return Refuse(f"no node group of the configuration has a network {request.network}")
    plan = network.addresses.ipv6 if ":" in address else network.addresses.ipv4
    if not isinstance(plan, Floating):
        return Refuse(f"{network.name} has no floating addresses of this family")
    if not any(ip_address(address) in each for each in plan.ranges):
        return Refuse(f"{address} is not in {', '.join(map(str, plan.ranges))}, the floating ranges of {network.name}")
    return None


def decide(
    network: ResolvedNetwork, address: str, read: Record | None, requests: Sequence[Request], view: View
) -> tuple[list[Verdict], Step | None]:
    """A verdict for each request, in their order, and the one step that comes of them all.

    Releases come first, since they make room; of a pod's claims only that of its latest life counts; of several pods'
    the one that asked first. A request whose verdict is a step shares the fate of the step; releases are done without
    the claim if EC2 refuses that.
    """
    first = read or unheld(Key(network.name, address))
    current = first
    step: Step | None = None
    free: Free | None = None
    verdicts: dict[int, Verdict] = {}
    for index in _in_order(requests):
        request = requests[index]
        judge = _release if request.kind is Kind.RELEASE else _claim
        verdict = judge(network, current, request, view)
        match verdict:
            case Free():
                current = verdict.record
                step = free = replace(verdict, before=first)
            case Take():
                current, step = verdict.record, replace(verdict, before=first, instead=free)
        verdicts[index] = verdict
    done = [verdicts[index] for index in range(len(requests))]
    return [step if step and isinstance(each, Take | Free) else each for each in done], step


def _in_order(requests: Sequence[Request]) -> list[int]:
    asked: dict[str, float] = {}
    for request in requests:
        when = request.time.timestamp()
        asked[request.pod] = min(when, asked.get(request.pod, when))

    def place(index: int) -> tuple[bool, float, str, int, float]:
        request = requests[index]
        latest = -request.generation, -request.time.timestamp()
        return request.kind is Kind.CLAIM, asked[request.pod], request.pod, *latest

    return sorted(range(len(requests)), key=place)


def _claim(network: ResolvedNetwork, current: Record, request: Request, view: View) -> Verdict:
    if waits := _of_another(current, request, view):
        return waits
    target = view.of_node(network, request.node)
    if target is None:
        return Wait(f"{request.node} has no interface of {network.name} in this cluster")
    address = current.key.address
    holder = view.holder(network, address)
    if holder and (refused := _not_to_be_had(network, address, holder, view)):
        return refused
    expected = (target.id, current.interface, current.source)
    if holder and holder.attachment and holder.id not in expected:
        return Wait(f"EC2 shows it on {holder.id} of {holder.attachment.instance_id}, for which nobody claimed it")
    if _is_registered(current, request) and holder and holder.id == target.id:
        return Known("it was registered before")
    record = Record(
        key=current.key,
        state=State.REGISTERED,
        pod=request.pod,
        generation=request.generation,
        node=request.node,
        interface=target.id,
        uid=request.uid,
        asked=request.time.timestamp(),
        version=current.version,
    )
    under_way = current.source if holder is None and current.state is State.MOVING else ""
    origin = holder.id if holder and holder.id != target.id else under_way
    return Take(network, target, holder, record, current, origin)


def _of_another(current: Record, request: Request, view: View) -> Stale | Wait | None:
    """Why a claim must stand back behind what is known of the address; None where it need not."""
    if current.pod == request.pod:
        if request.generation < current.generation:
            return Stale(f"generation {request.generation} is over: {current} has it")
        another_life = _is_twin(current, request)
        if another_life and request.time.timestamp() < current.asked:
            return Stale(f"of generation {request.generation} a later life has it")
        if request.generation == current.generation and current.state is State.RELEASED and not another_life:
            return Stale(f"generation {request.generation} has released it")
        if request.generation > current.generation or another_life or request.node == current.node:
            return None
    if current.state is State.RELEASED or view.is_gone(current):
        return None
    return Wait(f"{current} has it", current)


def _not_to_be_had(network: ResolvedNetwork, address: str, holder: Interface, view: View) -> Refuse | None:
    if view.in_prefix(network, address):
        return Refuse(f"{address} is in a prefix of {holder.id}")
    if is_primary(holder, address):
        return Refuse(f"{address} is the primary address of {holder.id}")
    if not view.is_of(holder, network):
        return Refuse(f"{address} is on {holder.id}, which is no interface of {network.name}")
    return None


def _is_registered(current: Record, request: Request) -> bool:
    same = (current.pod, current.generation, current.node) == (request.pod, request.generation, request.node)
    return same and current.state is State.REGISTERED and not _is_twin(current, request)


def _is_twin(current: Record, request: Request) -> bool:
    """Whether two lives of a pod began in the same second, and so have one generation."""
    same = (current.pod, current.generation) == (request.pod, request.generation)
    return same and bool(current.uid and request.uid) and current.uid != request.uid


def _release(network: ResolvedNetwork, current: Record, request: Request, view: View) -> Verdict:
    if current.pod and current.pod != request.pod:
        return Known(f"{current} has had it since")
    if request.generation < current.generation:
        return Stale(f"generation {request.generation} is over: {current} has it")
    if _is_twin(current, request):
        return Stale(f"of generation {request.generation} another life has it")
    if request.generation == current.generation and current.state is State.RELEASED:
        return Known("it was released before")
    address = current.key.address
    holder = view.holder(network, address)
    if holder and (is_primary(holder, address) or not view.is_of(holder, network) or view.in_prefix(network, address)):
        holder = None
    if holder and holder.id not in (current.interface, current.source):
        # Without a record of it the pod's own node is the only interface to take it from.
        own = view.of_node(network, request.node)
        holder = holder if not current.pod and own and own.id == holder.id else None
    # EC2's look may be older than what was registered ("Eventual consistency", EC2 Developer Guide).
    holder = holder or view.interface(network, current.interface)
    record = replace(
        current,
        state=State.RELEASED,
        pod=request.pod,
        generation=request.generation,
        node=request.node,
        uid=request.uid,
        public="",
        lease=0.0,
    )
    return Free(network, holder, record, current)
