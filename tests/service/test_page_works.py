"""The page in a browser: from the example's observations to maps, profile, section and file."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx
import numpy as np
import pytest
import xarray as xr
from browsing import chromium, click_map, page_of, run_example
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture
def opened(browser: Any, server: httpx.Client) -> Iterator[Any]:
    """The page, ready; whatever the browser complains of fails the test."""
    with page_of(browser, str(server.base_url)) as page:
        yield page


def pixels(page: Any) -> str:
    """The first map's picture."""
    page.wait_for_timeout(300)
    return page.locator(".map").first.screenshot()


def test_from_observations_to_maps(opened: Any) -> None:
    run_example(opened, "reconstruct")
    surface, bar = pixels(opened), opened.inner_text(".legend")
    assert "°C" in bar
    opened.focus("#dim-depth")
    opened.keyboard.press("End")
    expect(opened.locator(".legend")).not_to_have_text(bar)
    assert pixels(opened) != surface

    click_map(opened, 0.45, 0.5)
    profile = opened.locator("#profile figure")
    profile.locator("svg").wait_for()
    profile.locator("summary").click()
    rows = profile.locator("tbody tr").all_inner_texts()
    depths = [float(row.split()[0]) for row in rows]
    assert len(depths) > 1 and depths == sorted(depths)
    for row in rows:  # the band holds the mean
        _, mean, low, high, _ = (float(text) for text in row.split("\t"))
        assert low <= mean <= high

    opened.click("#deep summary")
    for name, value in {
        "latitude": 0,
        "longitude": -40,
        "latitude-2": 10,
        "longitude-2": -10,
    }.items():
        opened.fill(f"#place-{name}", str(value))
    opened.click("#places button")
    opened.locator("#section figure svg").wait_for()

    with opened.expect_download() as download:
        opened.click("#download")
    with xr.open_dataset(download.value.path(), engine="netcdf4") as dataset:
        check_numbers(dataset["thetao"][0], opened, profile.locator("figcaption"), rows)
    assert "observations were used" in opened.inner_text("#account")


def check_numbers(field: xr.DataArray, page: Any, title: Any, rows: list[str]) -> None:
    """What the page says at a place and under the pointer is what the file holds there."""
    column = at(field, title.inner_text().splitlines()[0].removeprefix("Profile at "))
    for row in rows:
        depth, mean = (float(text) for text in row.split("\t")[:2])
        assert abs(float(column.sel(depth=depth)) - mean) < 0.01
    box = page.locator(".map").first.bounding_box()
    for across, down in ((0.2, 0.55), (0.45, 0.3), (0.9, 0.7)):
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
        place, _, value = page.locator(".picked").first.inner_text().partition(": ")
        truth = float(at(field, place)[-1])  # the slider is at the deepest level
        assert value == "" if np.isnan(truth) else abs(float(value.split()[0]) - truth) < 0.01


def at(field: xr.DataArray, place: str) -> xr.DataArray:
    """The column at a place such as 2.50° S, 30.00° W."""
    numbers = {}
    for name, text in zip(("latitude", "longitude"), place.split(", "), strict=True):
        number, side = text.split("° ")
        numbers[name] = float(number) * (-1 if side in "SW" else 1)
    return field.sel(numbers, method="nearest")


def test_finer_beside_what_was_given(opened: Any) -> None:
    run_example(opened, "superresolve")
    both = pixels(opened)
    opened.focus("#swipe")
    opened.keyboard.press("Home")
    given = pixels(opened)
    opened.keyboard.press("End")
    assert len({both, given, pixels(opened)}) == 3


