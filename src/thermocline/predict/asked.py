"""What was asked, as data: for the digest of a request, and to know the same question again."""

import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermocline.answers.request import uploads
from thermocline.files import sha256_file
from thermocline.systems.endpoint import Endpoint

if TYPE_CHECKING:
    from pydantic import BaseModel


def asked(endpoint: Endpoint, request: "BaseModel") -> dict[str, Any]:
    """Route, fields, and the SHA-256 of each file."""
    files = uploads(type(request))
    fields = {name: getattr(request, name) for name in type(request).model_fields}
    return {
        "route": endpoint.route,
        "fields": {name: value for name, value in fields.items() if name not in files},
        "files": {
            name: sha256_file(fields[name])
            for name in files
            if isinstance(fields[name], Path) and fields[name].is_file()
        },
    }


def digest(values: Any) -> str:
    """SHA-256 of plain values, and of others as they are written."""
    return sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
