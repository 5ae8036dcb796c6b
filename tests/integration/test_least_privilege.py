"""The least-privilege profile against a directory that enforces it, both ways.

Taking a right away makes exactly those actions fail that the table says, with an error that names what is missing. The sync
account runs jcad's scripts itself; its entries are written and taken past every check.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import pytest
from preparedsite import ROOT, prepared_site

from jcad import powershell
from jcad.directory.schema import read_schema
from jcad.lab.domain.database import add, modify
from jcad.lab.seed import ADMINISTRATOR, DNS_DOMAIN
from jcad.model import Secret, Sid, Status
from jcad.model.descriptor import Ace
from jcad.prepare.desired import Delegation
from jcad.prepare.profiles import grants, needs, profile, profiles, title
from jcad.runs import SecretSource, Workplace
from jcad.settings import load

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")
PASSWORD = Secret("Violet-Harbor.9921-quartz")
LOCKED = "133000000000000000"
A, B = f"OU=A,{ROOT}", f"OU=B,{ROOT}"


@dataclass
class Ground:
    """A session of the sync account, and objects to act on."""

    site: object
    session: object
    server: str
    aces: dict[str, Ace] = field(default_factory=dict)
    number: int = 0

    def name(self, kind):
        self.number += 1
        return f"{kind}{self.number}"

    def guid(self, sam):
        (entry,) = self.site.lab.database.search(f"(sAMAccountName={sam})", ["objectGUID"])
        return UUID(bytes_le=entry.attributes["objectGUID"][0])

    def user(self, **more):
        sam = self.name("u")
        attributes = {
            "objectClass": ["user"], "sAMAccountName": [sam], "userAccountControl": ["512"],
            "unicodePwd": ['"Abcdef.12345-x"'.encode("utf-16-le")], **more,
        }  # fmt: skip
        self.site.change(add(f"CN={sam},{A}", attributes))
        return sam

    def group(self):
        sam = self.name("g")
        self.site.change(add(f"CN={sam},{A}", {"objectClass": ["group"], "sAMAccountName": [sam]}))
        return sam

    def run(self, action, guid, secret=None, /, **item):
        script = powershell.script(action)
        (batch,) = powershell.batches(script, [{"id": "a", "guid": guid, **item}], [secret] if secret else [])
        (line,) = self.session.run(batch.call(server=self.server))
        return powershell.read_outcome(script, line)

    def failing(self):
        """The actions that fail now, with what is said about each."""
        failed = {}
        for name, act in ACTIONS.items():
            outcome = act(self)
            if outcome.status is not Status.CHANGED:
                failed[name] = outcome
        return failed


def create_user(on):
    sam = on.name("n")
    attributes = {"givenName": "x", "sn": "y", "mail": f"{sam}@x.example"}
    upn = f"{sam}@{DNS_DOMAIN}"
    return on.run("create-user", None, PASSWORD, expected={}, sam=sam, upn=upn, name=sam, path=ROOT, enabled=True,
                  attributes=attributes)  # fmt: skip


def create_group(on):
    sam = on.name("n")
    return on.run("create-group", None, name=sam, sam=sam, path=ROOT, description="d")


def setting(attribute):
    return lambda on: on.run("set-attributes", on.guid(on.user()), expected={}, set={attribute: "z"}, clear=[])


def reset_password(on):
    sam = on.user()
    expected = {"pwdLastSet": on.site.value(sam, "pwdLastSet")}
    return on.run("reset-password", on.guid(sam), PASSWORD, expected=expected, unlock=False)


def unlock_user(on):
    sam = on.user()
    on.site.set(sam, "lockoutTime", LOCKED)
    return on.run("unlock-user", on.guid(sam), expected={"lockoutTime": LOCKED})


def rename_user(on):
    sam = on.user()
    new = {"sam": f"{sam}r", "upn": f"{sam}r@{DNS_DOMAIN}"}
    return on.run("rename-user", on.guid(sam), expected={"sam": sam, "upn": None}, **new)


def rename_group(on):
    sam = on.group()
    return on.run("rename-group", on.guid(sam), expected={"name": sam, "sam": sam}, name=f"{sam}r", sam=f"{sam}r")


def remove_members(on):
    group, user = on.group(), on.user()
    on.site.change(modify(on.site.dn(group), ("add", "member", [on.site.dn(user)])))
    return on.run("remove-members", on.guid(group), member=on.guid(user))


ACTIONS = {
    "create-user": create_user,
    "create-group": create_group,
    **{f"set-{name}": setting(name) for name in ("givenName", "sn", "mail")},
    "reset-password": reset_password,
    "unlock-user": unlock_user,
    "disable-user": lambda on: on.run("disable-user", on.guid(on.user()), expected={"userAccountControl": 512}),
    "enable-user": lambda on: on.run(
        "enable-user", on.guid(on.user(userAccountControl=["514"])), expected={"userAccountControl": 514}
    ),
    "rename-user": rename_user,
    "rename-group": rename_group,
    "add-members": lambda on: on.run("add-members", on.guid(on.group()), member=on.guid(on.user())),
    "remove-members": remove_members,
    "move-user": lambda on: on.run("move-object", on.guid(on.user()), expected={"parent": A}, path=B),
    "move-group": lambda on: on.run("move-object", on.guid(on.group()), expected={"parent": A}, path=B),
}


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    with prepared_site(tmp_path_factory.mktemp("least") / "lab") as site:
        site.edit("create = true", 'create = true\nlogon = "domain-controllers"')
        assert site.apply("--except", "update permissions").code == 0
        site.change(*(add(unit, {"objectClass": ["organizationalUnit"]}) for unit in (A, B)))
        site.writes_as(ADMINISTRATOR, "jcs")
        site.edit(f'password = "file:{site.lab.folder}/secrets/jcs"', 'password = "vault:jcs"')
        settings = load(site.settings, None).settings
        workplace = Workplace(settings=settings, secrets=SecretSource(settings.vault, pytest.fail))
        with (
            workplace.open_store() as store,
            workplace.directory(store) as directory,
            workplace.session(store, directory.dc) as session,
        ):
            ground = Ground(site, session, directory.dc.name)
            ground.aces = granted(site, directory)
            yield ground


def granted(site, directory):
    """The entries of the profile, by the right as the table names it."""
    found = grants("sync", "least-privilege", ("delete",), read_schema(directory))
    rows = [row for one in (profile("sync", "least-privilege"), options()) for row in one.grant
            if row.option in {"", "delete"}]  # fmt: skip
    aces = Delegation(account="jcs", container=None, grants=found).aces(site.sid("jcs"))
    return {
        title(row): Ace.allow(Sid.parse(str(one.trustee)), one.mask, object_type=one.object_type,
                              inherited_object_type=one.inherited_object_type, flags=one.inheritance.ace_flags)
        for row, one in zip(rows, aces, strict=True)
    }  # fmt: skip


def options():
    return next(one for one in profiles() if one.role == "any")


def test_the_table_has_every_right_of_the_profile_and_only_actions_that_there_are(ground):
    assert set(needs()) == set(ground.aces)
    assert {action for actions in needs().values() for action in actions} <= set(ACTIONS)


def test_with_the_whole_profile_nothing_fails_and_without_it_everything_does(ground):
    bare = {ace for ace in ground.site.explicit(ROOT) if ace.sid != ground.site.sid("jcs")}
    ground.site.write_aces(ROOT, bare)
    assert set(ground.failing()) == set(ACTIONS)
    ground.site.write_aces(ROOT, bare | set(ground.aces.values()))
    assert not ground.failing()


@pytest.mark.parametrize("right", sorted(needs()))
def test_taking_a_right_away_makes_exactly_the_actions_fail_that_need_it(ground, right):
    whole = ground.site.explicit(ROOT)
    ground.site.write_aces(ROOT, whole - {ground.aces[right]})
    failed = ground.failing()
    ground.site.write_aces(ROOT, whole)
    assert sorted(failed) == sorted(needs()[right])
    for outcome in failed.values():
        assert outcome.error is not None
        assert named(right) in (outcome.error.hint or ""), outcome


def named(right):
    """The right as the hint of an error names it."""
    return right.replace("User-Force-Change-Password", "Reset Password").replace("Child ", "Child on ")
