"""What a service imports when it starts: a killed worker's successor must be there soon."""

import subprocess
import sys
from pathlib import Path

import pytest

from thermocline import systems

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("lightning", "mlflow", "matplotlib", "optuna")
"""Of trainings, of the registry, of figures, of studies."""


@pytest.mark.parametrize("name", systems.names())
def test_a_model_loads_without_what_it_was_trained_with(name: str, tiny_folder: Path) -> None:
    script = (
        "import sys\n"
        "import bento.service\n"
        f"from thermocline import systems\n"
        f"loading = systems.get({name!r}).load\n"
        f"try:\n    loading({str(tiny_folder)!r})\n"
        "except ValueError:\n    pass  # the model is another system's\n"
        f"print(*(name for name in {HEAVY} if name in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
