"""By what models of this system are compared, and what their methods are called in a sentence."""

from thermocline.systems.protocol import Verdict

VERDICT = Verdict(
    reference="climatology",
    names={
        "ensemble_oi": "the localised ensemble OI",
        "ensemble_oi_hybrid": "the partly localised ensemble OI",
        "oi": "optimal interpolation level by level",
        "dineof": "DINEOF",
        "climatology": "climatology",
    },
    cases="months",
)
