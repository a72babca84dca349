"""The chain of a model, told: every link, from each way to name it, in each form."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from small_project import NAME, RAW, STUDY, git, md5, registered_project
from tiny_model import save_tiny
from tiny_superres import save_tiny_superres
from typer.testing import CliRunner

from thermocline.errors import BadConfig, BadFile
from thermocline.files import sha256_file
from thermocline.predict.manifest import model_digest, write_manifest
from thermocline.predict.registered import fetch_registered
from thermocline.registry.lineage.bentos import MODELS
from thermocline.registry.lineage.chain import Chain, Link, walk
from thermocline.registry.lineage.show import mermaid
from thermocline.registry.lineage.verify import verify_model
from thermocline.registry.origin.record import LINEAGE, PATCH, Lineage, read_lineage
from thermocline.registry.origin.records import RawRecord
from thermocline.registry.store.connection import connect

RAW_PROVIDERS = {
    "argo/5901_prof.nc": "Argo (GDAC): CSIRO, Argo float vertical profile",
    "cmip6/thetao_Omon_X1_historical_r1i1p1f1_gn_199001-199012.nc": (
        "CMIP6 (ESGF): Institute of Seas, X1"
    ),
    "en4/EN.4.2.2.f.profiles.g10.199001.nc": (
        "Thermocline simulator, bundled (simulated, in the form of EN4 (Met Office Hadley Centre))"
    ),
    "nature/thetao_Omon_Sea_nature_r1i1p1f1_gn_199001-199012.nc": (
        "Thermocline nature run: Institute"
    ),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, empty_store: Path):
    with registered_project(tmp_path_factory.mktemp("lineage"), empty_store) as root:
        yield root


def test_the_record(project: Path) -> None:
    """Every fact, found independently."""
    version, folder = fetch_registered(NAME, "champion")
    lineage = read_lineage(folder)
    prepared = project / "build/prepared/reconstruct.nc"
    stage = yaml.safe_load((project / "dvc.lock").read_text())["stages"]["prepare"]
    assert lineage.run.run_id == version.run_id and lineage.run.experiment == "reconstruct"
    assert lineage.training_key == "key-0" and lineage.system == "reconstruct"
    assert lineage.study is not None and lineage.study.model_dump(exclude={"why"}) == STUDY
    assert lineage.code.git_commit == git(project, "rev-parse", "HEAD").strip()
    assert not lineage.code.uncommitted and lineage.code.patch_sha256 == ""
    assert lineage.code.lock_sha256 == sha256_file(project / "requirements.lock")
    assert lineage.code.dvc_lock_sha256 == sha256_file(project / "dvc.lock")
    assert lineage.params == {"reconstruct": {"training": {"batch": 8}}}
    assert lineage.data.prepared.dvc_md5 == md5(prepared) == stage["outs"][0]["md5"]
    assert lineage.data.raw.dvc_md5 == stage["deps"][0]["md5"]
    assert {file.path: file.provider for file in lineage.data.raw.files} == RAW_PROVIDERS
    for file in lineage.data.raw.files:
        path = project / "data" / file.path
        assert (file.md5, file.sha256) == (md5(path), sha256_file(path))
        assert file.bytes == path.stat().st_size
        assert file.read is (not file.path.startswith("argo/"))  # reconstruct has no use for it
    assert json.loads((folder / "manifest.json").read_text())["sha256"][LINEAGE]
    assert Lineage.model_validate_json(lineage.to_json()) == lineage
    assert str(project) not in lineage.to_json()


def test_an_uncommitted_tree(project: Path) -> None:
    """The patch is among the version's files and the run's, and in the tags."""
    version, folder = fetch_registered(NAME, "2")
    lineage = read_lineage(folder)
    assert lineage.code.uncommitted and b"+ANSWER = 43" in (folder / PATCH).read_bytes()
    assert lineage.code.patch_sha256 == sha256_file(folder / PATCH)
    assert version.tags["thermocline.patch_sha256"] == lineage.code.patch_sha256
    assert version.tags["thermocline.git_commit"].endswith("+changes")
    client = connect()
    kept = Path(client.download_artifacts(version.run_id, PATCH))
    assert kept.read_bytes() == (folder / PATCH).read_bytes()
    tags = client.get_run(version.run_id).data.tags
    assert tags["thermocline.patch_sha256"] == lineage.code.patch_sha256


def test_every_link(project: Path) -> None:
    chain = walk(f"models:/{NAME}@champion", project)
    kinds = [link.kind for link in chain.links]
    assert kinds == ["Bento", "Model", "Run", "Study", "Commit", "Lock", "Prepared", "Raw"]
    by_kind = {link.kind: link for link in chain.links}
    assert by_kind["Bento"].name == "thermocline:v1-abc"
    assert by_kind["Model"].name == f"{NAME} version 1"
    assert by_kind["Model"].facts["aliases"] == "@champion"
    assert by_kind["Run"].facts["status"] == "FINISHED"
    assert by_kind["Study"].name == "reconstruct-1234, trial 3"
    trial = connect().get_run(by_kind["Study"].facts["run"])
    assert trial.data.tags["mlflow.runName"] == "trial 3"
    assert by_kind["Commit"].facts["subject"] == "A first tree"
    second = {link.kind: link for link in walk("2", project).links}
    assert "patch" in second["Commit"].facts["uncommitted"] and "Bento" not in second


@pytest.mark.parametrize("reference", ["champion", "1", f"models:/{NAME}", "thermocline:v1-abc"])
def test_ways_to_name_it(project: Path, reference: str) -> None:
    assert walk(reference, project).links == walk(f"models:/{NAME}/1", project).links


def test_folders_and_bentos_without_a_registry(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere, without registry or repository, a Bento's folder still tells its chain."""
    bento = project / "build/bentoml/bentos/thermocline/v1-abc"
    whole = walk("thermocline:latest", project)
    assert walk(str(bento / MODELS / "reconstruct"), project).links[0] == whole.links[0]
    away = shutil.copytree(bento, tmp_path / "elsewhere")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/none.db")
    monkeypatch.chdir(tmp_path)
    chain = walk(str(away), tmp_path)
    assert chain.lineage == whole.lineage
    by_kind = {link.kind: link for link in chain.links}
    assert by_kind["Model"].name == f"{NAME} version 1"
    assert by_kind["Run"].facts["server"] == "not on the server here"
    assert by_kind["Commit"].facts == {"repository": "not in the repository here"}
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("http://127.0.0.1:3000", "not asked over the network"),
        ("s3://bucket/model", "not asked over the network"),
        ("thermocline:v9-none", "no Bento"),
        (f"models:/{NAME}@nobody", "nobody"),
        ("models:/other/1", "other"),
        ("", "no model was named"),
    ],
)
def test_what_is_not_there(project: Path, reference: str, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        walk(reference, project)


def test_what_training_wrote_is_no_registered_model_yet(project: Path, tmp_path: Path) -> None:
    """Once it is registered, the version's files say where it comes from."""
    trained = project / "build/models/0"
    assert walk(str(trained), project).links == walk(f"models:/{NAME}/1", project).links
    new = save_tiny(tmp_path / "new", 7)
    with pytest.raises(BadFile, match="no registered model yet"):
        walk(str(new), project)


def test_a_bento_of_several_models(project: Path, tmp_path: Path) -> None:
    """The system says which is meant; without, the first is shown, and all are verified."""
    bento = make_bento_of_two(project, tmp_path)
    first, other = (walk(str(bento), project, name) for name in (None, "thermocline-superres"))
    assert first.links[0].facts["shown"] == "reconstruct"
    assert first.links[0].facts["others"] == "superres (--system)"
    assert first.links[1].name.startswith(NAME) and other.lineage.system == "superres"
    links = [check.link for check in verify_model(str(bento), project)]
    for name in (NAME, "thermocline-superres"):
        assert f"{name}: model files" in links
        alone = [check.link for check in verify_model(str(bento), project, name)]
        assert [f"{name}: {link}" for link in alone] == [x for x in links if x.startswith(name)]
    with pytest.raises(BadConfig, match="none of thermocline-seaice inside"):
        walk(str(bento), project, "thermocline-seaice")


def make_bento_of_two(project: Path, tmp_path: Path) -> Path:
    bento = tmp_path / "bento"
    shutil.copytree(project / "build/bentoml/bentos/thermocline/v1-abc", bento)
    model = save_tiny_superres(bento / MODELS / "superres")
    record = json.loads((bento / MODELS / "reconstruct" / LINEAGE).read_text())
    (model / LINEAGE).write_text(json.dumps(record | {"system": "superres"}))
    digest = model_digest(model)
    identity = {"name": "thermocline-superres", "version": "1", "digest": digest}
    (model / "identity.json").write_text(json.dumps(identity))
    write_manifest(model)
    return bento


def test_unreadable_records(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="carries no lineage"):
        read_lineage(tmp_path)
    for text, words in (
        ('{"lineage_version": 3}', r"version 3 is not known here \(known: 1, 2\)"),
        ('{"lineage_version": 1}', "not a readable lineage"),
        ("[]", "not a readable lineage"),
        ('{"lineage', "not a readable lineage"),
    ):
        (tmp_path / LINEAGE).write_text(text)
        with pytest.raises(BadFile, match=words):
            read_lineage(tmp_path)


def run(*arguments: str, status: int = 0) -> str:
    from thermocline.cli import app

    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == status, result.output
    return result.output


def test_text(project: Path) -> None:
    """One link below the other, nothing cut off, the same facts as the record."""
    brief, text = (run("lineage", f"models:/{NAME}@champion", *more) for more in ((), ("--files",)))
    lineage = read_lineage(fetch_registered(NAME, "1")[1])
    order = ["Bento", "Model", "Run", "Study", "Commit", "Lock", "Prepared", "Raw", "Files"]
    heads = re.findall(r"^([A-Z]\w+) ", text, re.M)
    assert list(dict.fromkeys(heads)) == order
    wanted = [lineage.code.git_commit, lineage.code.lock_sha256, lineage.data.raw.dvc_md5]
    read = [name for name in RAW if not name.startswith("argo/")]
    wanted += [file.sha256 for file in lineage.data.raw.read] + read
    assert all(fact in text for fact in wanted)
    assert all(fact in brief for fact in wanted[:3]) and not any(name in brief for name in RAW)
    assert {RAW_PROVIDERS[name] for name in read} <= {line[10:] for line in brief.splitlines()}
    assert "Argo" not in text and f"read     {len(read)} (" in text


def test_json(project: Path) -> None:
    content = json.loads(run("lineage", "champion", "--json"))
    assert Lineage.model_validate(content["lineage"]).training_key == "key-0"
    assert [link["kind"] for link in content["links"]][:3] == ["Bento", "Model", "Run"]
    assert isinstance(run("verify", "champion", "--json"), str)


def test_mermaid(project: Path) -> None:
    """Every line is a node with a quoted label or an arrow between nodes that exist."""
    lines = run("lineage", "champion", "--mermaid").splitlines()
    assert lines[0] == "graph TD"
    nodes: list[str] = []
    for line in lines[1:]:
        node = r"(\w+)\[\"([^\"]*)\"\]"
        if declared := re.fullmatch(rf"  {node}", line):
            nodes.append(declared[1])
        elif arrow := re.fullmatch(r"  (\w+) --> (\w+)", line):
            assert {arrow[1], arrow[2]} <= set(nodes)
        else:
            arrow = re.fullmatch(rf"  (\w+) --> {node}", line)
            assert arrow and arrow[1] in nodes, line
            nodes.append(arrow[2])
    assert len(nodes) == len(set(nodes)) == 8 + len(RAW) - 1  # one is not read by this system


def test_mermaid_escapes(project: Path) -> None:
    chain = walk("champion", project)
    first = chain.links[0]
    odd = type(first)("Commit", 'a "quoted" <b>#1</b> `x`', {})
    text = mermaid(Chain("x", (odd,), chain.lineage))
    assert "a #quot;quoted#quot; #lt;b#gt;#35;1#lt;/b#gt; #96;x#96;" in text


def test_many_files_are_one_node(project: Path) -> None:
    chain = walk("champion", project)
    raw = chain.lineage.data.raw
    many = tuple(raw.read[0].model_copy(update={"path": f"argo/{n}.nc"}) for n in range(30))
    data = chain.lineage.data.model_copy(update={"raw": raw.model_copy(update={"files": many})})
    text = mermaid(Chain("x", chain.links, chain.lineage.model_copy(update={"data": data})))
    (node,) = (line for line in text.splitlines() if "argo/" in line)
    assert "30 raw files<br/>argo/0.nc … argo/29.nc" in node


def test_a_record_without_what_is_read(project: Path) -> None:
    """Pictures then say how many files there are; of no files at all nothing is said."""
    assert RawRecord().unread is None
    chain = walk("champion", project)
    shown = lambda facts: mermaid(Chain("x", (Link("Raw", "data/", facts),), chain.lineage))
    assert "files: 4 (1.0 MB)" in shown({"files": "4 (1.0 MB)", "read": ""})
    assert "files: 4" not in shown({"files": "4 (1.0 MB)", "read": "3 (1.0 MB) by this system"})
