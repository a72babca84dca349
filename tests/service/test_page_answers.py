"""The page on answers that are made up here: maps, sections and profiles; and a service away."""

import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import numpy as np
import pytest
import xarray as xr
from bento.fields import description, values
from browsing import chromium, page_of
from PIL import Image
from playwright.sync_api import expect
from pyproj import CRS, Transformer

LAND, MARK = (0xD9, 0xD6, 0xCE), (0xD6, 0x00, 0x6E)
GONE = {"error": {"what": "no such task", "where": "address", "fix": "ask again"}}


class Answers:
    """Answers a page's questions with files, in turn, in place of the service.

    Attributes:
        asked: method and address of every request for a task.
        others: what stands in for an answer, by the end of the address.
    """

    def __init__(self, page: Any, folder: Path):
        self.page, self.folder = page, folder
        self.files: list[Path] = []
        self.asked: list[tuple[str, str]] = []
        self.others: dict[str, Callable[[Any], None]] = {}
        page.route("**/tasks/**", self.answer)

    def run(self, dataset: xr.Dataset) -> None:
        """Ask a question that this dataset answers."""
        self.files.append(self.folder / f"{len(self.files)}.nc")
        dataset.to_netcdf(self.files[-1], engine="netcdf4")
        self.page.click("#run")
        self.page.wait_for_selector("#status:has-text('on the map')")
        self.page.wait_for_selector("body:not([data-busy])")

    def answer(self, route: Any) -> None:
        url = urlsplit(route.request.url)
        self.asked.append((route.request.method, f"{url.path}?{url.query}"))
        for end, other in self.others.items():
            if self.asked[-1][1].endswith(end):
                return other(route)
        if route.request.method == "POST":
            return route.fulfill(json=self.task(len(self.files) - 1, "finished"))
        number, _, variable = url.path.removeprefix("/tasks/").partition("/fields")
        file = [self.files[int(number)]]
        if not variable:
            return route.fulfill(json=description(file))
        index = {dim: int(k) for dim, k in parse_qsl(url.query)}
        content, shape = values(file, variable.removeprefix("/"), index)
        return route.fulfill(body=content, headers={"X-Shape": ",".join(map(str, shape))})

    def task(self, number: int, status: str) -> dict[str, Any]:
        return {
            "task": str(number),
            "route": "reconstruct",
            "status": status,
            "step": 1,
            "steps": 1,
            "expires": None,
        }


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Any, server: httpx.Client) -> Iterator[Any]:
    """The page, ready, with a question chosen; answers may be refused."""
    with page_of(browser, str(server.base_url), quiet=False) as found:
        found.check("input[value=reconstruct]")
        yield found


@pytest.fixture
def answers(page: Any, tmp_path: Path) -> Answers:
    return Answers(page, tmp_path)


def deep(depths: list[float], **others: xr.DataArray) -> xr.Dataset:
    """A field on the whole Earth whose values are the depths, but for one far greater."""
    y, x = np.arange(-87.5, 90, 5), np.arange(-177.5, 180, 5)
    field = np.broadcast_to(np.float32(depths)[:, None, None], (len(depths), len(y), len(x)))
    field = field.copy()
    field[:, 1, 1] += 5000
    axes = {"depth": depths, "latitude": y, "longitude": x}
    about = {"units": "degree_Celsius", "standard_name": "sea_water_potential_temperature"}
    return xr.Dataset({"thetao": (list(axes), field, about), **others}, coords=axes)


def polar(code: int, reach: float = 6e6) -> xr.Dataset:
    """A field without values on a map of a pole."""
    axis = np.linspace(-reach, reach, 41)
    crs = xr.DataArray(0, attrs=CRS.from_epsg(code).to_cf())
    field = (["y", "x"], np.full((41, 41), np.nan, np.float32), {"grid_mapping": "crs"})
    return xr.Dataset({"siconc": field, "crs": crs}, coords={"y": axis, "x": axis})


def colours(page: Any, places: Mapping[str, tuple[float, float]]) -> dict[str, tuple[int, ...]]:
    """Those of the first map at shares of its width and height, without its border."""
    page.wait_for_timeout(500)
    picture = page.locator(".map canvas").first.screenshot()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    return {
        name: image.getpixel((int(across * image.width), int(down * image.height)))
        for name, (across, down) in places.items()
    }


def give(page: Any, *numbers: float) -> None:
    """A place, or two, by their latitude and longitude."""
    if not page.is_visible("#places"):
        page.click("#deep summary")
    names = ("latitude", "longitude", "latitude-2", "longitude-2")
    for name, number in zip(names, [*numbers, "", ""], strict=False):
        page.fill(f"#place-{name}", str(number))
    page.click("#places button")


