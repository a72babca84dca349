"""Times that are no dates, which nothing can be counted by: refused."""

import xarray as xr

from thermocline.errors import BadData


def require_dates(dataset: xr.Dataset, where: str) -> None:
    """Raise BadData for a canonical dataset of which a time is no date."""
    time = dataset["time"]
    undated = int(time.isnull().sum())
    if time.dtype.kind not in "MO":
        said = "has no dates: its times are numbers, such as the months of a climatology"
    elif undated == time.size:
        said = "has no dates"
    elif undated:
        said = f"has no date for {undated:,} of {time.size:,} times"
    else:
        return
    raise BadData(said, where=where, fix="give dates, or take the file out of the data")
