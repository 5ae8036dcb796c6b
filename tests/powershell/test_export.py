"""Exported files without a domain: they parse, their code is the reviewed one, and no name can become code."""

from __future__ import annotations

import json
import re
import sys
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reported import MADE_FOR, create, member, plan_of, update

from jcad.cli import run
from jcad.errors import ExitCode, JcadError, PlanError, ScriptError
from jcad.lab.powershell.answers import Recorder
from jcad.lab.powershell.engine import Command, Engine
from jcad.lab.powershell.syntax import parse_script
from jcad.lab.powershell.values import SecureString
from jcad.plan import Action, Identity, ObjectRef, Plan, Target, digest, write_plan
from jcad.powershell import Export, Exported, export_script, script, scripts
from jcad.runs import export_plan

AWKWARD = "'\u2018\u2019\u201a\u201b\"\u201c`$@#%&|;,(){}[]<>\\/=-\n\r\t\x07\x1b\u202e\u2028\u200b\ufeff渡é😀"
PIECES = st.sampled_from(["#>", "<#", "'@", "@'", "$(throw 1)", "';throw 1;'", "\n}\nthrow 1\n", "{{ x }}", "{% x %}"])
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from(AWKWARD), max_size=30
) | st.lists(PIECES, max_size=4).map("".join)


@pytest.fixture(autouse=True, scope="module")
def _room_for_the_interpreter():
    """It raises the recursion limit when it runs, which Hypothesis takes for an accident of the test."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(before)


def ran(text):
    recorder = Recorder()
    outcome = Engine(edition="Desktop").run_script(text, recorder)
    assert not recorder.errors
    assert outcome.terminated is None, outcome.terminated.message
    return recorder.values


def only_data(text):
    """The part that needs no domain: the functions, and each step's data in place of its run, one line of JSON an object."""
    head = text[: text.index("# ---- The domain that the plan was made for")]
    steps = text[text.index("# ---- The changes, in their order") : text.index("# ---- What became of it")]
    steps = re.sub(
        r"^Invoke-(?:Membership)?Step -Name ('[a-z-]+') -Change \$changes$",
        r"foreach ($one in $changes) { ConvertTo-BatchText -Value $one }",
        steps,
        flags=re.MULTILINE,
    )
    return head + steps


def hostile(text, other):
    group, user = ObjectRef.guid(UUID(int=5)), ObjectRef.created_by("create-user:1")
    made_for = Identity(organisation=text, instance=other, domain_sid=text, domain=other, dc=text or "dc1")
    actions = [
        create(1, text, value=other, path=text),
        update(2, other, old=text, new=other),
        update(3, text, old=other, new=None),
        member(4, text, other, group, user),
    ]
    return Plan.make("sync", made_for, actions, (), {})


def unmarked(value):
    """The data of a line, as Python: texts without their mark."""
    if isinstance(value, str):
        return value.removeprefix("=")
    if isinstance(value, list):
        return [unmarked(one) for one in value]
    return {key: unmarked(one) for key, one in value.items()} if isinstance(value, dict) else value


@settings(deadline=None, max_examples=60)
@given(TEXT, TEXT)
def test_any_name_arrives_as_data_and_none_as_code(text, other):
    created, updated, cleared, members = (
        unmarked(json.loads(line)) for line in ran(only_data(export_plan(hostile(text, other), maker="jcad test")))
    )
    assert (created["name"], created["data"]["sam"], created["data"]["path"]) == (text, text, text)
    assert created["data"]["attributes"] == {"description": other}
    by_name = {one["data"]["id"]: one for one in (updated, cleared)}
    assert by_name["set-attributes:2"]["data"]["set"] == {"description": other}
    assert by_name["set-attributes:2"]["data"]["expected"] == {"description": text}
    assert by_name["set-attributes:3"]["data"]["clear"] == ["description"]
    assert (members["name"], members["group"]) == (other, str(UUID(int=5)))
    assert members["members"] == [{"id": "add-member:4", "name": text, "member": "create-user:1"}]


@settings(deadline=None, max_examples=60)
@given(TEXT, TEXT)
def test_no_name_changes_the_code_around_it(text, other):
    """Line by line the file is that of a harmless plan, but for lines that hold data."""
    found = export_plan(hostile(text, other), maker="jcad test").split("\n")
    plain = export_plan(hostile("x", "y"), maker="jcad test").split("\n")
    assert len(found) == len(plain)
    for one, other_one in zip(found, plain, strict=True):
        assert one == other_one or one.startswith(
            (
                "    @{'kind' = '",
                "#   ",
                "    [string] $Server = ",
                "if ([string] $domain",
                "ConvertTo-Json -InputObject ([ordered] @{ summary",
            )
        )
    parse_script("\n".join(found))


