"""Notes in the header of a safetensors file.

safetensors writes several entries in no fixed order, so that the same content would be other bytes
each time. All notes are one entry here.
"""

import json
from collections.abc import Mapping

NOTES = "notes"


def as_header(notes: Mapping[str, str]) -> dict[str, str]:
    """What a file is saved with as its metadata."""
    return {NOTES: json.dumps(dict(notes), sort_keys=True)}


def of_header(metadata: Mapping[str, str] | None) -> dict[str, str]:
    """The notes of a file; an older Thermocline wrote an entry for each."""
    found = dict(metadata or {})
    return dict(json.loads(found[NOTES])) if NOTES in found else found
