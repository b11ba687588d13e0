"""How nodes are dealt to zones and subnets, and how more of them are shared out among groups: evenly, in whole nodes.

Both rules let a fleet grow node by node: one more node moves none of those that are there.
"""

import heapq
from collections.abc import Iterator, Sequence
from fractions import Fraction


def came_to(place: int, number: int, ways: int) -> int:
    """Of the first `number` that are dealt round to `ways` places, how many came to this one, counted from 0."""
    return (number - place + ways - 1) // ways


def dealt(first: int, end: int, ways: int) -> Iterator[tuple[int, int]]:
    """Where those from number `first` to below `end` of a round come to, and how many: as (place, number), in a time
    that does not grow with them. Places that get none are left out."""
    rounds, rest = divmod(max(0, end - first), ways)
    for step in range(ways if rounds else rest):
        yield (first + step) % ways, rounds + (step < rest)


def in_proportion(weights: Sequence[int], count: int) -> list[int]:
    """`count` shared out by weight (Webster's method: whoever is furthest below his share gets the next, the first of
    equals), so that a greater count never takes from anybody. Weights that are all 0 count as equal."""
    if not any(weights):
        weights = [1] * len(weights)
    total = sum(weights)
    if not total:
        return []
    shares = [(2 * count * weight + total) // (2 * total) for weight in weights]
    missing = count - sum(shares)
    if missing > 0:
        heap = [(Fraction(2 * share + 1, weights[i]), i) for i, share in enumerate(shares) if weights[i]]
        heapq.heapify(heap)
        for _ in range(missing):
            _, i = heap[0]
            shares[i] += 1
            heapq.heapreplace(heap, (Fraction(2 * shares[i] + 1, weights[i]), i))
    elif missing < 0:
        heap = [(-Fraction(2 * share - 1, weights[i]), -i) for i, share in enumerate(shares) if share]
        heapq.heapify(heap)
        for _ in range(-missing):
            _, i = heapq.heappop(heap)
            shares[-i] -= 1
            if shares[-i]:
                heapq.heappush(heap, (-Fraction(2 * shares[-i] - 1, weights[-i]), i))
    return shares


def heaviest(pods: Sequence[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    """`count` nodes that are like the heaviest of (pods, nodes), as (pods, nodes); those of all again where there are
    not so many."""
    there = sum(nodes for _, nodes in pods)
    if not there:
        return [(max((each for each, _ in pods), default=0), count)] if count else []
    rounds, rest = divmod(count, there)
    found = []
    for each, nodes in sorted(pods, reverse=True):
        some = min(nodes, rest)
        rest -= some
        if number := rounds * nodes + some:
            found.append((each, number))
    return found
