"""Client tokens: the same request with the same token is done once.

Source: EC2 Developer Guide, "Ensuring idempotency in Amazon EC2 API requests": at most 64 ASCII characters, case
sensitive, the same answer for the same parameters, IdempotentParameterMismatch for others. How long EC2 remembers
a token is not documented; here it is never forgotten, nor when what it made is gone.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from local.ec2 import errors

MAX_LENGTH = 64
_NOT_COMPARED = ("ClientToken", "DryRun")


class ClientTokens:
    """What was made for each token of one account and region."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], tuple[str, Any]] = {}

    def once[T](self, operation: str, token: str | None, parameters: Mapping[str, Any], make: Callable[[], T]) -> T:
        """The result of `make()`, or of the earlier request that bore `token`; a failed `make` leaves no trace."""
        if not token:
            return make()
        if len(token) > MAX_LENGTH or not token.isascii():
            raise errors.invalid_value(f"Client token is invalid. Maximum length is {MAX_LENGTH} ASCII characters")
        compared = {key: value for key, value in parameters.items() if key not in _NOT_COMPARED}
        fingerprint = json.dumps(compared, sort_keys=True, default=str)
        if (operation, token) in self._made:
            before, result = self._made[operation, token]
            if before != fingerprint:
                raise errors.refused(
                    "IdempotentParameterMismatch",
                    "The client token was used before with other parameters; "
                    "retry with the same parameters or with another token",
                )
            return result  # type: ignore[no-any-return]
        result = make()
        self._made[operation, token] = (fingerprint, result)
        return result
