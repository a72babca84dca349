"""The forms of an answer: a summary as JSON, a CF file, or the same as a zipped Zarr."""

from contextvars import ContextVar

from bento.refusals import Refused

FORMS = ("json", "netcdf", "zarr")
FORM = "The answer's form; unless it is named, one that `Accept` prefers"
MEDIA = {
    "application/json": "json",
    "application/x-netcdf": "netcdf",
    "application/netcdf": "netcdf",
    "application/zip": "zarr",
}
"""What `Accept` may name, in this order where it allows several alike."""
FILES = {"netcdf": "application/x-netcdf", "zarr": "application/zip"}
"""Media types of files."""

ACCEPT: ContextVar[str] = ContextVar("accept", default="")
"""The header `Accept` of the request that this thread, or this task of the event loop, works on."""


def form(asked: str | None, accept: str, default: str) -> str:
    """The form of an answer: that which is asked for by name, else by `Accept`, else the default.

    Raises:
        Refused: 406, if `Accept` allows none of them; 400 for a name that is none.
    """
    if asked is not None:
        if asked not in FORMS:
            fix = f"ask for {', '.join(FORMS[:-1])} or {FORMS[-1]}"
            raise Refused(400, f"the form {asked[:20]!r}", "format", fix)
        return asked
    shares = _shares(accept)
    if not shares:
        return default
    known = {media: _share(shares, media) for media in MEDIA}
    best = max(known.values())
    if best <= 0:
        fix = f"accept {', '.join(MEDIA)}, or anything, or name `format`"
        raise Refused(406, f"no form of the answer is {accept[:60]!r}", "header Accept", fix)
    found = [MEDIA[media] for media, share in known.items() if share == best]
    return default if default in found else found[0]


def _shares(accept: str) -> dict[str, float]:
    """Media ranges and their quality, as RFC 9110 has them; a broken quality counts as 1."""
    found = {}
    for part in accept.lower().split(","):
        media, *parameters = (each.strip() for each in part.split(";"))
        if "/" not in media:
            continue
        quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        try:
            share = float(quality)
        except ValueError:
            share = 1.0
        found[media] = share if 0 <= share <= 1 else 1.0
    return found


def _share(shares: dict[str, float], media: str) -> float:
    """The quality of a medium: of the narrowest range that holds it."""
    kind = media.split("/")[0]
    return next((shares[each] for each in (media, f"{kind}/*", "*/*") if each in shares), 0.0)
