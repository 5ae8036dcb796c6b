"""A report as one HTML page that needs nothing beside it: no network, no other file. Reads its template, nothing else.

Jinja escapes every value. The page forbids itself everything but its own style sheet and its own script, by their hashes
(Content-Security-Policy), so that even markup that got in would have nothing to run.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

import jinja2

from jcad.cli.console import visible
from jcad.cli.reports.content import Report

_TEMPLATE, _STYLE, _SCRIPT = "report.html.j2", "report.css", "report.js"


def html(report: Report) -> str:
    """The whole page."""
    page = _environment().get_template(_TEMPLATE)
    return page.render(report=report, style_hash=_hash(_STYLE), script_hash=_hash(_SCRIPT))


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_part),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.filters.pop("safe")
    made.tests["edged"] = lambda text: text != text.strip()
    return made


def _shown(value: object) -> object:
    """What is printed of a value: of a text, also what cannot be seen."""
    return visible(value) if type(value) is str else value


@cache
def _part(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _hash(name: str) -> str:
    """The name by which a Content-Security-Policy knows a text (CSP Level 3, 2.3.1)."""
    digest = hashlib.sha256(_part(name).encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
