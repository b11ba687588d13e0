"""Pieces of sentences."""

from collections.abc import Sequence


def listed(things: Sequence[str], most: int = 3) -> str:
    """`a`, `a and b`, `a, b and c`, `a, b, c and 4 more`."""
    shown = list(things[:most])
    if len(things) > most:
        shown.append(f"{len(things) - most:,} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def counted(number: int, thing: str) -> str:
    """`1 address`, `1,200 addresses`."""
    plural = f"{thing}es" if thing.endswith("s") else f"{thing}s"
    return f"{number:,} {thing if number == 1 else plural}"


def fewer(saved: int) -> str:
    """What a change does to the whole: `40 addresses fewer in all`."""
    if not saved:
        return "as many addresses in all"
    return f"{counted(abs(saved), 'address')} {'fewer' if saved > 0 else 'more'} in all"
