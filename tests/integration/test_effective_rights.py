"""Effective rights against what the directory itself says: hundreds of random descriptors, one domain controller's answers.

`allowedAttributesEffective`, `allowedChildClassesEffective` and `sDRightsEffective` are asked as an account that is in
nested groups, for every attribute and child class of every object; control rights, validated writes, creations and
deletions, which these do not cover or only compute, are tried.

Where Samba 4.17 differs from MS-ADTS 5.1.3.3 and MS-DTYP 2.5.3.2, the difference is named here, is worked out by
`as_samba_answers`, and nothing else may differ (libcli/security/access_check.c):

- OWNER RIGHTS is not known: sec_access_check_ds never compares S-1-3-4, so its entries say nothing, and do not take
  READ_CONTROL and WRITE_DAC from the owner.
- An allowing object entry with CONTROL_ACCESS that fits the object tree grants *whatever* is asked
  (check_object_specific_access, "we can grant access and stop any further access checks").
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

import pytest

from jcad.directory import (
    DirectoryReader,
    DirectoryTarget,
    Scope,
    SecurityParts,
    SecurityReader,
    Trust,
    equals,
    groups_of_everybody,
    read_schema,
    security_descriptor_control,
)
from jcad.directory import attributes as attr
from jcad.errors import DirectoryError
from jcad.lab.domain.database import add, delete, modify
from jcad.lab.lab import Lab
from jcad.lab.seed import DNS_DOMAIN, DOMAIN_DN, password_of
from jcad.lab.windows.connection import Connection, Credential
from jcad.lab.windows.ldap import Change, ChangeKind, sd_flags
from jcad.model import DistinguishedName, Secret, Sid
from jcad.model.descriptor import AccessMask, Ace, Acl, SecurityDescriptor, mapped
from jcad.model.schema import SchemaMap
from jcad.prepare import effective
from jcad.prepare.effective import How, Permissions, Question
from jcad.prepare.inheritance import handed_down
from jcad.prepare.token import (
    ALWAYS,
    AUTHENTICATED_USERS,
    CREATOR_OWNER,
    EVERYONE,
    OWNER_RIGHTS,
    PRE_WINDOWS_2000,
    SELF,
    THIS_ORGANIZATION,
    Token,
)
from jcad.runs.rights import may

SEED: Final = 20_251
OBJECTS: Final = 480
PASSWORD: Final = "Granite.Harbour-5520"
TOP: Final = DistinguishedName.parse(f"OU=Effective Rights,{DOMAIN_DN}")
PARTS: Final = security_descriptor_control(SecurityParts.OWNER | SecurityParts.GROUP | SecurityParts.DACL)
CLASSES: Final = ("user", "group", "organizationalUnit", "contact")


@dataclass
class Seen:
    """One object: what an administrator reads of it, and what the directory tells the account that it may do."""

    dn: DistinguishedName
    class_: str
    sid: Sid | None
    descriptor: SecurityDescriptor
    attributes: tuple[str, ...]
    child_classes: tuple[str, ...]
    told: dict[str, frozenset[str]] | None = None


@dataclass
class Ground:
    """The objects, the account, and readers of both kinds."""

    lab: Lab
    admin: DirectoryReader
    probe: DirectoryReader
    schema: SchemaMap
    token: Token
    trustees: list[Sid] = field(default_factory=list)
    seen: dict[str, Seen] = field(default_factory=dict)


def target(lab: Lab, account: str, password: str) -> DirectoryTarget:
    return DirectoryTarget(
        domain=DNS_DOMAIN,
        account=f"LAB\\{account}",
        password=Secret(password),
        hosts=(lab.directory.controller(1).name,),
        nameserver=f"{lab.nameserver.address}:{lab.nameserver.port}",
        trust=Trust(ca_file=lab.ca_file),
    )


def sid_of(lab: Lab, sam: str) -> Sid:
    (entry,) = lab.database.search(f"(sAMAccountName={sam})", ["objectSid"])
    return Sid.from_bytes(entry.attributes["objectSid"][0])


@pytest.fixture(scope="module")
def ground(lab: Lab) -> Iterator[Ground]:
    people = TOP.child("CN", "rights-probe")
    inner, outer = TOP.child("CN", "rights-inner"), TOP.child("CN", "rights-outer")
    lab.database.apply(
        [
            add(str(TOP), {"objectClass": ["organizationalUnit"]}),
            add(
                str(people),
                {
                    "objectClass": ["user"],
                    "sAMAccountName": ["rights-probe"],
                    "userAccountControl": ["512"],
                    "unicodePwd": [f'"{PASSWORD}"'.encode("utf-16-le")],
                },
            ),
            add(str(inner), {"objectClass": ["group"], "sAMAccountName": ["rights-inner"], "member": [str(people)]}),
            add(str(outer), {"objectClass": ["group"], "sAMAccountName": ["rights-outer"], "member": [str(inner)]}),
        ]
    )
    try:
        admin = DirectoryReader.connect(target(lab, "Administrator", password_of("Administrator")))
        probe = DirectoryReader.connect(target(lab, "rights-probe", PASSWORD))
        with admin, probe:
            user = sid_of(lab, "rights-probe")
            guid = attr.guid(admin.read(people, ("objectGUID",)) or {})
            assert guid is not None
            everybody = groups_of_everybody(admin, ALWAYS)
            token = Token.of(user, SecurityReader(admin).token(guid), lambda sid: everybody.get(sid, ()))
            ground = Ground(lab, admin, probe, read_schema(admin), token)
            ground.trustees = trustees(ground)
            fill(ground)
            yield ground
    finally:
        lab.database.apply([delete(str(TOP))])


def fill(ground: Ground) -> None:
    """Make the objects with their random descriptors, and read each from both sides: two searches for all of them."""
    dice = random.Random(SEED)
    for class_ in CLASSES:
        names = [
            TOP.child("OU" if class_ == "organizationalUnit" else "CN", f"{class_}{n}") for n in range(OBJECTS // 4)
        ]
        changes = [add(str(dn), {"objectClass": [class_]}) for dn in names]
        writes = [
            modify(
                str(dn), ("replace", "nTSecurityDescriptor", [random_descriptor(dice, ground, is_plain(dn)).to_bytes()])
            )
            for dn in names
        ]
        ground.lab.database.apply(changes)
        ground.lab.database.apply(writes)
    ground.seen = look(ground)


def look(ground: Ground, expression: str = "(objectClass=top)") -> dict[str, Seen]:
    """What both sides say of the objects below the top that match."""
    asked = ("nTSecurityDescriptor", "objectSid", "objectClass", "allowedAttributes", "allowedChildClasses")
    seen = {}
    for entry in ground.lab.database.search(expression, asked, base=str(TOP), scope="one"):
        values = {name.lower(): list(found) for name, found in entry.attributes.items()}
        seen[entry.dn] = Seen(
            DistinguishedName.parse(entry.dn),
            attr.object_class(values),
            attr.sid(values),
            SecurityDescriptor.parse(values["ntsecuritydescriptor"][0]),
            attr.texts(values, "allowedattributes"),
            attr.texts(values, "allowedchildclasses"),
        )
    effective_ones = ("allowedAttributesEffective", "allowedChildClassesEffective", "sDRightsEffective")
    for dn, values in ground.probe.search(
        TOP, equals(*expression.strip("()").split("=", 1)), effective_ones, scope=Scope.LEVEL
    ):
        seen[dn].told = {name.lower(): frozenset(attr.texts(values, name.lower())) for name in effective_ones}
    return seen


def trustees(ground: Ground) -> list[Sid]:
    """Whom random entries speak of: the account, its groups, and those that it is and is not."""
    user = ground.token.user
    named = [sid_of(ground.lab, name) for name in ("rights-inner", "rights-outer", "Administrator")]
    known = [EVERYONE, AUTHENTICATED_USERS, SELF, OWNER_RIGHTS, CREATOR_OWNER, PRE_WINDOWS_2000]
    return [user, user, *named, *known, user.domain.child(513), user.domain.child(4999)]


def is_plain(dn: DistinguishedName) -> bool:
    """Whether an object's descriptor is one of those on which Samba has no way of its own."""
    return dn.name[-1] in "02468"


