"""What a lab is filled with: people and groups with awkward names on both sides, and what a first sync must say.

    seed = make_seed()                              # the named people only
    big = make_seed(people=5000, existing=5000)     # and 5,000 numbered ones, all in one group of the domain
    seed.expected.user_counts()[Outcome.CREATE]

Pure values; no I/O.
"""

from functools import lru_cache

from jcad.lab.seed.build import build, object_id
from jcad.lab.seed.crowd import EVERYONE
from jcad.lab.seed.logins import (
    ADMINISTRATOR,
    API_KEY,
    CLIENT_ID,
    CLIENT_SECRET,
    DISABLED,
    EXPIRED_API_KEY,
    IMPORT_ACCOUNT,
    LOCKED,
    LOGINS,
    MULTI_TENANT_API_KEY,
    NO_REMOTING,
    PEOPLE_PASSWORD,
    READER,
    SERVICE_CONTAINER,
    SYNC_ACCOUNT,
    WRITER,
    LabLogin,
    logins,
    password_of,
)
from jcad.lab.seed.values import (
    DNS_DOMAIN,
    DOMAIN_DN,
    NETBIOS_DOMAIN,
    ROOT_USER_CONTAINER,
    USERS_CONTAINER,
    AttributeChange,
    DirectoryComputer,
    DirectoryGroup,
    DirectorySeed,
    DirectoryUser,
    Expected,
    ExpectedGroup,
    ExpectedUser,
    OrganizationalUnit,
    Outcome,
    Seed,
    TenantAgent,
    TenantGroup,
    TenantSeed,
    TenantUser,
)

__all__ = [
    "ADMINISTRATOR",
    "API_KEY",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "DISABLED",
    "DNS_DOMAIN",
    "DOMAIN_DN",
    "EVERYONE",
    "EXPIRED_API_KEY",
    "IMPORT_ACCOUNT",
    "LOCKED",
    "LOGINS",
    "MULTI_TENANT_API_KEY",
    "NETBIOS_DOMAIN",
    "NO_REMOTING",
    "PEOPLE_PASSWORD",
    "READER",
    "ROOT_USER_CONTAINER",
    "SERVICE_CONTAINER",
    "SYNC_ACCOUNT",
    "USERS_CONTAINER",
    "WRITER",
    "AttributeChange",
    "DirectoryComputer",
    "DirectoryGroup",
    "DirectorySeed",
    "DirectoryUser",
    "Expected",
    "ExpectedGroup",
    "ExpectedUser",
    "LabLogin",
    "OrganizationalUnit",
    "Outcome",
    "Seed",
    "TenantAgent",
    "TenantGroup",
    "TenantSeed",
    "TenantUser",
    "logins",
    "make_seed",
    "object_id",
    "password_of",
]


@lru_cache(maxsize=4)
def make_seed(*, people: int = 0, existing: int = 0, bare: bool = False) -> Seed:
    """The lab's seed, the same for the same numbers.

    `people` numbered people are added, bound through the group `EVERYONE`; the first `existing` of them have an account
    and are members of the domain's group of that name. `bare` leaves out what preparing a domain makes: the ADI group,
    JumpCloud Admins and the service accounts. Raises ValueError where the numbers make no sense.
    """
    return build(people, existing, bare=bare)
