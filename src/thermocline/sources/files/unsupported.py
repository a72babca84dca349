"""Known formats that are not read: how to recognise them, and what to do with such a file."""

from pathlib import Path

from thermocline.errors import BadFile

CSV = "save it as CSV, with one observation a line"
NETCDF = "write it as NetCDF, such as by `cdo -f nc copy FILE NEW`"
MAGIC = {
    b"GRIB": ("GRIB", NETCDF),
    b"BUFR": ("BUFR", CSV),
    b"\x0e\x03\x13\x01": ("HDF 4", "write it as NetCDF, such as by `ncl_convert2nc FILE`"),
    b"\xd0\xcf\x11\xe0": ("an Excel workbook", CSV),
}
"""By the first bytes of a file: its format, and what to do with it."""
WORKBOOKS = (b"[Content_Types].xml", b"xl/", b"application/vnd.oasis.opendocument.spreadsheet")
"""Bytes near the beginning of workbooks, which are zip archives."""
STORES = (".zgroup", ".zarray", ".zmetadata", "zarr.json")
"""Files at the top of a Zarr store."""


def refuse_other(path: Path, kind: str, where: str) -> None:
    """Raise BadFile for a file in a known format that is not read.

    Args:
        kind: from `opening.container`.
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    if kind == "text" and head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        raise BadFile("is JSON", where=where, fix=CSV + ", or send it to the service as a request")
    if kind == "zip" and any(word in head for word in WORKBOOKS):
        raise BadFile("is a workbook", where=where, fix=CSV)
    for magic, (name, fix) in MAGIC.items():
        if head.startswith(magic):
            raise BadFile(f"is {name}", where=where, fix=fix)


def refuse_store(path: Path, where: str) -> None:
    """Raise BadFile for a folder that is a Zarr store."""
    if any((path / name).exists() for name in STORES):
        fix = "write it as NetCDF, such as by xarray's open_zarr and to_netcdf"
        raise BadFile("is a Zarr store", where=where, fix=fix)
