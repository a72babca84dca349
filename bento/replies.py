"""Every refusal in one form: {"error": {"what", "where", "fix"}} with a 4xx or 5xx status."""

import json
from typing import Any

from bento.routes import addresses
from thermocline.answers.mistakes import told
from thermocline.errors import BadData, BadFile, BadObservations, ThermoclineError

REASONS = {
    401: "no valid token",
    404: "no such address",
    504: "the analysis took too long",
}
FIXES = {
    401: "send the header `Authorization: Bearer <token>`",
    404: f"POST to {addresses()}; see /docs.json",
    504: "ask for fewer members, or send less: fewer values, or a smaller region",
}


def refusal(what: str, where: str = "", fix: str = "") -> dict[str, Any]:
    """The body of a refusal."""
    return {"error": {"what": what, "where": where, "fix": fix}}


def status_of(problem: ThermoclineError) -> int:
    """HTTP status of an error the user can mend; 503 for one that only the operator can."""
    if isinstance(problem, BadObservations | BadFile | BadData):
        return 422
    return 400


def uniform(status: int, body: bytes) -> dict[str, Any]:
    """Any framework's error body as a refusal; details of internal errors are not told."""
    try:
        content = json.loads(body)
    except ValueError:
        content = {}
    if isinstance(content, list) and content:
        content = content[0]
    if not isinstance(content, dict):
        content = {}
    if isinstance(content.get("error"), dict):
        return content
    if status >= 500 and status != 504:
        return refusal("internal error", fix="tell the operator of this service")
    details = content.get("detail")
    if isinstance(details, list) and details:
        what, where, _ = told(details)
        return refusal(what, where, "see the fields and their limits in /docs.json")
    what = REASONS.get(status) or str(content.get("error") or "bad request")
    return refusal(what, fix=FIXES.get(status, ""))
