"""The logins of the lab: accounts, passwords and API keys. They open nothing but a lab on loopback.

Pure values; no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass

from jcad.lab.seed.values import DNS_DOMAIN, DOMAIN_DN, USERS_CONTAINER, DirectoryUser

SERVICE_CONTAINER = f"OU=Service Accounts,{DOMAIN_DN}"

ADMINISTRATOR = "Administrator"
WRITER = "jcad-writer"
READER = "jcad-reader"
NO_REMOTING = "jcad-noremote"
LOCKED = "jcad-locked"
DISABLED = "jcad-disabled"
SYNC_ACCOUNT = "jcsync"
IMPORT_ACCOUNT = "jcimport"

PEOPLE_PASSWORD = "Granite.Harbor-4471"  # of every seeded person that has a password

API_KEY = "jca_lab_0000000000000000000000000000000000key"
CLIENT_ID = "jca_lab_service_account"
CLIENT_SECRET = "jca_lab_0000000000000000000000000000000secret"
EXPIRED_API_KEY = "jca_lab_00000000000000000000000000000expired"
MULTI_TENANT_API_KEY = "jca_lab_000000000000000000000000000multikey"


@dataclass(frozen=True, slots=True)
class LabLogin:
    """An account of the lab with its password and what it is for."""

    account: str
    password: str
    purpose: str


LOGINS: tuple[LabLogin, ...] = (
    LabLogin(ADMINISTRATOR, "Velvet.Quarry-9036", "the domain's administrator"),
    LabLogin(WRITER, "Copper.Lantern-5518", "writes as the sync does; a member of Domain Admins"),
    LabLogin(READER, "Silver.Meadow-2874", "reads over LDAP; may not log on over WinRM"),
    LabLogin(NO_REMOTING, "Amber.Trellis-6620", "an ordinary account: LDAP yes, WinRM no"),
    LabLogin(LOCKED, "Cobalt.Furrow-1193", "locked (775)"),
    LabLogin(DISABLED, "Russet.Gable-8457", "disabled (533)"),
    LabLogin(SYNC_ACCOUNT, "Indigo.Paddle-3307", "service account of JumpCloud's sync agent"),
    LabLogin(IMPORT_ACCOUNT, "Ochre.Thimble-7742", "service account of JumpCloud's import agent"),
)


def password_of(account: str) -> str:
    """The password of one of the lab's own accounts. Raises KeyError."""
    for login in LOGINS:
        if login.account == account:
            return login.password
    raise KeyError(account)


def logins(*, bare: bool = False) -> tuple[LabLogin, ...]:
    """The lab's own accounts; a bare lab lacks what preparing a domain makes: JumpCloud's service accounts."""
    return tuple(login for login in LOGINS if not (bare and login.account in {SYNC_ACCOUNT, IMPORT_ACCOUNT}))


def service_users(*, bare: bool = False) -> tuple[DirectoryUser, ...]:
    """The lab's own accounts as users of the domain."""
    return tuple(
        DirectoryUser(
            sam_account_name=login.account,
            name=login.account,
            container=USERS_CONTAINER if login.account == ADMINISTRATOR else SERVICE_CONTAINER,
            user_principal_name=f"{login.account}@{DNS_DOMAIN}",
            user_account_control=66050 if login.account == DISABLED else 66048,
            attributes=(("description", (login.purpose,)),),
            password=login.password,
            locked=login.account == LOCKED,
            existing=login.account == ADMINISTRATOR,
        )
        for login in logins(bare=bare)
    )
