"""Reads jcad.toml: finds it, merges the profile over the base, validates it with line numbers and suggestions."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import platformdirs
from pydantic import BaseModel, ValidationError

from jcad.errors import SettingsError
from jcad.settings.mapping import MappingEntry
from jcad.settings.positions import line_numbers, nearest_line
from jcad.settings.schema import Settings

FILE = "jcad.toml"
VARIABLE = "JCAD_CONFIG"
_PROFILES = "profile"
_MAPPING = ("sync", "mapping")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and where they came from."""

    settings: Settings
    path: Path
    profile: str | None


def find_file(given: Path | None = None) -> Path:
    """The settings file: the one given, the one that JCAD_CONFIG names, ./jcad.toml, or the user's. Raises SettingsError."""
    if given is not None:
        candidates = [given]
    elif name := os.environ.get(VARIABLE):
        candidates = [Path(name)]
    else:
        candidates = [Path(FILE), platformdirs.user_config_path("jcad") / FILE]
    for path in candidates:
        if path.is_file():
            return path
    looked = ", ".join(str(path) for path in candidates)
    raise SettingsError(f"There is no settings file (looked for {looked}).", hint="`jcad init` writes a commented one.")


def load(path: Path | None = None, profile: str | None = None) -> Loaded:
    """Read, merge and validate the settings. Raises SettingsError that names file, line and remedy."""
    found = find_file(path)
    try:
        text = found.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{found} cannot be read: {error}") from error
    return Loaded(parse(text, str(found), profile), found, profile)


def parse(text: str, source: str, profile: str | None = None) -> Settings:
    """Validate the text of a settings file. Raises SettingsError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{source}: this is not TOML: {error}") from error
    merged = _with_profile(document, profile, source)
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        lines = line_numbers(text)
        problems = [_problem(source, lines, profile, details) for details in error.errors(include_input=False)]
        raise SettingsError("\n".join(problems), hint="`jcad init` writes a commented file to compare with.") from None


def checked(document: Mapping[str, Any]) -> Settings:
    """Validate settings that were put together by hand. Raises SettingsError."""
    try:
        return Settings.model_validate(document)
    except ValidationError as error:
        problems = [_problem("these settings", {}, None, details) for details in error.errors(include_input=False)]
        raise SettingsError("\n".join(problems)) from None


def profiles(path: Path | None = None) -> list[str]:
    """The names of the profiles of a settings file, for completion."""
    try:
        document = tomllib.loads(find_file(path).read_text("utf-8"))
    except (SettingsError, OSError, ValueError):
        return []
    table = document.get(_PROFILES, {})
    return sorted(table) if isinstance(table, dict) else []


def _with_profile(document: dict[str, Any], profile: str | None, source: str) -> dict[str, Any]:
    tables = document.pop(_PROFILES, {})
    if profile is None:
        return document
    if not isinstance(tables, dict) or profile not in tables:
        known = ", ".join(sorted(tables)) if isinstance(tables, dict) and tables else "none"
        raise SettingsError(f"{source} has no profile {profile!r}; it has: {known}.")
    return _merged(document, tables[profile])


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for name, value in over.items():
        old = result.get(name)
        result[name] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def _problem(source: str, lines: dict[tuple[str, ...], int], profile: str | None, details: Any) -> str:
    path = tuple(str(part) for part in details["loc"] if not isinstance(part, int) and part != "[key]")
    line = None
    if profile is not None:
        inside = (_PROFILES, profile, *path)
        line = lines.get(inside) or lines.get(inside[:-1])
    line = line or nearest_line(lines, path)
    where = f"{source}:{line}" if line else source
    name = ".".join(path) or "the settings"
    if details["type"] == "extra_forbidden":
        return f"{where}: there is no setting {name}{_suggestion(path)}"
    if details["type"] == "missing":
        return f"{where}: {name} is missing"
    return f"{where}: {name}: {details['msg'].removeprefix('Value error, ')}"


def _suggestion(path: tuple[str, ...]) -> str:
    """What was probably meant by a misspelt key."""
    known = sorted(_fields_at(path[:-1]))
    close = get_close_matches(path[-1], known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {'.'.join((*path[:-1], close[0]))}?"
    return f"; there are: {', '.join(known)}" if known else ""


def _fields_at(path: tuple[str, ...]) -> set[str]:
    model: type[BaseModel] = Settings
    if path[:2] == _MAPPING:
        return set(MappingEntry.model_fields) if len(path) > len(_MAPPING) else set()
    for part in path:
        inner = next(
            (_model_of(one.annotation) for name, one in model.model_fields.items() if part in (name, one.alias)), None
        )
        if inner is None:
            return set()
        model = inner
    names = {field.alias or name for name, field in model.model_fields.items()}
    return names | ({_PROFILES} if not path else set())


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """The table that a setting is, or holds as a list or beside None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_of(part) for part in get_args(annotation))
    return next((one for one in found if one is not None), None)