def test_observations_by_click_and_paste_in_a_link(opened: Any) -> None:
    opened.check("input[value=reconstruct]")
    opened.check("#adding")
    click_map(opened, 0.5, 0.5)
    rows = opened.locator(".table tbody tr")
    expect(rows).to_have_count(1)
    opened.keyboard.type("26.5")
    opened.keyboard.press("Tab")
    opened.click("text=Paste a table")
    opened.fill("textarea", "lat,lon,depth,temp\n10,-30,5,27\n10,-30,100,18\nno,row,at,all")
    opened.click("text=Add these rows")
    expect(rows).to_have_count(3)
    opened.fill("#field-date", "2008-03")
    opened.keyboard.press("Tab")
    other = opened.context.new_page()
    other.goto(opened.url)
    other.wait_for_selector("body[data-ready]")
    values = [
        cell.input_value()
        for cell in other.locator(".table tbody tr").nth(1).locator("input").all()
    ]
    assert values[:4] == ["10", "-30", "5", "27"]
    assert other.input_value("#field-date") == "2008-03"
    assert other.locator(".table tbody tr").nth(0).locator("input").nth(3).input_value() == "26.5"


@pytest.mark.parametrize(
    ("text", "row", "said"),
    [
        ("latitude;longitude;depth;temp\n35,5;40,0;100;13,9", "35.5 40 100 13.9", "1 row added."),
        ("35,5;-40,25;100,5;13,9", "35.5 -40.25 100.5 13.9", "1 row added."),
        ("lat\tlon\tdepth\ttemp\n1,5\t2.5\t3\t-1,25\t", "", "line 2 has 5 values instead of 4."),
        ("10, -30.5, 5, 27\n10,5,-30,5,27", "10 -30.5 5 27", "line 2 has 5 values instead of 4."),
        ("lat,lon,depth,temp\n\n1,2,3,4.1\n1,2,3,4..1", "1 2 3 4.1", "“4..1”, which is no number."),
        ("lat;lon;depth\n1;2;3", "", "No rows added. Not taken: the line of names has no t"),
    ],
)
def test_a_pasted_table_says_which_numbers_it_took(
    opened: Any, text: str, row: str, said: str
) -> None:
    opened.check("input[value=reconstruct]")
    opened.click("text=Paste a table")
    opened.fill("textarea", text)
    opened.click("text=Add these rows")
    expect(opened.locator(".table [role=status]")).to_contain_text(said)
    cells = opened.locator(".table tbody input").evaluate_all("all => all.map((one) => one.value)")
    assert " ".join(filter(None, cells)) == row


def test_a_link_opened_in_the_same_tab(opened: Any) -> None:
    opened.check("input[value=reconstruct]")
    opened.evaluate("location.hash = '#ask=superresolve&members=3&date=2001-02-03'")
    expect(opened.locator("input[value=superresolve]")).to_be_checked()
    expect(opened.locator("#field-members")).to_have_value("3")
    expect(opened.locator("#field-date")).to_have_value("2001-02-03")


def test_a_link_is_there_to_be_copied_where_there_is_no_clipboard(opened: Any) -> None:
    """As on a page over plain HTTP from another machine."""
    opened.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    opened.click("#copy")
    expect(opened.locator("#link")).to_have_value(opened.url)
    assert opened.evaluate("getSelection().toString()") == opened.url


def test_a_refusal_is_said_in_its_three_parts(opened: Any) -> None:
    opened.check("input[value=reconstruct]")
    opened.click("#run")
    opened.wait_for_selector("#refusal:not([hidden])")
    said = opened.inner_text("#refusal")
    assert "Neither observations nor a file." in said and "What to do" in said
    assert "`" not in said and opened.inner_text("#status") == "Not answered."
    box = opened.locator("#refusal").bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 900  # it is in view


def test_a_refusal_names_the_page_s_own_fields(browser: Any, server: httpx.Client) -> None:
    with page_of(browser, str(server.base_url), quiet=False) as page:
        page.check("input[value=superresolve]")
        page.click("#run")
        expect(page.locator("#refusal")).to_contain_text("No file is chosen.")
        expect(page.locator("#refusal")).to_contain_text("Where: File")
        page.check("input[value=reconstruct]")
        expect(page.locator("#refusal")).to_be_hidden()
        page.fill("#field-date", "yesterday")
        page.click("#run")
        expect(page.locator("#refusal")).to_contain_text("Where: Date")
        assert "docs.json" not in page.inner_text("#refusal")


