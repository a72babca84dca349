"""What registration came to, as the pipeline keeps it: build/registry/SYSTEM.json.

The package stage depends on it. A promotion by hand renews it, so that the next `dvc repro`
packages the new champion.
"""

import json
from pathlib import Path

from thermocline.files import atomic_path
from thermocline.registry.lineage.bentos import written
from thermocline.registry.promotion import Registration

FOLDER = Path("build/registry")


def write(result: Registration, system: str) -> None:
    """Write the record, whole or not at all."""
    with atomic_path(FOLDER / f"{system}.json") as temporary:
        temporary.write_text(json.dumps(result.to_dict(), indent=1) + "\n", encoding="utf-8")


def renew(result: Registration, system: str) -> None:
    """Write the record anew if there is one, and it is of the same model."""
    if result.digest and written(FOLDER, f"{system}.json", "digest") == result.digest:
        write(result, system)