def random_descriptor(dice: random.Random, ground: Ground, plain: bool = False) -> SecurityDescriptor:
    """A descriptor of up to twelve entries: common and object ones, allowing and denying, some for children only."""
    who = [one for one in ground.trustees if not plain or one != OWNER_RIGHTS]
    owner = dice.choice([ground.token.user, ground.token.user.domain.child(512), who[2]])
    aces: tuple[Ace, ...] = ()
    for _ in range(dice.randrange(1, 13)):
        ace = random_ace(dice, who, ground.schema)
        if not plain or ace.type != 5 or not mapped(ace.mask) & 0x100:
            aces += (ace,)
    control = 0x8004 | (0x1000 if dice.random() < 0.5 else 0)
    return SecurityDescriptor(control, owner, ground.token.user.domain.child(513), None, Acl(4, aces))


ATTRIBUTES: Final = (
    "description",
    "member",
    "givenName",
    "pwdLastSet",
    "mail",
    "telephoneNumber",
    "userAccountControl",
    "cn",
)
SETS: Final = (
    "Personal-Information",
    "General-Information",
    "User-Account-Restrictions",
    "Membership",
    "Public-Information",
)
RIGHTS: Final = ("User-Force-Change-Password", "Self-Membership", "User-Change-Password")
MASKS: Final = (
    0x20,
    0x30,
    0x10,
    0x1,
    0x3,
    0x100,
    0x130,
    0xF01FF,
    0x10000,
    0x40000,
    0x60000,
    0x80000,
    0x8,
    0x20094,
    0x40000000,
    0x10000000,
)