def test_every_writing_script_can_be_exported_and_is_the_reviewed_one():
    """But for the part that all share, which stands once, and its indentation."""
    shared = script("unlock-user").text
    shared = shared[
        shared.index("# ---- The same in every batch script") : shared.index("# ---- What this script is for")
    ]
    for entry in scripts():
        if not entry.writes:
            continue
        text = export_script(export_of(entry.name))
        parse_script(text)
        function = text[text.index("function Invoke-" + "".join(map(str.capitalize, entry.name.split("-")))) :]
        function = function[: function.index("\n}\n")]
        assert text.count("function Get-Protection") == 1
        lines = {line.strip() for line in function.splitlines()}
        assert {line.strip() for line in entry.text.replace(shared, "").splitlines()} <= lines
        assert entry.digest in text
        assert shared.strip() in text


ITEMS = {
    "create-user": {"expected": {}, "sam": "a", "upn": "a@x", "name": "a", "path": "OU=x", "enabled": True, "attributes": {}},
    "create-group": {"name": "a", "sam": "a", "path": "OU=x", "description": None},
    "move-object": {"expected": {"parent": "OU=x"}, "path": "OU=y"},
    "rename-group": {"expected": {"name": "a", "sam": "a"}, "name": "b", "sam": "b"},
    "rename-user": {"expected": {"sam": "a", "upn": None}, "sam": "b", "upn": "b@x"},
    "reset-password": {"expected": {"pwdLastSet": None}, "unlock": True},
    "set-attributes": {"expected": {}, "set": {}, "clear": ["mail"]},
    "disable-user": {"expected": {"userAccountControl": 512}},
    "enable-user": {"expected": {"userAccountControl": 514}},
    "unlock-user": {"expected": {"lockoutTime": None}},
    "allow-logon": {},
    "remove-probe": {},
    "create-ou": {"name": "a", "path": "OU=x"},
    "create-service-account": {
        "sam": "a", "upn": "a@x", "name": "a", "path": "OU=x", "description": "a", "neverExpires": True,
    },
    "set-permissions": {
        "expected": {"descriptor": "AQAEgA=="}, "remove": (),
        "add": ({"trustee": "S-1-5-11", "rights": 256, "objectType": None, "inheritance": 2, "inheritedObjectType": None,
                 "deny": False},),
    },
    "set-service-account": {"expected": {"userAccountControl": 512}, "neverExpires": True},
}  # fmt: skip


def export_of(name, /, **changes):
    if name in ITEMS:
        item = {"id": "i:1", "guid": UUID(int=1), **ITEMS[name]} | changes
        one = Exported(id="i:1", kind="do it", name="a", item=item)
    else:
        one = Exported(id="i:1", kind="do it", name="a", group="g", holder=UUID(int=1), member=UUID(int=2))
    return Export(
        maker="jcad", digest="0" * 64, server="dc1", domain="DC=x", domain_sid="S-1", organisation="o", instance="i",
        steps=[(name, [one])],
    )  # fmt: skip


def test_an_item_that_no_batch_could_carry_is_refused():
    with pytest.raises(ScriptError, match="without expected"):
        export_script(_without_expected())
    with pytest.raises(ScriptError, match="NUL"):
        export_script(export_of("create-group", name="a\0b"))
    with pytest.raises(ScriptError, match="there is no script"):
        export_script(Export(**{**_fields(export_of("create-user")), "steps": [("format-disk", [])]}))


def _fields(export):
    return {name: getattr(export, name) for name in export.__slots__}


def _without_expected():
    one = Exported(id="i:1", kind="disable user", name="a", item={"id": "i:1", "guid": UUID(int=1)})
    return Export(**{**_fields(export_of("disable-user")), "steps": [("disable-user", [one])]})


