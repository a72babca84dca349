"""The page at `/about`: models, endpoints with an example each, and links; without a script."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from typing import Any

import thermocline.predict as predict
from bento.examples import curl
from bento.routes import routes

STYLE = """
:root { color-scheme: light dark; --ink: #17212b; --soft: #51606e; --line: #d5dde4;
  --ground: #ffffff; --box: #f3f6f8; --link: #00599c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #a3b1be; --line: #35424e;
  --ground: #10171d; --box: #1a242c; --link: #7cc0ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; color: var(--ink);
  background: var(--ground); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.75rem; } h2 { margin: 2.5rem 0 .5rem; font-size: 1.35rem; }
h3 { margin: 1.75rem 0 .25rem; font-size: 1.05rem; font-family: ui-monospace, monospace; }
p { margin: .25rem 0 .75rem; } .soft { color: var(--soft); } a { color: var(--link); }
nav a { margin-right: 1.25rem; }
dl { display: grid; grid-template-columns: 10rem 1fr; gap: .2rem 1rem; margin: .75rem 0; }
dt { color: var(--soft); } dd { margin: 0; }
code, pre { font: .875rem/1.5 ui-monospace, monospace; }
pre { margin: .5rem 0; padding: .75rem; border: 1px solid var(--line); border-radius: 6px;
  background: var(--box); overflow-x: auto; overflow-wrap: normal; }
summary { cursor: pointer; color: var(--link); }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; } }
"""
HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
FACTS = {
    "name": "Model",
    "version": "Version",
    "alias": "Alias",
    "digest": "Digest of the model",
    "data_digest": "Training data",
    "git_commit": "Code commit",
    "verdict": "Promotion test",
    "baseline_verdict": "Classical methods",
}


def html(
    described: Sequence[Mapping[str, Any]],
    models: Mapping[str, predict.ServedModel],
    document: Mapping[str, Any],
    base: str,
    token: bool,
) -> str:
    """The whole page.

    Args:
        described: what `/models` says of each system.
        document: the service in OpenAPI.
        base: the service's address as the reader typed it.
        token: whether requests need a token.
    """
    parts = [_system(each, models, document, base, token) for each in described]
    links = "".join(
        f'<a href="{path}">{"the map" if path == "/" else path}</a>'
        for path in ("/", "/docs.json", "/models", "/metrics", "/livez", "/licenses.txt")
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Thermocline</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><header><h1>Thermocline</h1>"
        f'<p class="soft">{escape(document["info"]["description"])}</p>'
        f"<nav>{links}</nav></header><main>{''.join(parts)}</main></body></html>"
    )


def _system(
    about: Mapping[str, Any],
    models: Mapping[str, predict.ServedModel],
    document: Mapping[str, Any],
    base: str,
    token: bool,
) -> str:
    """A system: its model, and its endpoints."""
    head = f"<section><h2>{escape(about['title'])}</h2>"
    if about["model"] is None:
        return (
            f'{head}<p class="soft">No model of {escape(about["system"])} is served.</p></section>'
        )
    facts = "".join(
        f"<dt>{words}</dt><dd>{escape(about['model'][name]) or '–'}</dd>"
        for name, words in FACTS.items()
    )
    asked = []
    for address in about["endpoints"]:
        operation = document["paths"][address]["post"]
        example = curl(routes()[address], models[about["system"]], base, token)
        asked.append(
            f"<h3>POST {escape(address)}</h3><p>{escape(operation['summary'])} "
            f'<span class="soft">{_text(operation["description"])}</span></p>'
            f'<pre tabindex="0">{escape(example)}</pre>{_fields(operation)}'
        )
    return f"{head}<dl>{facts}</dl>{''.join(asked)}</section>"


def _text(words: str) -> str:
    """Words with `names` in them."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))


def _fields(operation: Mapping[str, Any]) -> str:
    """What may be sent, folded."""
    body = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    needed = body.get("required", [])
    rows = "".join(
        f"<dt><code>{escape(name)}</code>{' (needed)' if name in needed else ''}</dt>"
        f"<dd>{_text(field.get('description', ''))}</dd>"
        for name, field in body["properties"].items()
    )
    return f"<details><summary>Fields</summary><dl>{rows}</dl></details>"
