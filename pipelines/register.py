"""The register stage: the trained, evaluated model into the registry, and through the gate.

Reads build/models/SYSTEM and build/reports/SYSTEM; writes build/registry/SYSTEM.json.
"""

import argparse
import json
import sys
from pathlib import Path

from thermocline.config import load_config
from thermocline.errors import ThermoclineError
from thermocline.files import atomic_path


def main(system: str = "reconstruct") -> None:
    """Register, judge, and write what came of it."""
    from thermocline.registry.register import register

    result = register(
        Path("build/models") / system,
        Path("build/reports") / system,
        load_config(),
        name=f"thermocline-{system}",
        system=system,
    )
    with atomic_path(Path("build/registry") / f"{system}.json") as temporary:
        temporary.write_text(json.dumps(result.to_dict(), indent=1) + "\n", encoding="utf-8")
    held = " ".join(f"@{alias}" for alias in result.aliases) or "no alias"
    print(f"{result.name} version {result.version} ({held})")
    print(f"  gate:     {result.promotion.explanation}")
    print(f"  baseline: {result.baseline.explanation}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--system", default="reconstruct")
    try:
        main(parser.parse_args().system)
    except ThermoclineError as problem:
        sys.exit(f"register: {problem}")
