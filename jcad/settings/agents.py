"""The [agents] tables of jcad.toml: JumpCloud's two agents, on which hosts, and how they are installed.

What JumpCloud publishes nowhere (arguments, signer, versions, where an installer is) has no default: an installation asks
for it by name.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from jcad.settings.agent_keys import Plain, read_configuration
from jcad.settings.placeholders import check_template, check_upgrade_template
from jcad.settings.prepare import check_account_name
from jcad.settings.reference import SecretReference
from jcad.settings.window import Window

JUMPCLOUD_HOST = "console.jumpcloud.com"
_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*")
_VERSION = re.compile(r"\d+(\.\d+){1,3}")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def _version(text: str) -> str:
    if text and not _VERSION.fullmatch(text):
        raise ValueError(f'{text!r} is no version; write it as the installed program says it, such as "2.26.0"')
    return text


def _sha256(text: str) -> str:
    if text and not _SHA256.fullmatch(text):
        raise ValueError("sha256 is 64 hexadecimal digits: what Get-FileHash says of the installer")
    return text.lower()


def _installer(text: str) -> str:
    if text.lower().startswith("http:"):
        raise ValueError("an installer is fetched over https, never over http")
    if text != text.strip():
        raise ValueError("installer has spaces at an end")
    return text


def _account(text: str) -> str:
    """A sAMAccountName, with or without its domain before it; empty: the account of [prepare]."""
    if text:
        check_account_name(text.rpartition("\\")[2])
    return text


def _host_name(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError(f"{text!r} is no name of a host; write its DNS name, such as srv1.corp.example")
    return text.lower()


def _window(text: str) -> str:
    return str(Window.parse(text)) if text else text


Configuration = Annotated[dict[str, Plain], BeforeValidator(read_configuration)]
Version = Annotated[str, AfterValidator(_version)]
Sha256 = Annotated[str, AfterValidator(_sha256)]
Installer = Annotated[str, AfterValidator(_installer)]
Timeout = Annotated[int, Field(ge=1, le=86400)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, populate_by_name=True)


class AgentTable(_Table):
    """What holds for one of the two agents on every host."""

    version: Version = Field("", description="the version that hosts are to have, as the installed program says it")
    installer: Installer = Field(
        "",
        description="a file here, \\\\\\\\SERVER\\\\SHARE\\\\FILE, or https://...; a host fetches the latter two itself",
    )
    sha256: Sha256 = Field("", description="the installer's SHA-256: another file is never run")
    signer: str = Field("", description="the subject of its signature's certificate, to the letter, or its thumbprint")
    arguments: Annotated[str, AfterValidator(check_template)] = Field(
        "", description="its command line, with {placeholders}; JumpCloud publishes /msiexec alone"
    )
    upgrade_arguments: Annotated[str, AfterValidator(check_upgrade_template)] = Field(
        "", description="its command line for an upgrade, which keeps account and agent"
    )
    account: Annotated[str, AfterValidator(_account)] = Field("", description="empty: the account of [prepare]")
    password: SecretReference | None = Field(None, description="its password; unset: the reference of [prepare]")


class SyncAgent(AgentTable):
    """[agents.sync]: JumpCloud's AD Sync agent (JumpCloud to AD)."""

    @model_validator(mode="before")
    @classmethod
    def _no_configuration(cls, given: Any) -> Any:
        """Refuse a configuration by name: no page tells the keys of the sync agent's file."""
        if isinstance(given, dict) and "configuration" in given:
            raise ValueError(
                "the sync agent has no configuration that JumpCloud's pages tell; it is for the import agent"
            )
        return given


class ImportAgent(AgentTable):
    """[agents.import]: JumpCloud's AD Import agent (AD to JumpCloud)."""

    configuration: Configuration = Field(
        default={}, description="keys of its configuration file, as JumpCloud's page has them: the same on every host"
    )


def _table_or_truth(given: object) -> object:
    """`true` and `false` are short for a table."""
    if isinstance(given, bool):
        return {"wanted": given}
    if given is None or isinstance(given, dict | BaseModel):
        return given
    raise ValueError("write true, false or a table such as { version = ... }")


class HostSync(_Table):
    """`sync = true`, or `sync = { ... }` of a host: that the agent is wanted there, and what is otherwise on that host."""

    wanted: Annotated[bool, Field(strict=True)] = True
    version: Version = ""
    installer: Installer = ""
    sha256: Sha256 = ""


class HostImport(HostSync):
    """`import = true`, or `import = { ... }` of a host, as for `sync`."""

    configuration: Configuration = Field(default={})


class AgentHost(_Table):
    """[[agents.host]]: a host that has an agent, or is to have one, or is to have none."""

    name: Annotated[str, AfterValidator(_host_name)] = Field(description="its DNS name")
    address: str = Field("", description="where to connect when the name is not the system's to resolve")
    sync: Annotated[HostSync | None, BeforeValidator(_table_or_truth)] = Field(
        None, description="true, false, or { version = ... }; unset: as it is"
    )
    import_: Annotated[HostImport | None, BeforeValidator(_table_or_truth)] = Field(
        None, alias="import", description="true, false, or { version = ... }; unset: as it is"
    )


class AgentLimits(_Table):
    """[agents.limits]: how much one roll-out may do."""

    agents_down: int = Field(0, ge=0, description="times that no agent of a kind is at work meanwhile")
    reboots: int = Field(5, ge=0, description="restarts of hosts")

    def counts(self) -> dict[str, int]:
        """The limits by the guard's name."""
        return {name.replace("_", "-"): value for name, value in self}


class Agents(_Table):
    """[agents]: JumpCloud's agents, installed, configured and watched."""

    install_as: str = Field(
        "", description="the administrator who runs the installers, as DOMAIN\\\\user; empty: the user of [remoting]"
    )
    install_password: SecretReference | None = Field(None, description="his password; unset: that of [remoting]")
    secrets_on_command_line: bool = Field(
        False, description="whether a key or a password may be a part of a command line, which others can see"
    )
    window: Annotated[str, AfterValidator(_window)] = Field(
        "", description='when work may begin, such as "22:00-04:00", by this machine\'s clock; empty: at any time'
    )
    staging: str = Field("C:\\ProgramData\\jcad", min_length=4, description="the folder for installers on the hosts")
    jumpcloud_host: str = Field(JUMPCLOUD_HOST, description="the host whose port 443 is tried; empty: none is tried")
    workers: int = Field(8, ge=1, le=64, description="hosts at a time")
    service_timeout: Timeout = Field(60, description="seconds until a service must have started or stopped")
    heartbeat_timeout: Timeout = Field(300, description="seconds until JumpCloud must have heard of an agent")
    install_timeout: Timeout = Field(900, description="seconds that an installer may take")
    reboot_timeout: Timeout = Field(1800, description="seconds until a host must be back and healthy")
    limits: AgentLimits = Field(default_factory=AgentLimits)
    sync: SyncAgent = Field(default_factory=SyncAgent)
    import_: ImportAgent = Field(default_factory=ImportAgent, alias="import")
    host: list[AgentHost] = Field(default_factory=list, description="the hosts; domain controllers are found as well")

    @model_validator(mode="after")
    def _consistent(self) -> Agents:
        """Refuse a host that is named twice, and an administrator without a password."""
        names = [one.name for one in self.host]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the host {twice[0]} is named twice")
        if bool(self.install_as) != (self.install_password is not None):
            raise ValueError("install_as and install_password go together")
        return self
