"""One HTML file out of the parts in report/page: style, texts, charts, data and script, and nothing from outside."""

import base64
import hashlib
import json
import re
from functools import cache
from html import escape
from pathlib import Path

import vl_convert

from codegen.facts import read_facts

PARTS = Path(__file__).with_name("page")
SEEDS = Path(__file__).parents[1] / "seeds"
SCRIPTS = [
    "data.js",
    "texts.js",
    "combobox.js",
    "compare.js",
    "funnel.js",
    "trend.js",
    "conversions.js",
    "sections.js",
    "content.js",
    "app.js",
]


def read_texts():
    """Return the page's texts: language to key to text. The names of channels come from their seed."""
    facts = read_facts(SEEDS)
    texts = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((PARTS / "texts").glob("*.json"))}
    for language, own in texts.items():
        for channel in facts.channels:
            name = facts.channel_name(channel, language)
            own[f"channel.{channel}"] = name[:1].upper() + name[1:]
    return texts


def channel_colours():
    """Return the channels' colours as CSS variables, under the same conditions as the other colours of page.css."""
    facts = read_facts(SEEDS)

    def variables(ground, suffix=""):
        return "".join(f" --{channel}: {colour}{suffix};" for channel, colour in facts.colours(ground).items())

    return (
        f":root {{{variables('light')} }}\n"
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{{variables("dark")} }} }}\n'
        f':root[data-theme="dark"] {{{variables("dark")} }}\n'
        f"@media print {{ :root {{{variables('light', ' !important')} }} }}\n"
    )


@cache
def charts_script():
    """Return Vega, Vega-Lite and Vega-Embed as one script; it lies in the pinned package."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script")


def page_script():
    """Return the page's own script: its files as one, out of reach of the rest."""
    code = "\n".join((PARTS / name).read_text("utf-8") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{code}\n}})();'


def as_json(value):
    """Return JSON that may stand in a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def policy(scripts):
    """Return a content security policy under which the page runs these scripts, and asks nobody for anything."""
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{value}'" for value in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def downloads(files):
    """Return the list of files: model, its links, and the way to its columns. files: dict of model to rows (int)."""
    return "\n".join(
        f'      <li><span data-text="model.{model}">{escape(model)}</span>'
        f' <a href="data/{model}.csv" download>CSV</a> <a href="data/{model}.parquet" download>Parquet</a>'
        f'<small><code>{model}</code> · {rows:,} <span data-text="rows">rows</span> ·'
        f' <a href="docs/index.html#!/model/model.flarelane.{model}" data-text="definition">What it holds</a></small>'
        "</li>"
        for model, rows in files.items()
    )


def make_page(data, files):
    """Return the page. data: bytes of site_data.pack(); files: those in the folder data, a dict of model to rows."""
    scripts = [charts_script(), page_script()]
    parts = {
        "policy": policy(scripts),
        "style": channel_colours() + (PARTS / "page.css").read_text("utf-8"),
        "texts": as_json(read_texts()),
        "specs": as_json(
            {name: json.loads((PARTS / f"trend_{name}.json").read_text("utf-8")) for name in ("base", "rate")}
        ),
        "languages": "".join(
            f'<option value="{language}" lang="{language}">{escape(own["language.name"])}</option>'
            for language, own in read_texts().items()
        ),
        "downloads": downloads(files),
        "data": base64.b64encode(data).decode(),
        "charts": scripts[0],
        "script": scripts[1],
    }
    return re.sub(r"\{\{ (\w+) \}\}", lambda found: parts[found[1]], (PARTS / "page.html").read_text("utf-8"))
