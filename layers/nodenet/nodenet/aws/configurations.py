"""The cluster's configuration: an SSM parameter, and what EC2 knows of its subnets."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from nodenet.aws.ec2 import Ec2
from nodenet.aws.errors import code_of, translated
from nodenet.aws.store import Store
from nodenet.configuration import Configuration, parse, resolve
from nodenet.configuration.resolved import ResolvedConfiguration
from nodenet.errors import ConfigurationError, TransientError
from nodenet.networks import Subnet

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_FRESH_SECONDS: Final = 60
_OLD_SECONDS: Final = 600
"""For how long the last configuration is good enough while SSM does not answer."""

_SUBNETS_SECONDS: Final = 900
"""A subnet's zone never changes, but a tag selector may come to match another subnet."""


class Configurations:
    """Reads the parameter at most once a minute, and EC2's subnets at most once in a quarter of an hour: for all
    environments of the stack together, since the first to ask leaves the answer in the table."""

    def __init__(
        self,
        ssm: "SSMClient",
        ec2: Ec2,
        store: Store,
        parameter: str,
        cluster: str,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ssm = ssm
        self._ec2 = ec2
        self._store = store
        self._parameter = parameter
        self._cluster = cluster
        self._now = now
        self._text = ""
        self._resolved: ResolvedConfiguration | None = None
        self._read_at = self._resolved_at = float("-inf")

    def load(self) -> ResolvedConfiguration:
        """The configuration; ConfigurationError with every mistake if it is missing or wrong."""
        now = self._now()
        if self._resolved and now - self._read_at < _FRESH_SECONDS:
            return self._resolved
        try:
            text = self._read()
        except TransientError:
            if self._resolved is None or now - self._read_at > _OLD_SECONDS:
                raise
            return self._resolved
        if self._resolved is None or text != self._text or now - self._resolved_at > _SUBNETS_SECONDS:
            self._resolved = None
            self._resolved = self._resolve(text)
            self._text, self._resolved_at = text, now
        self._read_at = now
        return self._resolved

    def _read(self) -> str:
        with translated():
            try:
                return self._ssm.get_parameter(Name=self._parameter)["Parameter"]["Value"]
            except ClientError as error:
                if code_of(error) == "ParameterNotFound":
                    raise ConfigurationError([f"SSM parameter {self._parameter} does not exist: create it"]) from error
                raise

    def _resolve(self, text: str) -> ResolvedConfiguration:
        configuration = parse(text)
        if configuration.cluster != self._cluster:
            raise ConfigurationError(
                [f"cluster: the document is for {configuration.cluster}, this stack is for {self._cluster}"]
            )
        return self._with_subnets(configuration)

    def _with_subnets(self, configuration: Configuration) -> ResolvedConfiguration:
        asked = [network.subnets for network in configuration.networks]
        ids = sorted({subnet_id for each in asked if not isinstance(each, Mapping) for subnet_id in each})
        selectors = [dict(each) for each in asked if isinstance(each, Mapping)]
        # With the fields' names: what an older release kept lacks what this one looks at.
        key = hashlib.sha256(json.dumps([ids, selectors, Subnet.__slots__]).encode()).hexdigest()
        kept = self._store.subnets(key)
        if kept is not None:
            return resolve(configuration, kept)
        subnets = self._ec2.subnets(ids, selectors)
        resolved = resolve(configuration, subnets)
        # Only a right answer is kept: a wrong one is about to be mended.
        self._store.keep_subnets(key, subnets, _SUBNETS_SECONDS)
        return resolved
