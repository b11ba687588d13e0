"""Resource quantities ("Resource Management for Pods and Containers", Resource units), whole numbers and per cents."""

import math
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import Any

_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
    **{f"{letter}i": Decimal(1024**power) for power, letter in enumerate("KMGTPE", 1)},
}


@lru_cache(maxsize=1024)
def amount(quantity: str | int | float) -> Decimal:
    """Cores, bytes or pieces; ValueError for what is no quantity."""
    text = str(quantity)
    for length in (2, 1):
        factor = _SUFFIXES.get(text[-length:])
        if factor is not None:
            return Decimal(text[:-length]) * factor
    return Decimal(text)


def milli(quantity: str | int | float) -> int:
    """Thousandths, rounded up as the scheduler does with CPU (Quantity.MilliValue)."""
    return int((amount(quantity) * 1000).to_integral_value(ROUND_CEILING))


def whole(quantity: str | int | float) -> int:
    """Bytes or pieces, rounded up (Quantity.Value)."""
    return int(amount(quantity).to_integral_value(ROUND_CEILING))


def share(value: Any, total: int, *, up: bool) -> int:
    """A number, or a per cent of the total (apimachinery, util/intstr, GetScaledValueFromIntOrPercent)."""
    if isinstance(value, int):
        return value
    part = int(str(value).removesuffix("%")) * total / 100
    return math.ceil(part) if up else math.floor(part)
