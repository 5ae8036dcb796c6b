"""The [prepare] tables of jcad.toml: what the domain is to look like before the first sync."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from jcad.settings.reference import SecretReference

_REFUSED_IN_NAMES = frozenset('"/\\[]:;|=,+*?<>@')
_LONGEST_NAME = 20


def check_account_name(name: str) -> str:
    """Give back a sAMAccountName that JumpCloud and Windows both take. Raises ValueError."""
    if "jumpcloud" in name.casefold():
        raise ValueError(
            f'a service account may not be called {name!r}: JumpCloud refuses names that are or contain "JumpCloud"'
        )
    if not name.strip() or name != name.strip() or name.endswith("."):
        raise ValueError(f"{name!r} is no name of an account: empty, or with spaces or a dot at an end")
    if len(name) > _LONGEST_NAME or _REFUSED_IN_NAMES & set(name):
        raise ValueError(f'{name!r} is no sAMAccountName: at most 20 characters, none of "/\\[]:;|=,+*?<>@')
    return name


def _writable(reference: SecretReference | None) -> SecretReference | None:
    if reference is not None and not reference.writable:
        raise ValueError(f"{reference} cannot be written to; a generated password needs keyring: or vault:")
    return reference


def _second_name(name: str) -> str:
    return check_account_name(name) if name else name


AccountName = Annotated[str, AfterValidator(check_account_name)]
WritableReference = Annotated[SecretReference | None, AfterValidator(_writable)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class ServiceAccount(_Table):
    """A service account. `profile` is one of jcad's, or a file of one's own (a path that ends in .toml)."""

    name: AccountName
    password: WritableReference = Field(None, description="where its generated password is kept: keyring: or vault:")
    profile: str = Field("least-privilege", description="documented, least-privilege, or FILE.toml")
    options: list[Literal["delete", "unexpire-password", "password-settings", "dirsync", "owner-rights"]] = Field(
        default_factory=list, description="further rights of the profile"
    )
    alternate: Annotated[str, AfterValidator(_second_name)] = Field(
        "",
        description="a second account, delegated like the first: `jcad account rotate` changes from one to the other",
    )
    alternate_password: WritableReference = Field(None, description="where its generated password is kept")

    @model_validator(mode="after")
    def _two_names(self) -> ServiceAccount:
        """Refuse a second account of the first one's name, and one without a place for its password, or the reverse."""
        if self.alternate.casefold() == self.name.casefold():
            raise ValueError(f"alternate is a second account; it cannot be called {self.name!r} as well")
        if bool(self.alternate) != (self.alternate_password is not None):
            raise ValueError("alternate and alternate_password go together")
        if self.alternate and self.alternate_password == self.password:
            raise ValueError(
                "alternate_password is where the first account's password is kept; each needs a place of its own"
            )
        return self


class ImportAccount(ServiceAccount):
    """[prepare.import]: the account of the import agent."""

    name: AccountName = "jcimport"
    profile: str = "documented"


class SyncAccount(ServiceAccount):
    """[prepare.sync]: the account that writes."""

    name: AccountName = "jcsync"


class Prepare(_Table):
    """[prepare]: the ADI group, the service accounts, and what is delegated to them in the container of [sync]."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, populate_by_name=True)

    create: bool = Field(False, description="create the root user container when it is an OU that is missing")
    adi_group: bool = Field(True, description="whether the ADI group (adi_group in [sync]) is wanted")
    admins_group: bool = Field(
        False, description="whether the JumpCloud Admins group (admins_group in [sync]) is wanted"
    )
    accounts_in: str = Field(
        "", description="where service accounts and JumpCloud Admins are created; empty: CN=Users of the domain"
    )
    password_never_expires: bool = True
    logon: Literal["off", "member-server", "jea", "domain-controllers"] = Field(
        "off", description="how the sync account may log on to run scripts"
    )
    logon_server: str = Field("", description='the member server, for logon = "member-server"')
    import_: ImportAccount | None = Field(None, alias="import")
    sync: SyncAccount | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Prepare:
        """Refuse two accounts of one name, and a member server without a name."""
        accounts = [one for one in (self.import_, self.sync) if one is not None]
        names = [name.casefold() for one in accounts for name in (one.name, one.alternate) if name]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two service accounts are called {twice!r}; they need names of their own")
        if self.logon == "member-server" and not self.logon_server:
            raise ValueError('logon = "member-server" needs logon_server: the server where scripts will run')
        if self.logon != "off" and self.sync is None:
            raise ValueError(f'logon = "{self.logon}" is for the sync account; there is no [prepare.sync]')
        return self
