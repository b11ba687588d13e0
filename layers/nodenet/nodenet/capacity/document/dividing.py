"""Divides pods among nodes, and nodes with their pods among instance types, into whole numbers."""

from collections.abc import Sequence

from nodenet.capacity.placing.dealing import in_proportion


def spread(least: int, most: int, nodes: int) -> tuple[tuple[int, int], ...]:
    """Nodes with `least` to `most` pods, as (pods, nodes): each number on as many as the others.

    Of fewer nodes than numbers, the first has the least and the last the most; a single one, the middle.
    """
    numbers = most - least + 1
    if nodes == 1:
        return ((least + numbers // 2, 1),)
    if nodes < numbers:
        return tuple((least + (2 * node * (numbers - 1) + nodes - 1) // (2 * (nodes - 1)), 1) for node in range(nodes))
    counts = in_proportion([1] * numbers, nodes)
    return tuple((least + step, count) for step, count in enumerate(counts))


def shared(pods: Sequence[tuple[int, int]], nodes: Sequence[int]) -> list[tuple[tuple[int, int], ...]]:
    """For each instance type, of which there are so many `nodes`, its part of (pods, nodes), in proportion."""
    left = list(nodes)
    parts: list[list[tuple[int, int]]] = [[] for _ in nodes]
    for each, count in sorted(pods):
        for place, taken in enumerate(in_proportion(left, count)):
            left[place] -= taken
            if taken:
                parts[place].append((each, taken))
    return [tuple(part) for part in parts]
