"""The tables of jcad.toml, as pydantic models: names, types, defaults, and what each is for."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

from jcad.settings.agents import Agents
from jcad.settings.mapping import Entries, check_entries, read_entries, short_entries
from jcad.settings.prepare import Prepare
from jcad.settings.reference import SecretReference

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class Table(BaseModel):
    """A table of the settings: unknown keys are errors, values are not changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Region(StrEnum):
    """JumpCloud's data centres."""

    US = "us"
    EU = "eu"


class JumpCloud(Table):
    """[jumpcloud]: the organisation and its AD instance."""

    api_key: SecretReference | None = Field(None, description="the API key of an administrator used for nothing else")
    client_id: str = Field("", description="a service account instead of an API key (OAuth client credentials)")
    client_secret: SecretReference | None = Field(None, description="its secret")
    token_url: str = Field(
        "", description="where it gets its tokens; empty: JumpCloud's own, known for region us alone"
    )
    organisation: str = Field("", description="the organisation's id; needed by administrators of several")
    instance: str = Field("", description="the AD instance's id or domain; empty where there is only one")
    region: Region = Field(Region.US, description="us or eu")
    url: str = Field("", description="another address of the API (the lab's)")
    ca_file: Path | None = Field(None, description="authorities to trust instead of the system's")
    proxy: str = Field("", description="http://HOST:PORT of a proxy; empty: what the environment says (HTTPS_PROXY)")
    connections: int = Field(8, ge=1, le=32, description="requests at a time")


class Protection(StrEnum):
    """How LDAP is protected, and how one logs in: TLS, sign-and-seal by NTLM or Kerberos, both, or not at all."""

    LDAPS = "ldaps"
    NTLM = "ntlm"
    KERBEROS = "kerberos"
    LDAPS_NTLM = "ldaps+ntlm"
    LDAPS_KERBEROS = "ldaps+kerberos"
    PLAIN = "plain"


class Directory(Table):
    """[directory]: the domain controllers that are read over LDAP."""

    domain: str = Field(description="the domain's DNS name, such as corp.example")
    servers: list[str] = Field(
        default_factory=list, description="domain controllers in order; empty: found through DNS"
    )
    user: str = Field(description="an account that may read, as DOMAIN\\\\user or user@domain")
    password: SecretReference | None = Field(None, description="not needed with Kerberos: a keytab or a ticket will do")
    keytab: Path | None = Field(None, description="Kerberos: a file of the account's keys that nobody else may read")
    protection: Protection = Field(
        Protection.LDAPS, description="ldaps; ntlm or kerberos: sign-and-seal on port 389; ldaps+ntlm, ldaps+kerberos"
    )
    insecure: bool = Field(False, description="allow an unprotected bind: the password can be read on the wire")
    port: Port = Field(0, description="0: the usual one")
    ca_file: Path | None = Field(None, description="authorities to trust instead of the system's")
    fingerprint: str = Field("", description="the SHA-256 fingerprint of the one certificate to trust")
    nameserver: str = Field("", description="ADDRESS or ADDRESS:PORT of a name server to ask instead of the system's")
    connect_timeout: Seconds = 10.0
    read_timeout: Seconds = 120.0
    page_size: int = Field(1000, ge=1, le=20000)
    check_forest: bool = Field(
        True,
        description="look for a userPrincipalName in the forest's other domains too, in a global catalog (port 3269 or 3268)",
    )


class Remoting(Table):
    """[remoting]: the host that runs the scripts, and who opens the session there."""

    run_on: str = Field("", description="the host that runs the scripts; empty: the domain controller that was read")
    address: str = Field("", description="where to connect when the name is not the system's to resolve")
    protocol: Literal["psrp", "winrm"] = Field(
        "psrp", description="winrm: the command shell, where psrp is closed; for administrators of that host"
    )
    scheme: Literal["https", "http"] = "https"
    port: Port = Field(0, description="0: 5986 for https, 5985 for http")
    authentication: Literal["negotiate", "ntlm", "basic", "kerberos", "certificate"] = "ntlm"
    user: str = Field(description="an account that may log on there, as DOMAIN\\\\user or user@domain")
    password: SecretReference | None = Field(None, description="not needed with Kerberos or a certificate")
    keytab: Path | None = Field(None, description="Kerberos: a file of the account's keys that nobody else may read")
    certificate: Path | None = Field(
        None, description="a client certificate that the host maps to a local account (PEM)"
    )
    key: Path | None = Field(None, description="its private key (PEM), which nobody else may read")
    configuration: str = Field(
        "Microsoft.PowerShell",
        min_length=1,
        description="the session configuration; another is taken for a JEA endpoint",
    )
    proxy: str = Field(
        "", description="http://HOST:PORT of a proxy (CONNECT), for https alone; the environment's is not used"
    )
    write_as: str = Field("", description="the account that writes, where it is not `user`; needed with `run_on`")
    write_password: SecretReference | None = Field(None, description="its password")
    ca_file: Path | None = None
    fingerprint: str = ""
    connect_timeout: Annotated[int, Field(ge=1, le=3600)] = 10
    operation_timeout: Annotated[int, Field(ge=1, le=3600)] = 20
    script_timeout: int = Field(
        600, ge=1, le=86400, description="seconds without a result after which a script is stopped"
    )
    workers: int = Field(2, ge=1, le=16, description="sessions at a time")


