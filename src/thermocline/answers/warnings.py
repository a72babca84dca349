"""Warnings of an answer: values beyond physical bounds, far from the climatology or the training.

An endpoint puts its warnings into its dataset by `warn`; `predict.sign` adds those that hold for
any system. They stand in the NetCDF's attribute `warnings`, one a line, and as a list in JSON.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr
    from numpy.typing import NDArray

ATTRIBUTE = "warnings"

UNUSUAL = 5.0
"""Standard deviations from the climatology that count as far."""

SHARE = 0.01
"""Smallest share of sea cells far from the climatology that gives a warning."""

FAR_YEARS = 30
"""Years outside the training period beyond which its climate may not apply."""


MIN_MEMBERS = 8
"""Members whose standard deviation is too rough to be used, where there are fewer."""


def warn(dataset: "xr.Dataset", *warnings: str) -> None:
    """Add warnings to a dataset, each once."""
    every = dict.fromkeys((*warnings_of(dataset), *warnings))
    if every:
        dataset.attrs[ATTRIBUTE] = "\n".join(every)


def warnings_of(dataset: "xr.Dataset") -> list[str]:
    """The warnings of a dataset."""
    return [line for line in str(dataset.attrs.get(ATTRIBUTE, "")).splitlines() if line]


def beyond_bounds(dataset: "xr.Dataset") -> list[str]:
    """A warning for each variable with values that the real ocean cannot hold at their depth.

    Variables are known by their standard name, whatever they are called; members are not looked at.
    """
    import numpy as np

    from thermocline.ocean.rows import by_rows
    from thermocline.ocean.variables import VARIABLES

    found = []
    known = {
        said["standard_name"]: variable
        for variable in VARIABLES.values()
        for said in (variable.attributes, variable.answer_attributes)
        if "standard_name" in said
    }
    for name, field in dataset.data_vars.items():
        variable = known.get(field.attrs.get("standard_name", ""))
        if variable is None or "member" in field.dims or field.dtype.kind != "f":
            continue
        levels = np.atleast_1d(dataset["depth"].values) if "depth" in field.dims else [0.0]
        beyond, extremes = 0, [np.inf, -np.inf]
        for index, depth in enumerate(levels):
            layer = field.isel(depth=index) if "depth" in field.dims else field
            low, high = variable.bounds(float(depth))
            for values in by_rows(layer):
                wrong = values[np.isfinite(values) & ((values < low) | (values > high))]
                if wrong.size:
                    beyond += wrong.size
                    extremes = [min(extremes[0], wrong.min()), max(extremes[1], wrong.max())]
        if beyond:
            found.append(
                f"{beyond:,} values of {name} are beyond what the ocean can hold at their depth "
                f"({extremes[0]:.4g} to {extremes[1]:.4g} {variable.units}): do not use them"
            )
    return found


def far_from_climatology(anomaly: "NDArray[np.floating]", sea: "NDArray[np.bool_]") -> list[str]:
    """A warning if a share of the cells is further from the climatology than is believed.

    Args:
        anomaly: difference from the climatology in its standard deviations, of any shape.
        sea: where there is a value, of the same shape.
    """
    import numpy as np

    share = float(np.mean(np.abs(anomaly[sea]) > UNUSUAL)) if sea.any() else 0.0
    if share < SHARE:
        return []
    return [
        f"{share:.0%} of the cells are more than {UNUSUAL:g} standard deviations from the "
        "climatology: check the observations and their date"
    ]


def few_members(members: int) -> list[str]:
    """A warning of a standard deviation that is that of a few members; of one there is none."""
    if not 1 < members < MIN_MEMBERS:
        return []
    return [
        f"the standard deviation is that of {members} members, and so differs from cell to cell by "
        f"chance: ask for {MIN_MEMBERS} or more"
    ]


def outside_training(year: int, first: int, last: int) -> list[str]:
    """A warning if a year is not one of those that a model was trained on."""
    if first <= year <= last:
        return []
    apart = first - year if year < first else year - last
    far = ", so far that its climate may be another one" if apart > FAR_YEARS else ""
    return [
        f"{year} is {apart} year{'' if apart == 1 else 's'} outside the years that the model was "
        f"trained on ({first} to {last}){far}"
    ]
