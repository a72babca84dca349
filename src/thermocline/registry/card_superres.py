"""What the card of a `superres` model says that others' do not."""

from collections.abc import Sequence
from typing import Any

from thermocline.registry.card_skill import SPREAD_SKILL, calibration, interval, number, table
from thermocline.registry.card_words import Record, Words
from thermocline.registry.gate import METHOD
from thermocline.verify.presentation import Presentation

BLOCKS = "blocks"


def _about(contract: Record) -> str:
    factor = contract.get("factor", "several")
    return (
        "Sea-surface temperature several times finer than an analysis gives it, with uncertainty: "
        "an interpolation, and a residual-shifting diffusion model of what it leaves out.\n\n"
        f"- **Grid**: any regular one; {factor} × {factor} cells of every value that is given\n"
        f"- **Variable**: {contract.get('variable', 'analysed_sst')} (°C)"
    )


def _settings(contract: Record) -> dict[str, Any]:
    return {"superres": contract.get("config") or {}}


def _dataset(row: Record) -> tuple[str, str]:
    side = round(float(row["density"]) ** -0.5)
    name = f"Held-out days {row.get('period', '')}, means over {side} × {side} cells given"
    return name, f"{row['protocol']}-{side}"


def _skill(rows: Sequence[Record], best: str, contract: Record) -> list[str]:
    return [
        f"## Skill on held-out days\n\n{_overall(rows)}",
        _by_region(rows, best),
        calibration(rows),
        _gate(contract.get("gate") or {}),
    ]


def _overall(rows: Sequence[Record]) -> str:
    heads = ["method", "RMSE", "95 %", "RMSE of ∇", "CRPS", "bias", SPREAD_SKILL, "resolution"]
    words = Presentation.of_rows(rows)
    lines = [
        [
            words.name(str(row["method"])),
            number(row.get("rmse")),
            interval(row.get("rmse_ci")),
            number(row.get("gradient_rmse"), ".4f"),
            number(row.get("crps")),
            number(row.get("bias")),
            number(row.get("spread_skill")),
            number(row.get("effective_resolution"), ".0f"),
            row.get("cases", "–"),
        ]
        for row in rows
    ]
    said = (
        "RMSE, CRPS and bias in °C, that of the gradient in K/km, over all cells of sea, weighted "
        "by area. Resolution is the wavelength, in km, above which the error's power is less than "
        "half of the truth's."
    )
    return f"{said}\n\n{table([*heads, 'cases'], lines)}"


def _by_region(rows: Sequence[Record], best: str) -> str:
    by = {str(row["method"]): row.get("regions") or {} for row in rows}
    ours = by.get(METHOD) or {}
    if not ours:
        return "## Skill by region\n\nThe report this card was made from holds no scores by region."
    others = [m for m in dict.fromkeys((best, "bicubic")) if by.get(m)]
    pick = lambda method, region, key: (by[method].get(region) or {}).get(key)
    lines = [
        [
            region.replace("_", " "),
            number(pick(METHOD, region, "rmse")),
            *(number(pick(other, region, "rmse")) for other in others),
            number(pick(METHOD, region, "gradient_rmse"), ".4f"),
            number(pick(METHOD, region, "crps")),
            number(pick(METHOD, region, "spread_skill")),
        ]
        for region in ours
    ]
    words = Presentation.of_rows(rows)
    names = [words.name(other, short=True) for other in others]
    heads = ["Region", "RMSE", *names, "RMSE of ∇", "CRPS", SPREAD_SKILL]
    return "## Skill by region\n\nRMSE, that of other methods, and CRPS in °C.\n\n" + table(
        heads, lines
    )


def _gate(gate: Record) -> str:
    if not gate.get("steepness"):
        return ""
    columns = zip(gate["steepness"], gate["correction"], gate["spread"], strict=True)
    lines = [[f"{steep:.2g}", number(g, ".2f"), number(s, ".2f")] for steep, g, s in columns]
    said = (
        "How far the network is trusted, fitted on validation days: with trust 0 the answer is the "
        "interpolation's alone; the spread of the ensemble is multiplied by its factor. Between "
        "these slopes they are interpolated."
    )
    heads = ["Slope (°C over a given cell)", "trust", "spread"]
    return f"### Gate factors by slope\n\n{said}\n\n{table(heads, lines)}"


def _use(name: str) -> str:
    return f"""## How to use it

`VERSION` is the number this model is registered under.

```sh
thermocline superresolve sst.nc -o finer.nc --date 2008-03-14 --model models:/{name}/VERSION
```

```python
import mlflow, numpy

model = mlflow.pyfunc.load_model("models:/{name}/VERSION")
axis = 0.25 * numpy.arange(40) + 0.125
given = {{
    "latitude": axis - 45.0,  # degrees, regular
    "longitude": axis - 150.0,
    "sst": numpy.full((40, 40), 14.0, "float32"),  # °C, [latitude, longitude], NaN on land
}}
answer = model.predict(given, params={{"members": 8, "seed": 0}})
answer["analysed_sst"], answer["analysed_sst_std"]  # °C, on answer["latitude"], answer["longitude"]
```"""


METHOD_WORDS = (
    "The given values, means over blocks of cells, are interpolated (bicubic or Lanczos, land "
    "filled). A network that is told slopes and departures, but neither places nor dates, predicts "
    "the mean of what is left in one evaluation; members are drawn around it by residual-shifting "
    "diffusion, whose noise is scaled by a map of the error to be expected. Correction and spread "
    "are kept as far as validation days showed them to be right (the gate factors below), and the "
    "block means of every member are made to agree with what was given, within its error."
)

LIMITS = """\
- Details of a member are likely, not observed: they differ between members, and the mean shows
  only what can be known.
- It learned how fine fields look from the data named above; a product that is smoothed otherwise,
  or has other errors, is answered less well, and the stated uncertainty is not calibrated for it.
- The coast comes from a 1 km land mask; ice is not told from water.
- Nothing is said of lakes without a value, of the diurnal cycle, or of any depth."""

WORDS = Words(
    task={"type": "sst-super-resolution", "name": "Finer sea-surface temperature"},
    tags=("ocean", "diffusion", "super-resolution", "uncertainty", "thermocline"),
    metrics={
        "rmse": "RMSE (°C)",
        "gradient_rmse": "RMSE of the gradient (K/km)",
        "crps": "CRPS (°C)",
        "bias": "Bias (°C)",
        "spread_skill": "Spread / skill",
    },
    spoken={
        "bicubic": "bicubic interpolation",
        "lanczos": "Lanczos interpolation",
        "regression": "linear regression from the values around",
        "place regression": "linear regression of the place",
        "oi": "optimal interpolation",
    },
    cases="days",
    about=_about,
    method=METHOD_WORDS,
    settings=_settings,
    dataset=_dataset,
    skill=_skill,
    limits=LIMITS,
    use=_use,
)
