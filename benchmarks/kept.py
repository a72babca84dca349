"""Tables of performance, kept: as a file, and in MLflow beside the models."""

import json
import platform
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mlflow
import torch

from thermocline.registry.store.connection import connect

EXPERIMENT = "performance"


def where_kept(parser: ArgumentParser) -> None:
    """Ask where rows are kept."""
    parser.add_argument("--json", help="write the rows there, too")
    parser.add_argument("--mlflow", action="store_true", help="log them to MLflow as a table")


def keep(rows: Sequence[Mapping[str, Any]], name: str, given: Namespace) -> None:
    """Keep a table's rows as was asked.

    In MLflow it is a run of the experiment `performance`, with the machine in its tags, so that
    tables of several days and machines lie side by side.
    """
    if given.json:
        Path(given.json).write_text(json.dumps(list(rows), indent=1), encoding="utf-8")
    if given.mlflow:
        connect(EXPERIMENT)
        columns = {key: [row[key] for row in rows] for key in rows[0]}
        machine = {"machine": f"{platform.node()} {platform.machine()}", "torch": torch.__version__}
        with mlflow.start_run(run_name=name, tags=machine):
            mlflow.log_table(columns, f"{name}.json")
