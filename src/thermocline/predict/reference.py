"""How a registered model is spoken of: `models:/NAME@alias`, `models:/NAME/3`, `champion`, `3`."""

import re

from thermocline.errors import BadFile

SCHEME = "models:/"
DEFAULT_ALIAS = "champion"


def parse_reference(text: str, default_name: str | None = None) -> tuple[str, str]:
    """Registered name, and alias or version number, of a reference.

    Understood are `models:/NAME@alias`, `models:/NAME/3` and `models:/NAME` (its champion), the
    same without `models:/` where NAME is followed by @ or /, and `@alias`, `alias` or `3` alone,
    which mean the model `default_name`; without a default, they are refused.

    Raises:
        BadFile: for anything else.
    """
    body = text.strip().removeprefix(SCHEME)
    named = text.strip().startswith(SCHEME) or "/" in body or body.find("@") > 0
    match = re.fullmatch(
        r"(?P<name>[^@/:\s.][^@/:\s]*)([@/](?P<which>[\w-]+))?"
        if named
        else r"@?(?P<which>[\w-]+)",
        body,
    )
    example = default_name or "NAME"
    if match is None:
        raise BadFile(
            f"{text!r} names no registered model" if text.strip() else "no model was named",
            where="registry",
            fix=f"name one like {SCHEME}{example}@champion, {SCHEME}{example}/3, champion or 3",
        )
    if not named and default_name is None:
        raise BadFile(
            f"{text!r} does not say of which model",
            where="registry",
            fix=f"name it: {SCHEME}NAME@{match['which']}, or its system (--system)",
        )
    which = match["which"] or DEFAULT_ALIAS
    if which.isdigit():
        which = str(int(which))
    return (match["name"] if named else str(default_name)), which
