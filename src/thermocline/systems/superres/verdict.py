"""By what models of this system are compared, and what their methods are called in a sentence."""

from thermocline.systems.protocol import Verdict

VERDICT = Verdict(
    reference="bicubic",
    names={
        "bicubic": "bicubic interpolation",
        "lanczos": "Lanczos interpolation",
        "regression": "linear regression from the values around",
        "place regression": "linear regression of the place",
        "oi": "optimal interpolation",
    },
    cases="days",
)
