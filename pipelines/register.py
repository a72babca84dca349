"""Register a system's trained, evaluated model, and promote it if it is shown better.

Reads build/models, build/training and build/reports; writes build/registry/SYSTEM.json. A model
trained from an edited tree stays candidate unless --allow-uncommitted is given, or
THERMOCLINE_ALLOW_UNCOMMITTED=1, which reaches the stage through `dvc repro`, too.
"""

import argparse
import sys

from stage import run, tuned_config
from thermocline.pipeline.edited import allowed_by_environment
from thermocline.registry.registration.record import write
from thermocline.registry.registration.register import register
from thermocline.systems.paths import StagePaths


def main(arguments: list[str]) -> None:
    """Register, and write build/registry/<system>.json."""
    parser = argparse.ArgumentParser(description="Register a trained, evaluated model.")
    parser.add_argument("system")
    parser.add_argument("--allow-uncommitted", action="store_true", help="see this file's head")
    asked = parser.parse_args(arguments)
    system: str = asked.system
    config = tuned_config(system)
    paths = StagePaths(system, config)
    result = register(
        paths.model,
        paths.report,
        config,
        training_dir=paths.training,
        system=system,
        allow_uncommitted=asked.allow_uncommitted or allowed_by_environment(),
    )
    write(result, system)
    held = " ".join(f"@{alias}" for alias in result.aliases) or "no alias"
    print(f"{result.name} version {result.version} ({held})")
    print(f"  promotion test:        {result.promotion.explanation}")
    print(f"  best classical method: {result.baseline.explanation}")
    if result.note:
        print(f"  note:                  {result.note}")


if __name__ == "__main__":
    run(lambda: main(sys.argv[1:]))
