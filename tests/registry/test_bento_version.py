"""What a Bento is called: BentoML refuses versions of more than 63 characters."""

from thermocline.registry.lineage.bentos import bento_version


def test_of_many_models_it_is_short_enough() -> None:
    served = [{"version": str(n), "digest": f"{n:02d}" * 32} for n in range(1, 20)]
    assert bento_version(served[:1]) == "v1-010101010101"
    assert bento_version(served[:2]) == "v1-010101010101-v2-020202020202"
    assert bento_version(served[:5]).startswith("v1-v2-v3-v4-v5-")
    found = {bento_version(served[:n]) for n in range(1, 20)}
    assert len(found) == 19 and max(map(len, found)) <= 63
