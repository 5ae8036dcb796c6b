"""Writes docs/_profiles.md from the delegation profiles: `python docs/profiles.py`. A test holds the file against it."""

from __future__ import annotations

from pathlib import Path

from jcad.prepare.desired import Place
from jcad.prepare.profiles import Profile, Row, profiles

TARGET = Path(__file__).with_name("_profiles.md")
_TITLES = {
    ("import", "documented"): "jcimport: documented",
    ("sync", "documented"): "jcsync: documented",
    ("sync", "least-privilege"): "jcsync: least-privilege",
    ("any", "options"): "Options",
}
_PLACES = {
    Place.CONTAINER: "container",
    Place.DOMAIN: "domain head",
    Place.PASSWORD_SETTINGS: "Password Settings Container",
}
_SCOPES = {"none": "itself alone", "all": "itself and all below", "descendents": "all below"}


def tables() -> str:
    """Every profile as a table, as Markdown."""
    lines = ["<!-- made by docs/profiles.py -->", ""]
    by_key = {(one.role, one.name): one for one in profiles()}
    for key, title in _TITLES.items():
        lines += _table(title, by_key[key])
    return "\n".join(lines).rstrip() + "\n"


def _table(title: str, profile: Profile) -> list[str]:
    lines = [f"### {title}", "", f"{profile.summary[:1].upper()}{profile.summary[1:]}.", ""]
    with_option = any(row.option for row in profile.grant)
    head = ["option"] if with_option else []
    head += ["right", "on", "why", "without it"]
    lines += [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for row in profile.grant:
        cells = [f"`{row.option}`"] if with_option else []
        cells += [_right(row), _on(row), row.reason, row.without]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _right(row: Row) -> str:
    rights = ", ".join(row.right)
    return f"{rights}: {row.object}" if row.object else rights


def _on(row: Row) -> str:
    if row.on:
        return f"{row.on} objects below"
    scope = _SCOPES[row.inheritance or "all"]
    return f"{_PLACES[row.place]}, {scope}" + (" (trustee OWNER RIGHTS)" if row.owner_rights else "")


if __name__ == "__main__":
    TARGET.write_text(tables(), "utf-8")