def _any_case(*known: str) -> BeforeValidator:
    """Names of attributes are the same in any case."""
    by_case = {name.lower(): name for name in known}
    return BeforeValidator(lambda given: by_case.get(given.lower(), given) if isinstance(given, str) else given)


UsernameAttribute = Annotated[
    Literal["sAMAccountName", "userPrincipalName"], _any_case("sAMAccountName", "userPrincipalName")
]
AttributeMapping = Annotated[
    Entries,
    BeforeValidator(read_entries),
    AfterValidator(check_entries),
    PlainSerializer(short_entries, return_type=dict[str, Any]),
]


class Limits(Table):
    """[sync.limits]: how much one run may do; see the page on limits."""

    creates: int | None = Field(None, ge=0)
    takeovers: int | None = Field(None, ge=0)
    disables: int | None = Field(None, ge=0)
    removals: int | None = Field(None, ge=0, description="per group")
    authoritative_removals: int | None = Field(None, ge=0, description="per group")
    may_delete: int | None = Field(None, ge=0)
    unlinks: int | None = Field(None, ge=0)
    renames: int | None = Field(None, ge=0)
    total: int | None = Field(None, ge=0)

    def counts(self) -> dict[str, int]:
        """The limits that are set, by the guard's name."""
        return {name.replace("_", "-"): value for name, value in self if value is not None}


class Loop(Table):
    """[sync.run]: how `jcad sync run` goes on and on, and what it tells others."""

    interval: float = Field(90.0, ge=1, le=86400, description="seconds from the beginning of one cycle to the next")
    full_every: float = Field(3600.0, ge=0, le=604800, description="seconds between two readings of the whole domain")
    insights: bool = Field(
        False,
        description="ask JumpCloud's Directory Insights what changed instead of reading all of JumpCloud in each cycle; all "
        "is still read every full_every seconds",
    )
    health: Path | None = Field(None, description="a JSON file that says how the last cycle ended")
    metrics: Path | None = Field(None, description="a file of metrics for the node exporter's textfile collector")
    metrics_listen: str = Field("", description="ADDRESS:PORT of this machine alone that answers /metrics and /health")


class Sync(Table):
    """[sync]: JumpCloud to AD."""

    container: str = Field("", description="the root user container; empty: CN=Users of the domain")
    upn_suffix: str = Field("", description="empty: the domain's DNS name")
    username: UsernameAttribute = Field(
        "sAMAccountName", description="what JumpCloud's username is in AD: UserFieldMapping of the import agent"
    )
    mapping: AttributeMapping = Field(
        default={},
        description="JumpCloud's field = LDAP attribute, or a table: see the page on the sync",
    )
    rename_users: bool = Field(False, description="whether a username changed in JumpCloud is changed in AD")
    takeover: Literal["email", "username"] = "email"
    match_by_email: bool = False
    clear_empty: bool = False
    reenable: bool = False
    on_unbind: Literal["nothing", "disable"] = "nothing"
    groups: bool = Field(True, description="whether groups and memberships are synced")
    group_sam: Literal["skip", "replace"] = "skip"
    authoritative: bool = Field(False, description="whether members that only AD has are removed")
    adi_group: str = "JumpCloud"
    admins_group: str = "JumpCloud Admins"
    never_write: list[str] = Field(default_factory=list, description="sAMAccountNames that are never written")
    limits: Limits = Field(default_factory=Limits)
    run: Loop = Field(default_factory=Loop)


class Store(Table):
    """[store]: where pairs, journal and history are kept."""

    location: str = Field("", description="a file, or a database URL; empty: a file in the user's data folder")


class Vault(Table):
    """[vault]: jcad's own encrypted file of secrets, for `vault:` references."""

    path: Path | None = Field(None, description="empty: a file in the user's data folder")
    key: SecretReference | None = Field(None, description="the passphrase of the vault")


class Settings(Table):
    """The whole of jcad.toml for one profile."""

    jumpcloud: JumpCloud
    directory: Directory
    remoting: Remoting
    sync: Sync = Field(default_factory=Sync)
    prepare: Prepare = Field(default_factory=Prepare)
    agents: Agents = Field(default_factory=Agents)
    store: Store = Field(default_factory=Store)
    vault: Vault = Field(default_factory=Vault)

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Settings:
        """Refuse what would send a password in the clear."""
        if self.directory.protection is Protection.PLAIN and not self.directory.insecure:
            raise ValueError('directory.protection = "plain" needs directory.insecure = true as well')
        told = self.jumpcloud
        if bool(told.client_id) != (told.client_secret is not None) or (told.api_key is None) == (not told.client_id):
            raise ValueError("jumpcloud: give either api_key, or client_id and client_secret")
        if self.directory.password is None and "kerberos" not in self.directory.protection.value:
            raise ValueError(f'directory.password is missing; protection = "{self.directory.protection}" needs it')
        if self.remoting.password is None and self.remoting.authentication not in {"kerberos", "certificate"}:
            raise ValueError(
                f'remoting.password is missing; authentication = "{self.remoting.authentication}" needs it'
            )
        if bool(self.remoting.write_as) != (self.remoting.write_password is not None):
            raise ValueError("remoting: write_as and write_password go together")
        if self.remoting.scheme == "http" and self.remoting.authentication == "basic":
            raise ValueError("remoting: basic authentication over http would send the password in the clear; use https")
        return self