def random_ace(dice: random.Random, who: list[Sid], schema: SchemaMap) -> Ace:
    mask = dice.choice(MASKS)
    if dice.random() < 0.2:
        mask |= dice.choice(MASKS)
    flags = dice.choice([0, 0, 0, 0, 2, 10, 14])
    denies = dice.random() < 0.3
    if dice.random() < 0.35:
        return Ace(1 if denies else 0, flags, mask, dice.choice(who))
    object_type: UUID | None = dice.choice(
        [
            schema.attribute(dice.choice(ATTRIBUTES)).guid,
            schema.attribute(dice.choice(ATTRIBUTES)).guid,
            schema.right(dice.choice(SETS)).guid,
            schema.right(dice.choice(RIGHTS)).guid,
            schema.class_(dice.choice((*CLASSES, "computer"))).guid,
            UUID(int=dice.getrandbits(128)),
            None,
        ]
    )
    inherited = dice.choice([None, None, schema.class_(dice.choice(CLASSES)).guid])
    return Ace(6 if denies else 5, flags, mask, dice.choice(who), None, object_type, inherited)


def as_samba_answers(descriptor: SecurityDescriptor, ground: Ground, sid: Sid | None, question: Question) -> bool:
    """The engine's answer with Samba's two ways of its own in checks: no OWNER RIGHTS, CONTROL_ACCESS grants everything."""
    sids = ground.token.sids | ({SELF} if sid in ground.token.sids else set())
    answer = Permissions(descriptor, ground.token, sid, owner_rights=False).ask(question)
    if answer.how is How.OWNER or question.mask == AccessMask.ACCESS_SYSTEM_SECURITY or not question.types:
        return answer.granted
    aces = descriptor.dacl.aces if descriptor.dacl else ()
    for place, ace in enumerate(aces):
        if answer.entries and not answer.granted and place >= answer.entries[0]:
            return False
        fits = ace.object_type is None or ace.object_type in question.types
        if ace.type == 5 and not ace.inherit_only and ace.sid in sids and fits and mapped(ace.mask) & 0x100:
            return True
    return answer.granted


@dataclass
class Tally:
    """How many questions were compared, and how often Samba's named ways of its own made the difference."""

    asked: int = 0
    granted: int = 0
    named: int = 0

    def hold(self, one: Seen, ground: Ground, question: Question, samba: bool, *, what: str) -> None:
        """Compare one answer. Fails where it differs in a way that is not named."""
        mine = Permissions(one.descriptor, ground.token, one.sid).ask(question)
        expected = as_samba_answers(one.descriptor, ground, one.sid, question)
        self.asked += 1
        self.granted += samba
        self.named += mine.granted is not samba
        assert samba is expected, (what, str(one.dn), mine, one.descriptor.to_sddl(ground.token.user.domain))


def test_the_token_is_the_one_that_the_directory_made(ground):
    """Nested groups, the primary group, and the groups of Authenticated Users are in it; rootDSE's tokenGroups tells all."""
    told = ground.probe.read("", ("tokenGroups",)) or {}
    theirs = {Sid.from_bytes(raw) for raw in told["tokengroups"]}
    assert PRE_WINDOWS_2000 in theirs
    assert ground.token.sids - theirs <= {THIS_ORGANIZATION}
    assert theirs <= ground.token.sids


def test_the_schema_map_is_the_forests(ground):
    schema = ground.schema
    restrictions = schema.right("User-Account-Restrictions")
    assert restrictions.is_property_set
    assert {"pwdLastSet", "userAccountControl"} <= {one.name for one in schema.members(restrictions.guid)}
    assert schema.right("User-Force-Change-Password").is_extended_right
    assert schema.class_("user").guid in schema.right("User-Force-Change-Password").applies_to
    assert schema.right("Self-Membership").is_validated_write
    assert not any(schema.attribute(name).writable for name in ("memberOf", "objectGUID", "tokenGroups"))
    assert schema.attribute("description").writable
    assert "D:" in schema.class_("user").default
    assert len(schema.attributes) > 1000


