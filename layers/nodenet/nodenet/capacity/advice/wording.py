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


def effect(saved: int) -> str:
    """What a change does to the whole, as the start of a sentence: `Saves 40 addresses`."""
    if not saved:
        return "Takes as many addresses"
    return f"Saves {counted(saved, 'address')}" if saved > 0 else f"Takes {counted(-saved, 'address')} more"


def told(*sentences: str) -> str:
    """One after the other, without the last full stop."""
    return ". ".join(sentences)
