"""What all parts of the document's model share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictStr
from pydantic.alias_generators import to_camel

# EC2 API reference, Tag: a key has at most 127 characters, a value 256.
TagKey = Annotated[StrictStr, Field(min_length=1, max_length=127)]
TagValue = Annotated[StrictStr, Field(max_length=256)]


class Part(BaseModel):
    """A mapping with named keys, and no others. What stands under an attribute becomes its description."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        field_title_generator=lambda name, field: getattr(field, "alias", None) or to_camel(name),
        use_attribute_docstrings=True,
    )