def test_jcad_prepare_can_counts_the_groups_of_authenticated_users(ground):
    """A right that only Pre-Windows 2000 Compatible Access has, which tokenGroups of the account does not tell."""
    dn = str(TOP.child("CN", "rights-open"))
    reset = ground.schema.right("User-Force-Change-Password").guid
    open_to = SecurityDescriptor.from_sddl(f"O:DAG:DAD:P(OA;;CR;{reset};;RU)(A;;GA;;;BA)", ground.token.user.domain)
    ground.lab.database.apply([add(dn, {"objectClass": ["user"], "sAMAccountName": ["rights-open"]})])
    ground.lab.database.apply([modify(dn, ("replace", "nTSecurityDescriptor", [open_to.to_bytes()]))])
    try:
        rulings = {one.right: one for one in may(ground.admin, "rights-probe", ["reset-password"], "rights-open")}
        assert rulings["ExtendedRight Reset Password on user"].granted
        assert not may(ground.admin, "rights-probe", ["delete"], "rights-open")[0].granted
    finally:
        ground.lab.database.apply([delete(dn)])


def test_every_attribute_child_class_and_right_is_answered_as_the_directory_does(ground):
    tally = Tally()
    visible = [one for one in ground.seen.values() if one.told is not None]
    assert len(visible) >= OBJECTS // 3
    for one in visible:
        compare(one, ground, tally)
    assert tally.asked > 10_000
    assert tally.granted > 1_000
    assert tally.named > 0, "the named ways of Samba are not met any more: take them out"


def test_on_plain_descriptors_there_is_no_disagreement_at_all(ground):
    """Half of the objects: no OWNER RIGHTS, no allowing object entry with CONTROL_ACCESS."""
    tally = Tally()
    for one in ground.seen.values():
        if one.told is not None and is_plain(one.dn):
            compare(one, ground, tally)
    assert tally.asked > 5_000
    assert tally.granted > 500
    assert tally.named == 0


def compare(one: Seen, ground: Ground, tally: Tally) -> None:
    """Hold the engine against the three attributes that the directory computes for one object."""
    schema = ground.schema
    told = one.told or {}
    for name in one.attributes:
        if schema.attribute(name).writable:
            question = effective.write(schema, name, one.class_)
            tally.hold(one, ground, question, name in told["allowedattributeseffective"], what=f"write {name}")
    for name in one.child_classes:
        question = effective.create(schema, name)
        tally.hold(one, ground, question, name in told["allowedchildclasseseffective"], what=f"create {name}")
    rights = int(next(iter(told["sdrightseffective"])))
    for bit, mask in ((1, AccessMask.WRITE_OWNER), (4, AccessMask.WRITE_DAC), (8, AccessMask.ACCESS_SYSTEM_SECURITY)):
        # Samba puts these questions with the way to nTSecurityDescriptor, so object entries count for it.
        question = effective.on_attribute(schema, "nTSecurityDescriptor", one.class_, mask)
        tally.hold(one, ground, question, bool(rights & bit), what=f"sDRightsEffective {bit}")


def test_entries_for_self_speak_to_the_account_on_its_own_object(ground):
    """The account's own object gets one random descriptor after the other."""
    dice = random.Random(SEED + 1)
    name = str(TOP.child("CN", "rights-probe"))
    (before,) = ground.lab.database.search("(objectClass=*)", ["nTSecurityDescriptor"], base=name, scope="base")
    tally = Tally()
    for _ in range(30):
        descriptor = random_descriptor(dice, ground)
        aces = (*descriptor.dacl.aces, *(replace(random_ace(dice, [SELF], ground.schema), flags=0) for _ in range(4)))
        raw = descriptor.with_dacl(Acl(4, aces)).to_bytes()
        ground.lab.database.apply([modify(name, ("replace", "nTSecurityDescriptor", [raw]))])
        one = look(ground, f"(distinguishedName={name})")[name]
        if one.told is not None:
            compare(one, ground, tally)
    ground.lab.database.apply(
        [modify(name, ("replace", "nTSecurityDescriptor", [before.attributes["nTSecurityDescriptor"][0]]))]
    )
    assert tally.asked > 2_000
    assert tally.granted > 100


@pytest.fixture(scope="module")
def attempts(ground: Ground) -> Iterator[Connection]:
    connection = Connection(
        ground.lab.directory.controller(1).address, 389, Credential("LAB\\rights-probe", password=PASSWORD)
    )
    yield connection
    connection.close()


