"""What all operations read: the request's parameters, by their names in the API."""

from typing import Any

from moto.ec2.responses._base_response import EC2BaseResponse

from local.ec2 import errors


class Calls(EC2BaseResponse):
    """Base of the classes whose methods are operations; they come before moto's, so theirs is the answer."""

    @property
    def request(self) -> dict[str, Any]:
        return _plain(self._get_params())  # type: ignore[no-any-return]

    def required(self, parameter: str) -> Any:
        """A parameter's value; MissingParameter without one."""
        value = self._get_param(parameter)
        if value is None:
            raise errors.missing(parameter[0].lower() + parameter[1:])
        return value


def _plain(value: Any) -> Any:
    if hasattr(value, "original_dict"):
        value = value.original_dict()
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
