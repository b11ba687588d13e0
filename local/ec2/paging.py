"""Pages of a Describe answer. Source: API reference, MaxResults of DescribeNetworkInterfaces and DescribeInstances."""

import base64
import binascii
from collections.abc import Callable, Sequence

from local.ec2 import errors

LEAST, MOST = 5, 1000


def page[T](
    items: Sequence[T],
    position: Callable[[T], int],
    max_results: int | None,
    token: str | None,
    bounds: tuple[int, int] = (LEAST, MOST),
) -> tuple[list[T], str | None]:
    """One page of `items`, which are in the order of `position`, and the token of the next.

    A token names the last item's position, so items that come or go between two calls move no page.
    Errors: InvalidParameterValue for a MaxResults outside `bounds`, InvalidNextToken.
    """
    least, most = bounds
    if max_results is not None and not least <= max_results <= most:
        bound = f"greater than {least}" if max_results < least else f"less than {most}"
        raise errors.invalid_value(
            f"Value ( {max_results} ) for parameter maxResults is invalid. Expecting a value {bound}."
        )
    after = _decoded(token) if token else -1
    rest = [item for item in items if position(item) > after]
    size = max_results or most
    shown = rest[:size]
    return shown, _encoded(position(shown[-1])) if len(rest) > size else None


def check_ids(parameter: str, ids: Sequence[str], max_results: int | None) -> None:
    """InvalidParameterCombination for MaxResults together with a list of ids, the API's `parameter`."""
    if ids and max_results is not None:
        raise errors.invalid_combination(f"The parameter {parameter} cannot be used with the parameter maxResults")


def _encoded(position: int) -> str:
    return base64.urlsafe_b64encode(f"after:{position}".encode()).decode()


def _decoded(token: str) -> int:
    try:
        word, _, number = base64.urlsafe_b64decode(token).decode().partition(":")
        if word == "after":
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise errors.refused("InvalidNextToken", f"The token '{token}' is invalid")
