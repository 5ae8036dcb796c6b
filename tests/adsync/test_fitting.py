"""Rules of a mapping against a schema, without a directory."""

from __future__ import annotations

import pytest

from jcad.adsync import doubtful, misfits
from jcad.model.user_schema import Syntax, UserAttribute, UserSchema, syntax_of
from jcad.settings import MappingEntry
from jcad.settings.mapping import DEFAULT, read_entries

SCHEMA = UserSchema(
    attributes=(
        UserAttribute("title", Syntax.TEXT, single=True),
        UserAttribute("otherTelephone", Syntax.TEXT, single=False),
        UserAttribute("countryCode", Syntax.INTEGER, single=True),
        UserAttribute("msNPAllowDialin", Syntax.BOOLEAN, single=True),
        UserAttribute("manager", Syntax.DN, single=True),
        UserAttribute("directReports", Syntax.DN, single=False, kept="it is a back link"),
        UserAttribute("jpegPhoto", Syntax.OTHER, single=False),
        UserAttribute("printRate", Syntax.INTEGER, single=True),
        UserAttribute("mail", Syntax.TEXT, single=True),
    ),
    allowed=(
        "countryCode",
        "directReports",
        "jpegPhoto",
        "mail",
        "manager",
        "msNPAllowDialin",
        "otherTelephone",
        "title",
    ),
)


def judged(field: str, **table: object) -> str:
    return "".join(map(str, misfits({field: (MappingEntry.model_validate(table),)}, SCHEMA)))


@pytest.mark.parametrize(
    ("field", "table"),
    [
        ("jobTitle", {"to": "title"}),
        ("jobTitle", {"to": "TITLE"}),
        ("costCenter", {"to": "countryCode", "type": "integer"}),
        ("company", {"to": "msNPAllowDialin", "type": "boolean"}),
        ("manager", {"to": "manager"}),
        ("phoneNumbers.home", {"to": "otherTelephone", "type": "multi"}),
        ("phoneNumbers.home", {"to": "otherTelephone"}),
        ("jobTitle", {"to": "title", "template": "{jobTitle} of {domain}"}),
        ("email", {"to": "mail"}),
    ],
)
def test_rules_that_fit_say_nothing(field, table):
    assert judged(field, **table) == ""


@pytest.mark.parametrize(
    ("field", "table", "says"),
    [
        ("jobTitle", {"to": "titel"}, "jobTitle -> titel: the schema has no such attribute; did you mean title?"),
        ("jobTitle", {"to": "zzzzzz"}, "jobTitle -> zzzzzz: the schema has no such attribute"),
        ("company", {"to": "printRate"}, "company -> printRate: the schema has it, but not for users"),
        ("company", {"to": "directReports"}, "it cannot be written: it is a back link"),
        ("company", {"to": "countryCode"}, 'its values are whole numbers; write type = "integer"'),
        ("company", {"to": "title", "type": "integer"}, 'its values are text; write type = "text"'),
        ("company", {"to": "title", "type": "multi"}, 'it takes one value; write type = "text"'),
        ("company", {"to": "msNPAllowDialin", "type": "dn"}, 'write type = "boolean"'),
        ("company", {"to": "manager", "type": "multi"}, 'write type = "dn"'),
        ("company", {"to": "jpegPhoto"}, "no type of a mapping fits"),
        ("company", {"to": "mail", "type": "multi"}, 'it takes one value; write type = "text"'),
        ("manager", {"to": "title"}, 'type = "dn" does not fit'),
    ],
)
def test_a_rule_that_cannot_work_is_told_with_what_to_write_instead(field, table, says):
    told = judged(field, **table)
    assert says in told
    assert told.startswith(f"{field} -> {table['to']}: ")


def test_every_rule_that_cannot_work_is_told():
    entries = {
        "jobTitle": (MappingEntry(to="titel"), MappingEntry(to="title")),
        "company": (MappingEntry(to="printRate"),),
    }
    assert [one.attribute for one in misfits(entries, SCHEMA)] == ["titel", "printRate"]


def test_the_default_mapping_needs_no_look_at_the_schema():
    entries = {
        field: tuple(map(MappingEntry.model_validate, given))
        for field, given in read_entries({"displayname": "displayName"}).items()
    }
    assert set(entries) == {*DEFAULT, "displayname"}
    assert doubtful(entries) == ()
    assert misfits(entries, UserSchema((), ())) == ()


def test_what_is_looked_up_is_named_once():
    entries = {
        "jobTitle": (MappingEntry(to="title"),),
        "email": (MappingEntry.model_validate({"to": "mail", "type": "multi"}),),
        "phoneNumbers.work": (MappingEntry.model_validate({"to": "url", "type": "multi"}),),
        "phoneNumbers.home": (MappingEntry.model_validate({"to": "url", "type": "multi"}),),
    }
    assert doubtful(entries) == ("mail", "title", "url")


def test_a_syntax_that_no_mapping_writes_is_none_of_them():
    assert {syntax_of(f"2.5.5.{number}") for number in (2, 7, 10, 11, 13, 14, 15, 17)} == {Syntax.OTHER}
