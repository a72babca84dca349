"""Standard names that name nothing: what converters write where they know of none."""

import re
from typing import Any

NOTHING = re.compile(
    r"-*|none|null|n/?a|un(?:known|defined|specified)|"
    r"not[_ -](?:known|defined|specified|applicable|available)|no[_ -]standard[_ -]name"
)


def with_names(attributes: dict[Any, Any]) -> dict[Any, Any]:
    """A variable's attributes, without a standard name that stands for none."""
    name = str(attributes.get("standard_name", "")).strip().lower()
    return {
        key: value
        for key, value in attributes.items()
        if key != "standard_name" or not NOTHING.fullmatch(name)
    }
