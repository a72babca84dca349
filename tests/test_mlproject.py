"""MLproject: every entry point is a command that exists, with parameters it understands."""

import shlex
from pathlib import Path

import yaml
from typer.main import get_command

from thermocline.cli import app

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = {"sweep": {"trials": "3", "steps": "5"}}


def test_every_entry_point() -> None:
    from mlflow.projects._project_spec import load_project

    project = load_project(str(ROOT))
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    seen = set()
    for name in ("reproduce", "train", "sweep", "evaluate", "promote"):
        entry = project.get_entry_point(name)
        program, *words = shlex.split(entry.compute_command(EXAMPLES.get(name, {}), "."))
        if program == "dvc":
            assert words[0] == "repro"
            for target in words[1:]:
                stage, system = target.split("@")
                assert stage in stages and "matrix" in stages[stage] and system == "reconstruct"
        else:
            assert program == "thermocline"
            command = get_command(app).commands[words[0]]  # type: ignore[attr-defined]
            context = command.make_context(words[0], words[1:])
            assert context.params["trials"] == 3 and context.params["steps"] == 5
        seen.add(program)
    assert seen == {"dvc", "thermocline"}
