"""The evaluations of a registered version: the one it came with, and later ones.

A later one asked other questions: other months, densities or errors. It lies beside the first, in a
folder named by its SHA-256 and with the parameters that it was made with; a tag of the version says
that it is the one that counts, in promotions and comparisons.
"""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.errors import BadData, BadFile
from thermocline.files import temporary_directory, write_json
from thermocline.registry.origin.provenance import parameters
from thermocline.registry.runs.datasets import link_scores
from thermocline.registry.store.tags import EVALUATION, EVALUATION_SHA256
from thermocline.registry.versions.checksums import REPORT, checksum, first_checksum
from thermocline.registry.versions.comparability import as_good_as_same
from thermocline.registry.versions.lookup import fetch_part, label, logged_id, unfetched
from thermocline.registry.versions.made_with import parameters_of, read_json
from thermocline.verify.board.boardfiles import read_board
from thermocline.verify.board.scoreboard import Board

FILES = ("scoreboard.json", "cases.json", "scoreboard.md")
"""What is kept of what evaluation wrote."""
LATER = "evaluations"
"""Name of the folder of later ones among a version's artifacts."""
PARAMETERS = "parameters.json"
TIMES = ("seconds",)
"""What may differ between two evaluations that asked the same."""


def part_of(tags: Mapping[str, str]) -> str:
    """Where the evaluation that counts lies among the artifacts of a version with these tags."""
    later = tags.get(EVALUATION, "")
    return f"{LATER}/{later}" if later else REPORT


def stored_board(version: Any) -> Board:
    """The evaluation of a registered version that counts.

    Raises:
        BadData: if it cannot be fetched, or is not the one that was kept; those of an older
            Thermocline have no checksum.
        BadFile: if it is incomplete.
    """
    with temporary_directory() as scratch:
        folder = fetch_part(version, part_of(version.tags), scratch)
        if folder is None:
            raise unfetched(
                version,
                "its evaluation cannot be fetched",
                "check where the registry keeps files, and that they are there",
            )
        later = version.tags.get(EVALUATION, "")
        recorded = later or version.tags.get(EVALUATION_SHA256, "")
        if recorded and recorded != (checksum if later else first_checksum)(folder):
            raise BadData(
                "its evaluation was changed since it was registered",
                where=label(version),
                fix=f"`thermocline verify models:/{version.name}/{version.version}`",
            )
        return read_board(folder)


def asked_with(client: Any, version: Any) -> dict[str, str]:
    """Parameters by dotted name of the evaluation that counts; none if nobody wrote them down."""
    if not version.tags.get(EVALUATION):
        return parameters_of(client, version)
    with temporary_directory() as scratch:
        found = read_json(version, f"{part_of(version.tags)}/{PARAMETERS}", scratch)
        return dict(found.get("parameters", found))


def keep(report: Path, folder: Path) -> Path:
    """Copy what is kept of an evaluation into a new folder."""
    folder.mkdir(parents=True)
    for name in FILES:
        if (report / name).is_file():
            shutil.copyfile(report / name, folder / name)
    return folder


def add(client: Any, version: Any, report: Path, board: Board, config: Config, data: str) -> bool:
    """Keep an evaluation with a version, and let it count, unless the one that counts is the same.

    Killed on the way, the earlier one counts; files are all there before the tag is.

    Args:
        report: the folder that evaluation wrote, and `board` what was read of it.
        config: what it was made with.
        data: digest of the prepared data that it was made on.

    Returns:
        Whether it was another.
    """
    with suppress(BadData, BadFile):  # one that is damaged is replaced
        if _alike(stored_board(version), board):
            return False
    model = logged_id(version)
    with temporary_directory() as scratch:
        folder = keep(report, Path(scratch) / "new")
        told = {"parameters": parameters(config, board.system), "data_digest": data}
        write_json(folder / PARAMETERS, told)
        named = checksum(folder)
        place = f"artifacts/{LATER}/{named}"
        client.log_model_artifacts(model, str(folder), place)
    earlier = client.get_metric_history(version.run_id, "rmse")
    step = max((point.step for point in earlier), default=0)  # the training's last
    link_scores(client, version.run_id, model, board, data, step, anew=True)
    client.set_model_version_tag(version.name, str(version.version), EVALUATION, named)
    version.tags[EVALUATION] = named
    return True


def _alike(one: Board, other: Board) -> bool:
    """Whether two boards say the same of the same cases, as far as machines agree."""
    if one.context != other.context or len(one.cases) != len(other.cases):
        return False
    pairs = zip(one.cases, other.cases, strict=True)
    return all(
        a.keys() == b.keys() and all(as_good_as_same(a[k], b[k]) for k in a if k not in TIMES)
        for a, b in pairs
    )