def tried(deed: Callable[[], None]) -> bool:
    """Whether the directory let it be done. Anything but a refusal of access (or of the sight of it) is an error."""
    try:
        deed()
    except DirectoryError as error:
        if error.result not in {50, 32}:
            raise
        return False
    return True


def put(connection: Connection, dn: str, attribute: str, value: bytes, kind: ChangeKind = ChangeKind.REPLACE) -> bool:
    """Whether the directory let an attribute be written."""
    return tried(lambda: connection.modify(dn, [Change(kind, attribute, (value,))]))


def test_attempts_end_as_the_engine_says(ground, attempts):
    """What the directory's own attributes do not tell: Reset Password, validated writes, deletes; and real writes."""
    schema, tally, written = ground.schema, Tally(), 0
    password = '"Quarry.Lantern-8834"'.encode("utf-16-le")
    me = str(TOP.child("CN", "rights-probe")).encode()
    for one in ground.seen.values():
        if one.dn.name.startswith("rights-"):
            continue
        dn = str(one.dn)
        done = put(attempts, dn, "description", b"seen")
        tally.hold(one, ground, effective.write(schema, "description", one.class_), done, what="write")
        if one.class_ == "user":
            done = put(attempts, dn, "unicodePwd", password)
            question = effective.control(schema, "User-Force-Change-Password")
            tally.hold(one, ground, question, done, what="reset password")
            written += done
        if one.class_ == "group":
            done = put(attempts, dn, "member", me, ChangeKind.ADD)
            write = as_samba_answers(one.descriptor, ground, one.sid, effective.write(schema, "member", "group"))
            own = as_samba_answers(
                one.descriptor, ground, one.sid, effective.validated_write(schema, "Self-Membership")
            )
            assert done is (write or own), (dn, one.descriptor.to_sddl())
    assert tally.asked >= OBJECTS
    assert tally.granted >= 20
    assert written >= 5


def test_the_permissions_are_changed_by_their_owner_and_by_whom_they_let(ground, attempts):
    """The list is written back as it is, by SD flags that leave owner and audit list alone."""
    tally = Tally()
    for one in ground.seen.values():
        if one.class_ == "group" and not one.dn.name.startswith("rights-"):
            raw = SecurityDescriptor(one.descriptor.control, dacl=one.descriptor.dacl).to_bytes()
            change = Change(ChangeKind.REPLACE, "nTSecurityDescriptor", (raw,))
            done = tried(lambda dn=str(one.dn), change=change: attempts.modify(dn, [change], [sd_flags(4)]))
            question = effective.on_attribute(ground.schema, "nTSecurityDescriptor", one.class_, AccessMask.WRITE_DAC)
            tally.hold(one, ground, question, done, what="write permissions")
    assert tally.asked >= OBJECTS // 4
    assert 5 <= tally.granted < tally.asked


def test_deleting_takes_delete_on_the_object_or_delete_child_above(ground, attempts):
    tally = Tally()
    for one in ground.seen.values():
        if one.class_ in {"contact", "user"} and not one.dn.name.startswith("rights-"):
            done = tried(lambda dn=str(one.dn): attempts.delete(dn))
            tally.hold(one, ground, effective.delete(ground.schema, one.class_), done, what="delete")
    assert tally.asked >= OBJECTS // 3
    assert 5 <= tally.granted < tally.asked


def test_objects_take_over_what_the_rules_of_inheritance_say(ground):
    """Children of every class are made below the random containers, and their inherited entries compared, in order."""
    containers = [one for one in ground.seen.values() if one.class_ == "organizationalunit"]
    children = [
        (one, class_, one.dn.child("CN", f"below-{class_}")) for one in containers for class_ in ("user", "group")
    ]
    ground.lab.database.apply([add(str(dn), {"objectClass": [class_]}) for _, class_, dn in children])
    compared = 0
    for above, class_, dn in children:
        (entry,) = ground.lab.database.search("(objectClass=*)", ["nTSecurityDescriptor"], base=str(dn), scope="base")
        child = SecurityDescriptor.parse(entry.attributes["nTSecurityDescriptor"][0])
        theirs = [ace for ace in child.dacl.aces if ace.inherited]
        guid = ground.schema.class_(class_).guid
        mine = list(handed_down(above.descriptor.dacl.aces, guid, child.owner, child.group))
        assert mine == theirs, (str(dn), above.descriptor.to_sddl(), child.to_sddl())
        compared += len(mine)
    assert compared > 500