def test_continents_that_reach_the_other_half(answers: Answers) -> None:
    """The Americas go on beyond 45° S, Eurasia and Africa beyond 45° N."""
    page, reach = answers.page, 6e6
    towards: dict[int, dict[str, tuple[float, float]]] = {
        3413: {"Canada": (61, -103.7), "Alaska": (66, -155), "Siberia": (65, 100)},
        3031: {"Patagonia": (-46, -70), "South Pole": (-89, 45)},
    }
    for code, places in towards.items():
        answers.run(polar(code))
        box = page.locator(".map canvas").first.bounding_box()
        cells = reach * (1 + 1 / 40)
        metres = 2 * cells / (min(box["width"], box["height"]) - 12)
        to_map = Transformer.from_crs(4326, code)
        shares = {}
        for name, (latitude, longitude) in places.items():
            x, y = to_map.transform(latitude, longitude)
            shares[name] = (0.5 + x / metres / box["width"], 0.5 - y / metres / box["height"])
        assert colours(page, shares) == dict.fromkeys(places, LAND)


def test_beside_it_is_the_same_depth_in_metres(answers: Answers) -> None:
    page = answers.page
    answers.run(deep([5, 100, 300, 1000]))
    answers.run(deep([5, 500]))
    page.select_option("#beside", "0/thetao")
    levels = page.locator(".legend .level")
    expect(levels).to_have_text(["at 5 m", "at 5 m"])
    page.focus("#dim-depth")
    page.keyboard.press("End")
    expect(levels).to_have_text(["at 500 m", "at 300 m"])  # neither by number, nor the deepest
    assert "300" in page.locator(".legend .ticks span").nth(3 + 5).inner_text()
    answers.run(deep([300]))  # whose only level has no slider
    page.select_option("#beside", "0/thetao")
    expect(levels).to_have_text(["at 300 m", "at 300 m"])


def test_the_bar_says_where_colours_end_and_numbers_have_its_digits(answers: Answers) -> None:
    page = answers.page
    field = deep([5, 100])
    wave = np.linspace(0.001, 0.003, 72, dtype=np.float32)
    field["thetao"][:] = wave  # from west to east
    field["thetao"][:, 1, 1] = 1
    answers.run(field)
    ticks = page.locator(".legend .ticks span").all_inner_texts()
    assert ticks[0] == "0.00100" and ticks[-1] == "≥ 0.00300"
    box = page.locator(".map").first.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"] + 3, box["y"] + 0.5 * box["height"])
    assert page.locator(".picked").first.inner_text().endswith(": 0.002014 °C")


def test_a_section_as_deep_and_as_long_as_it_is(answers: Answers) -> None:
    page = answers.page
    answers.run(deep([300, 400]))
    title = page.locator("#section figcaption")
    give(page, 0, 0, 0, 9)
    rects = page.locator("#section svg rect[fill^='#']")
    rects.first.wait_for()
    heights = rects.evaluate_all("all => all.slice(0, 2).map((one) => one.height.baseVal.value)")
    top, middle, bottom = np.sqrt([250, 350, 400])
    assert heights[0] / heights[1] == pytest.approx((middle - top) / (bottom - middle), rel=0.02)
    give(page, 60, 0, 60, 100)  # along the circle of latitude, which is no great circle
    expect(title).to_contain_text("100.00° E, 5560 km")


def test_the_line_on_the_map_is_the_one_that_is_cut(answers: Answers) -> None:
    page = answers.page
    answers.run(deep([5, 100]))
    title = page.locator("#section figcaption")
    give(page, 0, 160, 0, -160)
    expect(title).to_contain_text("160.00° E to 0.00° N, 160.00° W, 4448 km")
    page.locator("#maps").scroll_into_view_if_needed()
    shares = {"west": (5 / 360, 0.5), "Africa": (0.52, 0.5), "east": (355 / 360, 0.5)}
    found = colours(page, shares)
    assert found["west"] == found["east"] == MARK and found["Africa"] != MARK

    page.click("#line")
    page.click("#line")  # which begins no second line
    page.locator("#maps").scroll_into_view_if_needed()
    box = page.locator(".map").first.bounding_box()
    for across in (0.1, 0.9):
        page.mouse.click(box["x"] + across * box["width"], box["y"] + 0.5 * box["height"])
        page.wait_for_timeout(300)
    expect(title).to_contain_text("W to")
    length = float(title.inner_text().split(", ")[-1].removesuffix(" km"))
    assert length == pytest.approx(0.8 * 40_030, rel=0.01)


