"""Files that MLflow keeps, to be read: in their place if it is on this machine, else a copy.

A copy lasts as long as the block, and no longer. Of a folder on this machine MLflow would make one
too, file by file: two seconds for the code of a model alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from thermocline.files import temporary_directory
from thermocline.predict.places import folder_of
from thermocline.predict.registered import fetch_registered


@contextmanager
def files_of_logged(client: Any, model_id: str) -> Iterator[Path]:
    """All files of a logged model."""
    kept = folder_of(client.get_logged_model(model_id).artifact_location)
    if kept is not None and kept.is_dir():
        yield kept
        return
    import mlflow

    with temporary_directory() as scratch:
        address = f"models:/{model_id}"
        yield Path(mlflow.artifacts.download_artifacts(address, dst_path=str(scratch)))


@contextmanager
def files_of_version(client: Any, version: Any) -> Iterator[Path]:
    """All files of a registered version; raises BadFile if they cannot be had."""
    name, number = version.name, str(version.version)
    kept = folder_of(client.get_model_version_download_uri(name, number))
    if kept is not None and kept.is_dir():
        yield kept
        return
    with temporary_directory() as scratch:
        yield fetch_registered(name, number, Path(scratch))[1].parents[1]
