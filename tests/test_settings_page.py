"""docs/settings.md: every setting, with a sentence, as the code has it; and what must be stated."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from docs import settings as page
from pydantic import BaseModel

from thermocline import systems
from thermocline.config import Section
from thermocline.errors import BadConfig
from thermocline.systems.config import config_class, load_config, parse_config


def leaves(section: BaseModel, prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in section:
        own = leaves(value, f"{prefix}{name}.") if isinstance(value, Section) else {}
        found |= own or {f"{prefix}{name}": value}
    return found


def test_the_page_is_that_of_the_code() -> None:
    assert page.PAGE.read_text("utf-8") == page.written(), "run python -m docs.settings"


def test_every_setting_has_a_row_and_a_sentence() -> None:
    text = page.PAGE.read_text("utf-8")
    for name in leaves(load_config()):
        system, _, setting = name.partition(".")
        if setting:
            assert f"| `{setting}` |" in text.partition(f"\n## `{system}`\n")[2], name
    for name, field in config_class().model_fields.items():
        for key, kind, _, said in page.rows(field.annotation) if page.is_section(field) else ():
            assert said.endswith(".") and kind != "value", f"{name}.{key}"


@pytest.mark.parametrize("system", systems.names())
def test_values_that_the_code_has_not_must_be_stated(system: str, tmp_path: Path) -> None:
    """A line that is deleted would change the run; contracts keep the defaults of the code."""
    shipped = yaml.safe_load((page.PAGE.parents[1] / "params.yaml").read_text("utf-8"))
    given = leaves(parse_config(shipped).section(system))
    own = systems.get(system).section()
    coded = leaves(own)
    differs = {name for name in given if given[name] != coded[name]}
    assert {name for name in differs if not name.startswith("tune.")} == set(own.stated)
    name = own.stated[-1]
    *sections, last = name.split(".")
    place = shipped[system]
    for each in sections:
        place = place[each]
    del place[last]
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(shipped))
    with pytest.raises(BadConfig, match=rf"{system}\.{name}: not there"):
        load_config(path)
    del shipped[system]
    path.write_text(yaml.safe_dump(shipped))
    load_config(path)
