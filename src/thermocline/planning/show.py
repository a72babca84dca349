"""A plan as tables for people."""

from rich.console import Console
from rich.table import Table

from thermocline.planning.report import Plan, TrainingPlan


def show(plan: Plan, console: Console) -> None:
    """Print it."""
    channels, rows, columns = plan.shape
    many = f"{plan.devices} × " if plan.devices > 1 else ""
    console.print(f"{plan.name}: {channels} × {rows} × {columns} on {many}{plan.device}")
    console.print(f"Estimates, not measurements; rates: {plan.rates}.", soft_wrap=True)
    table = Table(title="Training")
    table.add_column("")
    for each in plan.trainings:
        table.add_column(each.name, justify="right")
    for label, cells in _rows(plan.trainings).items():
        table.add_row(label, *cells)
    console.print(table)
    answer = plan.answer
    single = ", ".join(f"{name} {number(flops)}FLOP" for name, flops in answer.evaluations.items())
    console.print(
        f"One answer of {answer.members} members on one device: {duration(answer.seconds)}, "
        f"{number(answer.memory)}B{'' if answer.fits else ' (too much)'}, "
        f"{number(answer.flops)}FLOP; an evaluation: {single}. "
        "Classical analyses, reading and writing come on top.",
        soft_wrap=True,
    )
    for title, lines in (("Chosen", plan.chosen), ("Differs from the source", plan.differs)):
        for line in lines:
            console.print(f"{title}: {line}", soft_wrap=True, highlight=False)


def _rows(trainings: tuple[TrainingPlan, ...]) -> dict[str, list[str]]:
    rows = {
        "parameters": lambda t: number(t.parameters),
        "precision": lambda t: t.precision,
        "batch, all devices": lambda t: str(t.batch),
        "operations a step": lambda t: f"{number(t.flops)}FLOP",
        "seconds a step": lambda t: f"{t.seconds:.3g}",
        "samples a second": lambda t: f"{t.samples_per_second:.3g}",
        "steps": lambda t: f"{t.steps:,}",
        "time": lambda t: duration(3600 * t.hours),
        "read a step": lambda t: f"{number(t.bytes_read)}B",
        "memory: program": lambda t: f"{number(t.memory.program)}B",
        "  weights": lambda t: f"{number(t.memory.weights)}B",
        "  gradients": lambda t: f"{number(t.memory.gradients)}B",
        "  moments (optimiser)": lambda t: f"{number(t.memory.moments)}B",
        "  average (EMA)": lambda t: f"{number(t.memory.average)}B",
        "  activations": lambda t: f"{number(t.memory.activations)}B",
        "  working, or overlap": lambda t: f"{number(t.memory.working)}B",
        "  together": lambda t: f"{number(t.memory.total)}B{'' if t.fits else ' (too much)'}",
        "largest batch a device": lambda t: str(t.largest_batch),
    }
    return {label: [cell(each) for each in trainings] for label, cell in rows.items()}


def number(value: float) -> str:
    """With three digits and a prefix, such as 1.23 G."""
    for power, prefix in ((15, "P"), (12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if abs(value) >= 10**power:
            return f"{value / 10**power:.3g} {prefix}"
    return f"{value:.3g} "


def duration(seconds: float) -> str:
    """Such as 1.5 h."""
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s"
