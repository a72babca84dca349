"""How good are the answers about the real ocean?

THERMOCLINE_REAL_DATA=… python -m benchmarks.reality argo [--adapt] [--climatology model] [--help]
THERMOCLINE_REAL_DATA=… python -m benchmarks.reality sst [--help]
THERMOCLINE_REAL_DATA=… python -m benchmarks.reality water [--help]
"""

import sys
from importlib import import_module

PARTS = ("argo", "sst", "water")


def main() -> None:
    """Run the part named first on the command line."""
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    if part not in PARTS:
        sys.exit(f"usage: python -m benchmarks.reality {{{','.join(PARTS)}}} [--help]")
    import_module(f".{part}", __package__).main(sys.argv[2:])


if __name__ == "__main__":
    main()
