"""`thermocline summary`: what finished, what failed and why, what waits."""

import typer


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(summary)


def summary() -> None:
    """How each stage of the pipeline stands; the exit code is 2 if one failed."""
    import sys

    from thermocline.pipeline.outcome import read_outcomes
    from thermocline.pipeline.stages import read_stages
    from thermocline.pipeline.summary import render, summarise

    stages, problem = read_stages()
    if problem:
        print(f"by the stages' records alone, for DVC does not answer: {problem}", file=sys.stderr)
    lines = summarise(stages, read_outcomes())
    for line in render(lines):
        print(line)
    if any(line.standing == "failed" for line in lines):
        raise typer.Exit(2)
