"""A connection as a kubeconfig file describes it."""

from pathlib import Path
from typing import Any

import msgspec
import yaml
from lightkube import KubeConfig
from lightkube.config.models import User
from lightkube.core.exceptions import ConfigError

from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.errors import translated


def with_kubeconfig(path: Path, context: str | None = None) -> Connection:
    """By the file's current context if no other is asked for; HeldError where something lacks, and where the server's
    certificate would not be verified. lightkube leaves `proxy-url` and `tls-server-name` out."""
    with translated():
        path = path.expanduser()
        try:
            document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
            config = KubeConfig.from_dict(document, fname=path).get(context)
            assert config
            cluster = next(each["cluster"] for each in document["clusters"] if each["name"] == config.context.cluster)
        except KeyError as missing:
            raise ConfigError(f"{path} does not have {missing}") from missing
        except (yaml.YAMLError, msgspec.ValidationError, AttributeError, TypeError, UnicodeError) as error:
            raise ConfigError(f"{path} is no kubeconfig: {error}") from error
        if config.cluster.insecure:
            raise ConfigError(
                f"{path} has insecure-skip-tls-verify for {config.context.cluster}: whoever answers would be given the "
                "credentials; name its certificate-authority, and its tls-server-name if it is reached by a tunnel"
            )
        return Connection(
            config._replace(user=config.user or User()),
            proxy=cluster.get("proxy-url"),
            server_name=cluster.get("tls-server-name"),
        )
