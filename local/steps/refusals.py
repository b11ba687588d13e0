"""How the API refuses a request."""


class OperationError(Exception):
    """`code` is the API's name of the error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
