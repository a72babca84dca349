"""What a service imports when it starts: a killed worker's successor must be there soon."""

import json
import subprocess
import sys
from pathlib import Path

from thermocline import systems

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json
import sys
import bento.service
from thermocline import systems
# Of trainings, of the registry, of figures, of studies.
heavy = {"lightning", "mlflow", "matplotlib", "optuna"}
found = {}
for name in systems.names():
    load = systems.get(name).load
    try:
        load(sys.argv[1])
    except ValueError:
        pass  # the model is another system's
    found[name] = sorted(heavy & set(sys.modules))
print(json.dumps(found))
"""


def test_models_load_without_what_they_were_trained_with(tiny_folder: Path) -> None:
    """One after the other in one process: the first that imports more is the one to blame."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tiny_folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == {name: [] for name in systems.names()}
