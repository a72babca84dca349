"""Register a system's trained, evaluated model, and promote it if the gate allows.

Reads build/models, build/training and build/reports; writes build/registry/SYSTEM.json.
"""

import json
import sys
from pathlib import Path

from stage import run
from thermocline.config import load_config
from thermocline.files import atomic_path
from thermocline.registry.register import register


def main(system: str) -> None:
    build = Path("build")
    result = register(
        build / "models" / system,
        build / "reports" / system,
        load_config(),
        training_dir=build / "training" / system,
        name=f"thermocline-{system}",
        system=system,
    )
    with atomic_path(build / "registry" / f"{system}.json") as temporary:
        temporary.write_text(json.dumps(result.to_dict(), indent=1) + "\n", encoding="utf-8")
    held = " ".join(f"@{alias}" for alias in result.aliases) or "no alias"
    print(f"{result.name} version {result.version} ({held})")
    print(f"  gate:     {result.promotion.explanation}")
    print(f"  baseline: {result.baseline.explanation}")


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
