"""The Jinja environment of the scripts, and the one loader that finds their templates. Reads package data, nothing else.

Values decide data, templates decide code: whatever a `{{ value }}` holds comes out as a PowerShell literal, and no
filter or type gets around that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import jinja2

from jcad.errors import ScriptError
from jcad.powershell.literals import literal

FOLDERS = ("ps_templates", "installer_scripts")
_MARKUP_FILTERS = ("safe", "escape", "e", "forceescape", "xmlattr", "urlize", "striptags", "tojson")


@cache
def environment() -> jinja2.Environment:
    """The environment that renders every script. A name that a template uses and nobody gives is an error."""
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_load),
        undefined=jinja2.StrictUndefined,
        finalize=literal,
        autoescape=False,  # noqa: S701  - this is not HTML: `finalize` makes PowerShell literals
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        newline_sequence="\n",
        auto_reload=False,
    )
    for name in _MARKUP_FILTERS:
        made.filters.pop(name, None)
    return made


def render(template: str, **options: bool) -> str:
    """The text of a template. Options choose sections (`{% if %}`); they carry no data. Raises ScriptError."""
    try:
        return environment().get_template(template).render(**options)
    except jinja2.TemplateError as error:
        raise ScriptError(f"the template {template} does not render: {error}") from error


def _load(name: str) -> tuple[str, str | None, Callable[[], bool] | None] | None:
    if "/" in name or "\\" in name:
        return None
    for folder in FOLDERS:
        file = _folder(folder) / name
        if file.is_file():
            return file.read_text(encoding="utf-8"), str(file), lambda: True
    return None


@cache
def _folder(name: str) -> Traversable:
    """Where a folder of templates is: inside the package as installed, or beside it in the repository."""
    package = resources.files("jcad")
    inside = package / name
    if inside.is_dir():
        return inside
    return Path(str(package)).parent / name
