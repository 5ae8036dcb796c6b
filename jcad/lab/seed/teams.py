"""Groups: created, linked, refused by Windows, in conflict, and never to be written. Pure values; no I/O."""

from __future__ import annotations

from jcad.lab.seed.cases import ELSEWHERE, TEAMS, GroupCase
from jcad.lab.seed.values import (
    DOMAIN_DN,
    DOMAIN_LOCAL_SECURITY,
    GLOBAL_DISTRIBUTION,
    UNIVERSAL_SECURITY,
    USERS_CONTAINER,
    DirectoryGroup,
    Outcome,
)

BUILTIN_CONTAINER = f"CN=Builtin,{DOMAIN_DN}"
PREPARED = frozenset({"JumpCloud", "JumpCloud Admins"})
"""The groups that preparing a domain makes."""

_CREATED = (
    GroupCase("All staff"),
    GroupCase("Engineering"),
    GroupCase("R&D (Grenoble)"),
    GroupCase("Sales EMEA"),
    GroupCase("営業部"),
    GroupCase("O'Brien's team"),
    GroupCase("🚀 Launch crew"),
    GroupCase("قسم المبيعات"),
    GroupCase("$(whoami) & co"),
    GroupCase("#general"),
    GroupCase("Équipe Données"),
    GroupCase("Zu\u0308rich office"),
    GroupCase("100% {remote} `n"),
    GroupCase("G" * 64, because="no group of that name; 64 characters are the limit"),
    GroupCase("Nobody yet", because="no group of that name; it has no members"),
    GroupCase("Dynamic people", method="DYNAMIC_AUTOMATED"),
)

_LINKED = (
    GroupCase(
        "Marketing", Outcome.LINK, "an ordinary security group of the container", present=True,
        members=("mary.jones", "only.in.ad"), kept=("only.in.ad",),
    ),
    GroupCase(
        "Accounting", Outcome.LINK, "domain local stays domain local", present=True,
        group_type=DOMAIN_LOCAL_SECURITY, container=TEAMS.dn, members=("Payroll clerks",), kept=("Payroll clerks",),
    ),
    GroupCase(
        "Reception", Outcome.LINK, "one of its members is so by primaryGroupID", present=True,
        members=("local.intern",), kept=("local.intern",),
    ),
    GroupCase(
        "Finance", Outcome.LINK, "linked by sAMAccountName, whatever its CN", present=True, cn="Finance, old <2019>",
        container=TEAMS.dn, group_type=UNIVERSAL_SECURITY,
    ),
)  # fmt: skip

_FORBIDDEN = "Windows refuses a character of the name"

_SKIPPED = (
    GroupCase("H" * 65, Outcome.SKIP, "the name has more than 64 characters"),
    *(
        GroupCase(name, Outcome.SKIP, _FORBIDDEN)
        for name in (
            "Sales/Marketing", "Support 24/7", "A+B", "Q=A", "semi;colon", "<angle>", "comma, inc", "back\\slash",
            'The "quoted"', "What?", "star*", "Team [x]", "a|b", "ratio 1:2",
        )
    ),
    GroupCase("ends with dot.", Outcome.SKIP, "the name ends with a full stop"),
    GroupCase("trailing space ", Outcome.SKIP, "the name ends with a space"),
    GroupCase(" leading space", Outcome.SKIP, "the name begins with a space"),
)  # fmt: skip

_CONFLICTS = (
    GroupCase(
        "Newsletter", Outcome.CONFLICT, "a distribution group has that name", present=True,
        group_type=GLOBAL_DISTRIBUTION,
    ),
    GroupCase(
        "VPN users", Outcome.CONFLICT, "the group is outside the root user container", present=True,
        container=USERS_CONTAINER,
    ),
    GroupCase(
        "Facilities", Outcome.CONFLICT, "the group is outside the root user container", present=True,
        container=ELSEWHERE.dn, members=("local.intern",),
    ),
    GroupCase("frontdesk", Outcome.CONFLICT, "a user has that sAMAccountName"),
    GroupCase("Café", Outcome.CONFLICT, "two JumpCloud groups are one name to Windows"),
    GroupCase("Cafe", Outcome.CONFLICT, "two JumpCloud groups are one name to Windows"),
)  # fmt: skip

_NEVER = "on the list of what is never written"

_NOT_MANAGEABLE = (
    GroupCase(
        "DnsAdmins", Outcome.NOT_MANAGEABLE, _NEVER, present=True, container=USERS_CONTAINER, existing=True,
        group_type=DOMAIN_LOCAL_SECURITY,
    ),
    GroupCase(
        "Domain Admins", Outcome.NOT_MANAGEABLE, _NEVER, present=True, container=USERS_CONTAINER, existing=True,
        members=("domain.admin", "primary.admin", "jcad-writer"),
    ),
    GroupCase("JumpCloud", Outcome.NOT_MANAGEABLE, "the ADI group", present=True, members=("mary.jones",)),
    GroupCase("JumpCloud Admins", Outcome.NOT_MANAGEABLE, "JumpCloud's group of admins", present=True),
    GroupCase(
        "Tier 1 helpdesk", Outcome.NOT_MANAGEABLE, "nested in Server Operators", present=True,
        members=("nested.operator",),
    ),
)  # fmt: skip

_NOT_BOUND = (GroupCase("Not bound", None, "not bound to the AD instance", bound=False),)

TEAM_CASES: tuple[GroupCase, ...] = (*_CREATED, *_LINKED, *_SKIPPED, *_CONFLICTS, *_NOT_MANAGEABLE, *_NOT_BOUND)

ONLY_IN_AD: tuple[DirectoryGroup, ...] = (
    DirectoryGroup("printers", "printers", TEAMS.dn, DOMAIN_LOCAL_SECURITY, ("only.in.ad",)),
    DirectoryGroup("Payroll clerks", "Payroll clerks", TEAMS.dn, members=("frontdesk", "only.in.ad")),
    DirectoryGroup(
        "Server Operators", "Server Operators", BUILTIN_CONTAINER, members=("Tier 1 helpdesk",), existing=True
    ),
    DirectoryGroup(
        "Account Operators", "Account Operators", BUILTIN_CONTAINER, members=("account.operator",), existing=True
    ),
)
"""Groups of the domain that no JumpCloud group is called after."""
