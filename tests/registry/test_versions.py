"""What names a registered version, and what does not."""

from pathlib import Path

import pytest
from made import NAME, add_version

from thermocline.errors import BadConfig, BadFile
from thermocline.registry.promotion.promote import promote
from thermocline.registry.store.connection import connect
from thermocline.registry.versions.lookup import resolve


def test_references(store: Path, config) -> None:
    client = connect()
    version = add_version(store, 0.7)
    promote(client, NAME, version, config)
    texts = [f"models:/{NAME}@champion", f"models:/{NAME}/1", f"models:/{NAME}", "champion"]
    for text in [*texts, "@champion", "1", f"{NAME}/1", f"{NAME}@champion"]:
        found = resolve(client, text)
        assert (found.name, str(found.version)) == (NAME, version), text
    for text in ("2", "nobody", "models:/other/1", "models:/other@champion"):
        with pytest.raises(BadFile, match="models list"):
            resolve(client, text)
    assert str(resolve(client, "latest").version) == version
    with pytest.raises(BadConfig, match="--system: models:/other/1 is no version of"):
        resolve(client, "models:/other/1", NAME)
    for text in ("", "models:/", "a b", "models:/a@b@c", "models:/a/b/c"):
        with pytest.raises(BadFile, match="name one like"):
            resolve(client, text)
