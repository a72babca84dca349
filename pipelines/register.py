"""Register a system's trained, evaluated model, and promote it if the gate allows.

Reads build/models, build/training and build/reports; writes build/registry/SYSTEM.json. A model
trained from an uncommitted tree needs --allow-uncommitted, or THERMOCLINE_ALLOW_UNCOMMITTED=1,
which reaches the stage through `dvc repro`, too.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from stage import run, tuned_config
from thermocline.files import atomic_path
from thermocline.registry.register import register


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Register a trained, evaluated model.")
    parser.add_argument("system")
    parser.add_argument("--allow-uncommitted", action="store_true", help="see this file's head")
    asked = parser.parse_args(arguments)
    system: str = asked.system
    build = Path("build")
    result = register(
        build / "models" / system,
        build / "reports" / system,
        tuned_config(system),
        training_dir=build / "training" / system,
        name=f"thermocline-{system}",
        system=system,
        allow_uncommitted=asked.allow_uncommitted
        or os.environ.get("THERMOCLINE_ALLOW_UNCOMMITTED") == "1",
    )
    with atomic_path(build / "registry" / f"{system}.json") as temporary:
        temporary.write_text(json.dumps(result.to_dict(), indent=1) + "\n", encoding="utf-8")
    held = " ".join(f"@{alias}" for alias in result.aliases) or "no alias"
    print(f"{result.name} version {result.version} ({held})")
    print(f"  gate:     {result.promotion.explanation}")
    print(f"  baseline: {result.baseline.explanation}")
    if result.note:
        print(f"  note:     {result.note}")


if __name__ == "__main__":
    run(lambda: main(sys.argv[1:]))
