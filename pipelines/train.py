"""Stage train: prepared store in; weights, raw and averaged, and their history out."""

import shutil
import sys
from functools import partial

from stage import collect_seldom, run, tuned_config, winner
from thermocline import systems
from thermocline.files import atomic_directory, write_json
from thermocline.registry.origin.provenance import environment, run_name, training_origin
from thermocline.registry.origin.record import PATCH
from thermocline.registry.origin.tree import working_tree
from thermocline.registry.runs.tracking import study_tags, tracked_run
from thermocline.systems.config import load_config
from thermocline.systems.paths import StagePaths
from thermocline.training.objective import Metrics
from thermocline.training.share import is_first
from thermocline.tuning.decision import report as replaced


def main(system: str) -> None:
    """Write build/training/<system>; a killed run is continued from build/checkpoints.

    Of several processes that `torchrun` started the first tracks the run and writes its result.
    """
    config, found = tuned_config(system), winner(system)
    study = {name: found[name] for name in ("trial", "value", "default_value", "overrides", "why")}
    study["name"] = found["study"]
    training = systems.get(system).training(config)
    key, data_digest = training.key, training.data_digest
    checkpoints = StagePaths(system, config).checkpoints / key
    if not is_first():
        training.run(checkpoints, lambda step, metrics: None)
        return
    print("\n".join(replaced(load_config(), found)), flush=True)
    for stale in checkpoints.parent.glob("*"):
        if stale != checkpoints:
            shutil.rmtree(stale, ignore_errors=True)

    # Now, not at the end: what is running is the tree as it is at this moment.
    tree = working_tree(".")
    origin = training_origin(".", training.store, tree)
    tags = study_tags(study)
    begun = tracked_run(
        system,
        config,
        run_name(config, system),
        tags,
        key=key,
        data_digest=data_digest,
        tree=tree,
    )
    with begun as tracked:

        def report(step: int, metrics: Metrics) -> None:
            tracked.log_metrics(metrics, step)
            figures = "  ".join(f"{name} {value:.3f}" for name, value in metrics.items())
            print(f"\nstep {step}: {figures}", flush=True)

        history = training.run(checkpoints, report)

    with atomic_directory(StagePaths(system, config).training) as folder:
        training.save(folder)
        content = {
            "training_key": key,
            "seed": config.seed,
            "steps": history[-1][0],
            "data_digest": data_digest,
            "metrics": history[-1][1],
            "history": [{"step": step, **metrics} for step, metrics in history],
            "origin": origin,
            "environment": environment(),
            "params": config.model_dump(mode="json"),
            "study": study,
        }
        if tree.patch:
            (folder / PATCH).write_bytes(tree.patch)
        write_json(folder / "training.json", content)


if __name__ == "__main__":
    train = partial(main, sys.argv[1])
    if is_first():  # it keeps the record of the stage
        run(train)
    else:
        collect_seldom()
        train()