def test_of_two_wishes_the_later_is_shown(answers: Answers) -> None:
    page = answers.page
    held: list[Any] = []
    answers.run(deep([5, 100]))
    answers.others["longitude=20"] = held.append
    give(page, 0, -77.5)
    give(page, 0, 2.5)
    title = page.locator("#profile figcaption")
    expect(title).to_contain_text("2.50° E")
    assert len(held) == 1
    answers.others.clear()
    answers.answer(held[0])
    page.wait_for_timeout(500)
    assert "2.50° E" in title.inner_text()


def test_what_fails_is_said_and_nothing_old_stays(answers: Answers) -> None:
    page = answers.page
    answers.run(deep([5, 100]))
    give(page, 0, 2.5)
    page.locator("#profile figure").wait_for()
    gone = lambda route: route.fulfill(status=404, json=GONE)
    answers.others |= {"longitude=20": gone, "depth=1": gone, "netcdf": gone}
    give(page, 0, -77.5)
    expect(page.locator("#status")).to_contain_text("No profile: address – no such task")
    assert page.locator("#profile figure").count() == 0
    give(page, 0, 0, 0, 10)
    expect(page.locator("#status")).to_contain_text("No section: address – no such task")
    page.click("#download")
    expect(page.locator("#status")).to_contain_text("Not downloaded: address – no such task")


def test_a_profile_beside_a_field_without_depths(answers: Answers) -> None:
    page = answers.page
    both = deep([5, 100])
    mixed = both["thetao"][0].drop_vars("depth").assign_attrs(long_name="Mixed layer", units="m")
    answers.run(both.assign(so=both["thetao"], mixed=mixed))
    give(page, 0, 2.5)
    expect(page.locator("#profile figure")).to_have_count(2)
    second = page.locator("section.panel select[aria-label=Variable]").nth(1)
    second.select_option("mixed")
    give(page, 0, 7.5)
    expect(page.locator("#profile figcaption")).to_contain_text(["7.50° E"])
    expect(page.locator("#profile figure")).to_have_count(1)


def test_a_service_that_is_away_is_waited_for(answers: Answers) -> None:
    page = answers.page
    away = [lambda r: r.abort(), lambda r: r.fulfill(status=503, json=GONE)]
    done = lambda r: r.fulfill(json=answers.task(0, "finished"))
    answers.others |= {
        "tasks/reconstruct?": lambda r: r.fulfill(json=answers.task(0, "queued")),
        "events?": lambda r: r.abort(),
        "tasks/0?": lambda r: (away.pop() if away else done)(r),
    }
    page.evaluate("""() => {
        const status = document.getElementById("status");
        window.heard = [];
        const hear = () => heard.push(status.textContent);
        new MutationObserver(hear).observe(status, { childList: true });
    }""")
    answers.run(deep([5, 100]))
    assert any("It is waited for" in said for said in page.evaluate("heard"))
    assert page.is_hidden("#refusal") and not away


def test_one_question_at_a_time(answers: Answers) -> None:
    page = answers.page
    held: list[Any] = []
    answers.others["tasks/reconstruct?"] = held.append
    page.click("#run")
    page.check("input[value=superresolve]")
    expect(page.locator("#run")).to_be_disabled()
    page.evaluate("document.getElementById('ask').requestSubmit()")
    page.wait_for_timeout(300)
    assert [method for method, _ in answers.asked] == ["POST"] and len(held) == 1
    held[0].fulfill(status=422, json=GONE)
    page.wait_for_selector("#refusal:not([hidden])")
    expect(page.locator("#run")).to_be_enabled()


def test_after_a_reload_the_service_is_waited_for_and_none_runs_beside(answers: Answers) -> None:
    """Of two answers that are kept the first is there before the second is heard of."""
    page = answers.page
    for _ in range(2):
        answers.run(deep([5, 100]))
    away, held = [lambda r: r.fulfill(status=503, json=GONE)], []
    done = lambda r: r.fulfill(json=answers.task(0, "finished"))
    answers.others |= {
        "tasks/0?": lambda r: (away.pop() if away else done)(r),
        "tasks/1?": held.append,
    }
    answers.asked.clear()
    page.reload()
    page.wait_for_selector("#status:has-text('It is waited for')")
    page.wait_for_selector("#status:has-text('on the map')")
    page.wait_for_timeout(300)
    assert len(held) == 1 and page.is_disabled("#run")
    page.evaluate("document.getElementById('ask').requestSubmit()")
    held[0].fulfill(status=404, json=GONE)
    page.wait_for_selector("body:not([data-busy])")
    assert page.is_enabled("#run") and page.is_hidden("#refusal")
    assert "POST" not in [method for method, _ in answers.asked]
    assert page.locator("#answer option").count() == 1
