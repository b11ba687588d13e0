"""From the document's text to the configuration, or to every mistake in it."""

from pydantic import ValidationError

from nodenet.configuration import checks
from nodenet.configuration.document import read
from nodenet.configuration.model import Configuration
from nodenet.errors import ConfigurationError


def parse(text: str) -> Configuration:
    """The configuration in a YAML document.

    ConfigurationError with every mistake: what is not YAML, keys that stand twice, fields that are missing, unknown or
    wrong, and what does not fit together.
    """
    document, mistakes = read(text)
    if not isinstance(document, dict):
        raise ConfigurationError([*mistakes, "the document must be a mapping with cluster, networks and nodeGroups"])
    found = list(mistakes)
    try:
        configuration = Configuration.model_validate(document)
    except ValidationError as error:
        # Only a wrong document pays for this import.
        from nodenet.configuration.mistakes import sentences

        found += sentences(error.errors(include_url=False))
    found += checks.mistakes(document)
    if found:
        raise ConfigurationError(found)
    return configuration
