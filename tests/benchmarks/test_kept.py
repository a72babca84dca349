"""Tables of performance go to MLflow as tables that its page shows."""

import argparse

import mlflow
from benchmarks.kept import EXPERIMENT, keep, where_kept


def test_a_table_is_a_run_of_the_experiment(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    parser = argparse.ArgumentParser()
    where_kept(parser)
    given = parser.parse_args(["--mlflow", "--json", str(tmp_path / "rows.json")])
    rows = [
        {"network": "small", "samples_per_second": 2.0},
        {"network": "large", "samples_per_second": 1.0},
    ]
    keep(rows, "speed", given)
    (run,) = mlflow.search_runs(experiment_names=[EXPERIMENT], output_format="list")
    assert run.info.run_name == "speed" and run.info.status == "FINISHED"
    table = mlflow.load_table("speed.json", run_ids=[run.info.run_id])
    assert table.to_dict("records") == rows
    assert (tmp_path / "rows.json").read_text().count("network") == 2
