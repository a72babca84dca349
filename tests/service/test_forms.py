"""The form of an answer, by name or by the header `Accept`."""

import pytest
from bento.forms import form
from bento.refusals import Refused


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("application/*", "json"),
        ("application/x-netcdf", "netcdf"),
        ("application/netcdf", "netcdf"),
        ("application/zip", "zarr"),
        ("APPLICATION/ZIP", "zarr"),
        ("application/json;q=0.5, application/x-netcdf", "netcdf"),
        ("application/zip;q=0.2, application/json;q=0.1", "zarr"),
        ("application/json;q=0, */*", "netcdf"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "json"),
        ("application/zip;q=odd", "zarr"),
        ("application/zip;q=nan, application/json;q=0.5", "zarr"),
        ("application/zip;q=-1", "zarr"),
        ("nonsense", "json"),
    ],
)
def test_what_accept_prefers(accept: str, expected: str) -> None:
    assert form(None, accept, "json") == expected
    assert form("zarr", accept, "json") == "zarr"  # what is named comes first


def test_what_is_not_to_be_had_is_refused() -> None:
    for accept in ("text/html", "image/*", "application/json;q=0"):
        with pytest.raises(Refused) as refused:
            form(None, accept, "json")
        assert refused.value.status == 406
    with pytest.raises(Refused, match="png") as refused:
        form("png", "", "json")
    assert refused.value.status == 400
    assert form(None, "*/*", "netcdf") == "netcdf"
