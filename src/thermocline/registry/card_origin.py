"""The card's sections on what the model was made of: data, method, parameters, study, code."""

from collections.abc import Mapping
from typing import Any

from thermocline.registry.card_skill import table
from thermocline.registry.card_words import Words
from thermocline.registry.provenance import flatten

Record = Mapping[str, Any]

SIMULATED = "Thermocline simulator"
"""How the provider of a bundled file begins (see lineage/providers.py)."""

UNKNOWN = "unknown"


def data_section(training: Record, origin: Record, lineage: Record) -> str:
    """Splits, digests, and the providers of the raw files."""
    raw = _part(lineage, "data", "raw")
    prepared = _part(lineage, "data", "prepared")
    digest = training.get("data_digest") or prepared.get("content_digest") or UNKNOWN
    lines = [
        f"- **Prepared store**: digest `{digest}`",
        f"- **Raw files**: DVC hash `{raw.get('dvc_md5') or origin.get('data_hash') or UNKNOWN}`",
    ]
    lines += _splits(_params(training, lineage))
    files = list(raw.get("files") or ())
    providers: dict[str, list[Record]] = {}
    for file in files:
        providers.setdefault(str(file.get("provider") or UNKNOWN), []).append(file)
    shown = [
        [name, len(its), f"{sum(int(f.get('bytes') or 0) for f in its) / 1e6:.1f}"]
        for name, its in sorted(providers.items())
    ]
    text = "## Data\n\n" + "\n".join(lines) + f"\n\n{_reality(list(providers))}"
    return text + (f"\n\n{table(['provider', 'files', 'MB'], shown)}" if shown else "")


def files_section(lineage: Record) -> str:
    """Every raw file with its provider and digest; nothing if they are not known."""
    files = list(_part(lineage, "data", "raw").get("files") or ())
    if not files:
        return ""
    sha = all(file.get("sha256") for file in files)
    shown = [[f["path"], f.get("provider") or UNKNOWN, f"`{_digest(f)}`"] for f in files]
    heads = ["file", "provider", "SHA-256" if sha else "SHA-256 or MD5"]
    return f"## Raw files\n\n{table(heads, shown)}"


def method_section(
    words: Words, contract: Record, training: Record, origin: Record, lineage: Record
) -> str:
    """How it works, the parameters that matter, the study they came from, and the code."""
    code, environment = _part(lineage, "code"), _environment(training, lineage)
    commit = code.get("git_commit") or origin.get("git_commit") or UNKNOWN
    uncommitted = code.get("uncommitted") or str(commit).endswith("+changes")
    lock = str(code.get("lock_sha256") or origin.get("lock_sha256") or "")
    said = (
        f"Trained for {training.get('steps', 'an unknown number of')} steps with seed "
        f"{training.get('seed', contract.get('seed', UNKNOWN))}; code at commit "
        f"`{str(commit).removesuffix('+changes')}`"
        + (" with uncommitted changes" if uncommitted else "")
        + (f", environment lock `{lock[:16]}`" if lock else "")
        + (f", on {environment}" if environment else "")
        + "."
    )
    settings = _settings(words, contract, _params(training, lineage))
    shown = [[f"`{key}`", value] for key, value in settings.items()]
    parameters = f"\n\n### Parameters\n\n{table(['parameter', 'value'], shown)}" if shown else ""
    return f"## Method\n\n{words.method}\n\n{said}{parameters}{_study(training, lineage)}"


def _settings(words: Words, contract: Record, params: Record) -> dict[str, str]:
    """Parameters by their names in params.yaml; those of the contract are what is served."""
    system = str(contract.get("system", ""))
    served: dict[str, str] = {}
    for section, values in words.settings(contract).items():
        served |= flatten(values, f"{section}.")
    learned = (params.get(system) or {}).get("training") if params else None
    found = flatten(learned or {}, f"{system}.training.") | served
    return {key: value for key, value in found.items() if value not in ("", "None")}


def _study(training: Record, lineage: Record) -> str:
    study = lineage.get("study") or training.get("study")
    if not isinstance(study, Mapping) or study.get("trial") is None:
        return ""
    name = study.get("name") or study.get("study") or UNKNOWN
    text = f"\n\nThe parameters are those of trial {study['trial']} of the study `{name}`"
    value, default = study.get("value"), study.get("default_value")
    if value is not None:
        text += f", validation score {float(value):.4f}"
        text += f" (the defaults': {float(default):.4f})" if default is not None else ""
    text += ", less being better." if value is not None else "."
    overrides = flatten(study.get("overrides") or {})
    return text + (
        f" It set {', '.join(f'`{k}: {v}`' for k, v in overrides.items())}." if overrides else ""
    )


def _splits(params: Record) -> list[str]:
    data = params.get("data") if params else None
    lines = []
    for split in ("train", "validation", "test"):
        period = (data or {}).get(split)
        if isinstance(period, Mapping):
            members = ", ".join(map(str, period.get("members", ())))
            lines.append(
                f"- **{split.capitalize()}**: {period.get('first')}–{period.get('last')} of "
                f"{members}"
            )
    return lines


def _reality(providers: list[str]) -> str:
    simulated = [name for name in providers if name.startswith(SIMULATED)]
    if providers and len(simulated) == len(providers):
        return (
            "All of it is this project's own simulated ocean (a nature run), and the skill below "
            "is skill in that ocean."
        )
    if providers and not simulated:
        return "The skill below is against the withheld part of these data."
    if simulated:
        return (
            "A part of it is this project's own simulated ocean (a nature run): what is said of "
            "skill below is said of the data it was measured on, the test split."
        )
    return (
        "Unless that archive was replaced by real downloads, it is the project's own simulated "
        "ocean (a nature run), and the skill below is skill in that ocean."
    )


def _environment(training: Record, lineage: Record) -> str:
    found = lineage.get("environment") or training.get("environment")
    if not isinstance(found, Mapping):
        return ""
    parts = [f"{key} {found[key]}" for key in ("python", "torch") if found.get(key)]
    parts += [str(found[key]) for key in ("platform", "processor", "device") if found.get(key)]
    parts += [f"{found['threads']} threads"] if found.get("threads") else []
    return ", ".join(parts)


def _params(training: Record, lineage: Record) -> Record:
    """The resolved configuration, nested; {} if it was not written down."""
    for found in (lineage.get("params"), training.get("params")):
        if isinstance(found, Mapping) and found:
            return found
    return {}


def _part(lineage: Record, *keys: str) -> Record:
    found: Any = lineage
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _digest(file: Record) -> str:
    return str(file.get("sha256") or file.get("md5") or UNKNOWN)
