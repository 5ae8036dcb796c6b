"""A case: one person or group as JumpCloud has it, what the domain has of that name, and what must become of it.

The outcome is written down by hand beside each case, never computed by the sync's own rules. Pure values; no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass

from jcad.lab.seed.logins import PEOPLE_PASSWORD
from jcad.lab.seed.values import (
    DNS_DOMAIN,
    GLOBAL_SECURITY,
    ROOT_USER_CONTAINER,
    DirectoryUser,
    OrganizationalUnit,
    Outcome,
)

MAIL_DOMAIN = "lab.jcad.test"

STAFF = OrganizationalUnit("Staff", ROOT_USER_CONTAINER)
LYON = OrganizationalUnit("Lyon, Rhône", ROOT_USER_CONTAINER)
TOKYO = OrganizationalUnit("東京 #2", STAFF.dn)
TEAMS = OrganizationalUnit("Teams", ROOT_USER_CONTAINER)
ELSEWHERE = OrganizationalUnit("Elsewhere", ROOT_USER_CONTAINER.partition(",")[2])


@dataclass(frozen=True, slots=True)
class Account:
    """What the domain has. `None` takes the person's own value; an empty text means that the attribute is absent."""

    sam: str | None = None
    cn: str | None = None
    container: str = ROOT_USER_CONTAINER
    upn: str | None = None
    given: str | None = None
    sn: str | None = None
    mail: str | None = None
    proxy: tuple[str, ...] = ()
    control: int = 512
    password: str | None = PEOPLE_PASSWORD
    primary_group: str | None = None
    admin_count: bool = False
    locked: bool = False
    existing: bool = False


@dataclass(frozen=True, slots=True)
class PersonCase:
    """A JumpCloud user, whether and how it is bound, its account in the domain, and what must become of it.

    `direct` binds the user itself; membership of a bound group binds as well. `groups` are names of JumpCloud groups.
    `withheld` are attributes that differ and must all the same not be written.
    """

    username: str
    first: str
    last: str
    outcome: Outcome | None = Outcome.CREATE  # None: not bound, so in no plan
    because: str = "no account of that username"
    email: str | None = None
    groups: tuple[str, ...] = ()
    direct: bool = True
    state: str = "ACTIVATED"
    account: Account | None = None
    disable: bool = False
    withheld: tuple[str, ...] = ()
    restricted: tuple[str, ...] = ()
    more: tuple[tuple[str, str], ...] = ()

    @property
    def mail(self) -> str:
        """The e-mail address, made from the username unless it was given."""
        return self.email if self.email is not None else f"{self.username.lower()}@{MAIL_DOMAIN}"


@dataclass(frozen=True, slots=True)
class GroupCase:
    """A JumpCloud group, whether it is bound, the group that the domain has, and what must become of it.

    `members` are sAMAccountNames of the domain's group. `kept` are those among them that only AD has.
    """

    name: str
    outcome: Outcome | None = Outcome.CREATE
    because: str = "no group of that name"
    bound: bool = True
    present: bool = False
    sam: str | None = None
    cn: str | None = None
    container: str = ROOT_USER_CONTAINER
    group_type: int = GLOBAL_SECURITY
    members: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    existing: bool = False
    method: str = "STATIC"


def directory_user(case: PersonCase, account: Account) -> DirectoryUser:
    """The account of a case as a user of the domain."""
    sam = account.sam if account.sam is not None else case.username
    upn = account.upn if account.upn is not None else f"{sam}@{DNS_DOMAIN}"
    given = case.first if account.given is None else account.given
    surname = case.last if account.sn is None else account.sn
    mail = case.mail if account.mail is None else account.mail
    attributes = {
        "givenName": (given,),
        "sn": (surname,),
        "mail": (mail,),
        "displayName": (f"{given} {surname}".strip(),),
        "proxyAddresses": account.proxy,
    }
    return DirectoryUser(
        sam_account_name=sam,
        name=account.cn if account.cn is not None else sam,
        container=account.container,
        user_principal_name=upn,
        user_account_control=account.control,
        attributes=tuple((name, values) for name, values in attributes.items() if any(values)),
        password=account.password,
        primary_group=account.primary_group,
        admin_count=account.admin_count,
        locked=account.locked,
        existing=account.existing,
    )