def test_steps_are_in_the_order_of_the_waves_and_pairs_are_left_out_and_told():
    link = Action(
        id="link-user:9", kind="link user", target=Target.STORE, object=ObjectRef.guid(UUID(int=9)), name="l", wave=0,
        executor="link",
    )  # fmt: skip
    text = export_plan(plan_of([member(1, "m", "g"), update(2, "u"), create(3, "c"), link]), maker="jcad test")
    assert re.findall(r"^Invoke-\w+ -Name '([a-z-]+)'", text, re.MULTILINE) == [
        "create-user",
        "set-attributes",
        "add-members",
    ]
    assert "#   'link user'  1" in text
    assert "'link-user:9'" not in text
    with pytest.raises(PlanError, match="changes nothing in the directory"):
        export_plan(plan_of([link]), maker="jcad test")


def test_the_same_plan_gives_the_same_file_with_its_digest():
    plan = plan_of([create(1, "a"), update(2, "b")])
    assert export_plan(plan, maker="m") == export_plan(plan, maker="m")
    assert digest(plan) in export_plan(plan, maker="m")
    assert MADE_FOR.dc in export_plan(plan, maker="m")


def test_passwords_are_random_long_and_hold_no_name():
    text = export_plan(plan_of([create(1, "abc")]), maker="m")
    head = text[: text.index("# ---- The domain that the plan was made for")]
    read = "[System.Net.NetworkCredential]::new('', (New-RandomPassword -Without @('abc', 'def'))).Password"
    found = ran(head + f"foreach ($number in 1..40) {{ {read} }}")
    assert len(set(found)) == 40
    for one in found:
        assert len(one) == 120
        assert all(re.search(sort, one) for sort in ("[a-z]", "[A-Z]", "[0-9]", "[^a-zA-Z0-9]"))
        assert "abc" not in one.lower()
    assert "'without' = @('abc')" in text


class Host:
    """Somebody who types the same password whenever they are asked."""

    def __init__(self):
        self.prompts = []

    def call(self, method, *arguments):
        if method == "ReadLineAsSecureString":
            return SecureString("Marble.Compass-7781")
        self.prompts.append(arguments)
        return None


@pytest.mark.parametrize(("asked", "secret"), [("$true", "random"), ("$false", "ask")])
def test_a_password_is_asked_for_where_that_is_wanted_or_cannot_be_otherwise(asked, secret):
    text = export_plan(plan_of([create(1, "abc")]), maker="m")
    head = text[: text.index("# ---- The domain that the plan was made for")]
    recorder, host = Recorder(), Host()
    change = f"@{{ name = 'o''brien'; password = '{secret}'; without = @() }}"
    asking = head + f"$AskPassword = {asked}\n(Get-Password -Change {change}).Length"
    Engine(edition="Desktop").run([[Command(asking, is_script=True)]], recorder, host=host)
    assert recorder.values == [len("Marble.Compass-7781")]
    assert "Password for o'brien" in str(host.prompts)


# ---- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def plan_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "change.json"
    path.write_text(write_plan(plan_of([create(1, "Ünal"), update(2, "b")])), "utf-8")
    return path


def test_the_file_stands_beside_the_plan_and_is_never_written_over_unasked(plan_file, capsys):
    assert run(["script", "export", "change.json"]) == 0
    written = plan_file.with_suffix(".ps1")
    assert written.read_bytes().startswith(b"\xef\xbb\xbf<#")
    assert "Ünal" in written.read_text("utf-8-sig")
    assert run(["script", "export", "change.json"]) == ExitCode.ERROR
    assert "--force" in capsys.readouterr().err
    assert run(["script", "export", "change.json", "--force", "--only", "update user"]) == 0
    assert "Ünal" not in written.read_text("utf-8-sig")


def test_one_script_is_exported_as_it_is_run(plan_file, capsys):
    assert run(["script", "export", "create-user", "--out", "c.ps1"]) == 0
    assert (plan_file.parent / "c.ps1").read_text("utf-8-sig") == script("create-user").text
    assert run(["script", "export", "create-user", "--out", "-"]) == 0
    assert capsys.readouterr().out == script("create-user").text
    assert run(["script", "export", "create-user", "--only", "x", "--out", "-"]) == ExitCode.ERROR


@pytest.mark.parametrize("source", ["nothing.json", "creat-user"])
def test_what_is_neither_script_nor_plan_is_told(plan_file, source, capsys):
    assert run(["script", "export", source, "--out", "-"]) == ExitCode.ERROR
    assert "neither a script nor a plan" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_told(plan_file, capsys):
    assert run(["script", "export", "change.json", "--out", "no/where.ps1"]) == ExitCode.ERROR
    assert "cannot be written" in capsys.readouterr().err
    assert issubclass(ScriptError, JcadError)
