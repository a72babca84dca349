"""Devices by their names."""

from difflib import get_close_matches

from thermocline.errors import BadConfig
from thermocline.planning.calibrate import this_machine
from thermocline.planning.devices import DEVICES, THIS_MACHINE, Device


def device(name: str) -> Device:
    """The device called `name`; `this-machine` is calibrated, which takes some seconds.

    Raises:
        BadConfig: if there is none of that name.
    """
    key = name.lower()
    if key == THIS_MACHINE:
        return this_machine()
    if key not in DEVICES:
        known = [THIS_MACHINE, *DEVICES]
        near = get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise BadConfig(
            f"no device {name!r}", where="--device", fix=f"{hint}there are {', '.join(known)}"
        )
    return DEVICES[key]