def test_an_answer_outlasts_a_reload_and_back_leads_to_the_question_before(opened: Any) -> None:
    run_example(opened, "reconstruct")
    opened.reload()
    opened.wait_for_selector("#status:has-text('on the map')")
    expect(opened.locator("#answer")).to_contain_text("1: reconstruct, 2008-03, seed 0")
    expect(opened.locator("#dots")).to_be_visible()
    opened.check("input[value=superresolve]")
    expect(opened.locator("#dots")).to_be_hidden()  # no observation of it is the answer's
    opened.go_back()
    expect(opened.locator("#dots")).to_be_visible()
    opened.click("text=Add a row")
    opened.fill("[aria-label^=latitude] >> nth=-1", "1")
    opened.fill("[aria-label^=longitude] >> nth=-1", "-30")
    opened.locator("[aria-label^=longitude] >> nth=-1").blur()
    expect(opened.locator("#dots")).to_be_hidden()
    expect(opened.locator("input[value=reconstruct]")).to_be_checked()
    expect(opened.locator("#field-date")).to_have_value("2008-03")


def test_the_example_asks_for_as_many_members_as_usual(opened: Any) -> None:
    opened.check("input[value=reconstruct]")
    opened.click("#example")
    expect(opened.locator("#field-date")).to_have_value("2008-03")
    expect(opened.locator("#field-members")).to_have_value("")


def test_a_token_is_asked_for_and_sent(browser: Any, server: httpx.Client) -> None:
    """As a service with THERMOCLINE_TOKEN answers, which lets nothing but the page pass without."""
    context = browser.new_context()
    page = context.new_page()
    error = {"what": "no valid token", "where": "header Authorization", "fix": "send it"}

    def guarded(route: Any) -> None:
        if route.request.headers.get("authorization") == "Bearer s3cret":
            route.continue_()
        else:
            route.fulfill(status=401, json={"error": error})

    for path in ("/models", "/docs.json", "/about"):
        page.route(f"**{path}", guarded)
    page.goto(str(server.base_url))
    expect(page.locator("#token")).to_be_visible()
    assert page.is_hidden("#links")
    page.fill("#token-value", "s3cret")
    page.click("#token button")
    expect(page.locator("input[value=reconstruct]")).to_be_visible()
    assert page.is_hidden("#token")
    for link, content in {"Models and commands": "POST /reconstruct", "API": '"openapi"'}.items():
        page.click(f"#links >> text={link}")
        expect(page.locator("#other-content")).to_contain_text(content)
        page.click("#other-close")
    context.close()


def test_a_run_is_cancelled(opened: Any, server: httpx.Client) -> None:
    """One that waits behind larger ones."""
    sample = server.get("/samples/superresolve/file.nc").content
    for _ in range(3):
        task = server.post(
            "/tasks/superresolve", files={"file": ("sst.nc", sample)}, data={"members": "64"}
        )
        assert task.status_code == 202, task.text
    opened.check("input[value=superresolve]")
    opened.click("#example")
    opened.wait_for_selector("#status:has-text('example')")
    opened.click("#run")
    opened.click("#cancel")
    opened.wait_for_selector("#status:has-text('Cancelled')")
    opened.wait_for_selector("body:not([data-busy])")
    assert opened.is_enabled("#run")


def test_numbers_of_the_colours_stand_apart_on_a_telephone(opened: Any) -> None:
    """Salinities have six digits, and at the ends a sign."""
    opened.set_viewport_size({"width": 390, "height": 844})
    run_example(opened, "reconstruct")
    boxes = opened.evaluate(
        """() => {
          const spans = [...document.querySelector(".ticks").children];
          const long = ["≤ 35.4852", "35.5050", "35.5248", "35.5445", "≥ 35.5643"];
          spans.forEach((span, k) => (span.textContent = long[k]));
          return spans.map((span) => span.getBoundingClientRect()).filter((box) => box.width);
        }"""
    )
    assert len(boxes) >= 3 and len({box["height"] for box in boxes}) == 1
    assert all(a["right"] + 4 < b["left"] for a, b in pairwise(boxes))
    assert boxes[0]["height"] < 25
