"""Stage prepare: a system's raw files to the store that everything after it reads."""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter

from rich.progress import track

from stage import run
from thermocline import systems
from thermocline.systems.config import load_config
from thermocline.systems.paths import StagePaths

NOTE = """A small archive is read in this process. Of a larger one, workers on this machine make the
parts, unless --scheduler names a Dask scheduler. Dask unpickles what a scheduler sends, and runs
what it says: name none but your own, and let it listen only where you trust everyone who can reach
it; with tls:// the certificates of Dask's own configuration are used. See docs/clusters.md."""


def main(arguments: list[str]) -> None:
    """Write build/prepared/<system>.nc."""
    parser = ArgumentParser("prepare.py", None, __doc__, NOTE,
                            formatter_class=RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("system")
    parser.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="a Dask scheduler to use")
    parser.add_argument("--workers", type=int, help="processes on this machine")
    parser.add_argument("--memory", metavar="1.2GB", help="of all processes together")
    asked = vars(parser.parse_args(arguments))
    system = asked.pop("system")
    overrides = {f"data.prepare.{key}": value for key, value in asked.items() if value is not None}
    config = load_config(overrides=overrides)
    systems.get(system).prepare(config, StagePaths(system, config).store, track)


if __name__ == "__main__":
    run(lambda: main(sys.argv[1:]))
