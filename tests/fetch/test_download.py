"""One file: whole or not there, whatever the server does."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from thermocline.errors import BadFile
from thermocline.fetch.download import download
from thermocline.fetch.server import ATTEMPTS, remote_size

CONTENT = b"CDF\x01" + bytes(range(256)) * 40
PATH = "/sst/one.nc"


@pytest.fixture
def get(provider, session, tmp_path):
    provider.files[PATH] = CONTENT
    target = tmp_path / "data/one.nc"

    def run(**values: object) -> Path:
        download(provider.address + PATH, target, tmp_path / "parts", session, **values)  # type: ignore[arg-type]
        return target

    return run


def test_whole(get, provider):
    assert get().read_bytes() == CONTENT
    assert provider.got(PATH) == [""]
    assert list(get().parent.iterdir()) == [get()]


def test_busy_then_well(get, provider):
    provider.failures[PATH] = [503, 429]
    assert get().read_bytes() == CONTENT and len(provider.got(PATH)) == 3


@pytest.mark.parametrize("tag", ['"a"', ""])
def test_cut_and_gone_on_with(get, provider, tag):
    """With a version the rest is asked for, without one everything anew."""
    provider.tags[PATH] = tag
    provider.failures[PATH] = [70, 80]
    assert get().read_bytes() == CONTENT
    assert provider.got(PATH) == (["", "bytes=70-", "bytes=150-"] if tag else ["", "", ""])


def test_gone_on_with_in_another_run(get, provider, tmp_path):
    """Nothing half-written lies where the data are; the next run asks for the rest alone."""
    provider.tags[PATH] = '"a"'
    provider.failures[PATH] = [50] * ATTEMPTS
    with pytest.raises(BadFile, match=r"broke off.* 5 times.*run the command again"):
        get()
    assert not (tmp_path / "data").exists()
    assert get().read_bytes() == CONTENT
    assert provider.got(PATH)[-1] == f"bytes={50 * ATTEMPTS}-"


def test_changed_between(get, provider):
    """The beginning of an old version is never joined to the end of a new one."""
    provider.tags[PATH] = '"a"'
    provider.failures[PATH] = [90] * ATTEMPTS
    with pytest.raises(BadFile):
        get()
    provider.files[PATH] = CONTENT[::-1]
    provider.tags[PATH] = '"b"'
    assert get().read_bytes() == CONTENT[::-1]


def test_refused_in_words(get, provider, tmp_path):
    provider.files.clear()
    with pytest.raises(BadFile, match=r"no such file \(404 .*check the period"):
        get()
    assert len(provider.got(PATH)) == 1, "what is not there is not asked for again"
    for state in (401, 403):
        provider.failures[PATH] = [state]
        with pytest.raises(BadFile, match=r"denies it.*\.netrc"):
            get()
    provider.failures[PATH] = [500] * ATTEMPTS
    with pytest.raises(BadFile, match="says 500"):
        get()
    assert not (tmp_path / "data").exists()


def test_nobody_there(session, tmp_path, monkeypatch):
    monkeypatch.setattr("thermocline.fetch.server.WAIT", 0)
    with pytest.raises(BadFile, match="did not answer"):
        download("http://127.0.0.1:9/x.nc", tmp_path / "x.nc", tmp_path / "parts", session)


def test_the_same_file_fetched_twice_at_once(get, provider, session, tmp_path, monkeypatch):
    """The second waits for the first: two that write one beginning would mix their bytes."""
    monkeypatch.setattr("thermocline.fetch.download.BLOCK", 2**14)  # of a file of 10 MB
    provider.tags[PATH] = '"a"'
    provider.files[PATH] = bytes(range(256)) * 40_000
    places = [tmp_path / f"data/{i}.nc" for i in range(4)]
    one = lambda place: download(provider.address + PATH, place, tmp_path / "parts", session)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, places))
    assert all(place.read_bytes() == provider.files[PATH] for place in places)
    assert not list((tmp_path / "parts").iterdir())


@pytest.mark.parametrize("said", ["", "{", "7"])
def test_a_beginning_of_no_known_version_is_not_gone_on_with(get, provider, tmp_path, said):
    """Such as one whose version a full disk cut short."""
    provider.tags[PATH] = '"a"'
    provider.failures[PATH] = [50] * ATTEMPTS
    with pytest.raises(BadFile):
        get()
    (version,) = (tmp_path / "parts").glob("*.version")
    version.write_text(said)
    assert get().read_bytes() == CONTENT


def test_a_beginning_that_is_too_long_is_begun_anew(get, provider, tmp_path):
    provider.tags[PATH] = '"a"'
    provider.failures[PATH] = [50] * ATTEMPTS
    with pytest.raises(BadFile):
        get()
    (part,) = (tmp_path / "parts").glob("*.part")
    part.write_bytes(CONTENT + b"more")
    assert get().read_bytes() == CONTENT


@pytest.mark.parametrize("address", ["mirror.example.org/x.nc", "gopher://example.org/x.nc"])
def test_no_address(tmp_path, address):
    with pytest.raises(BadFile, match="cannot be asked"):
        download(address, tmp_path / "x.nc", tmp_path / "parts", requests.Session())


@pytest.mark.parametrize(
    "said",
    [{"Content-Length": "0"}, {"Content-Length": "90", "Content-Encoding": "gzip"}],
)
def test_a_length_that_is_not_the_files_is_not_planned_with(provider, session, said):
    provider.files[PATH], provider.heads[PATH] = CONTENT, said
    assert remote_size(provider.address + PATH, session) is None
    provider.heads[PATH] = {"Content-Length": "90", "Content-Encoding": "identity"}
    assert remote_size(provider.address + PATH, session) == 90


def test_more_than_was_planned_is_taken_and_less_is_not(get, provider):
    provider.silent.add(PATH)
    assert get(size=90).read_bytes() == CONTENT
    with pytest.raises(BadFile, match=f"broke off after {len(CONTENT):,} of"):
        get(size=len(CONTENT) + 1)
