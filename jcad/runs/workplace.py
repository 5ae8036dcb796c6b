"""From settings to readers, sessions and a store: the one place that knows all of them. Opens sockets when asked to."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from jcad.directory import (
    DirectoryReader,
    DirectoryTarget,
    DomainController,
    Timeouts,
    Trust,
    WireProtection,
    host_address,
)
from jcad.errors import AuthenticationFailed, GuardStopped, JumpCloudError, SettingsError
from jcad.jumpcloud import TOKEN_URLS, Address, ClientCredentials, JumpCloudReader
from jcad.model import AdInstance, Credential, DistinguishedName, Secret
from jcad.remoting import Authentication, Endpoint, Protocol, Session, open_session
from jcad.runs.secrets import SecretSource, file_mark, private_file
from jcad.runs.writer import WritingSession, require_writer
from jcad.settings import SecretReference, Settings, checked
from jcad.store import Store


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """The settings of one domain, and how to reach what they name. `retry_auth` tries refused accounts once more."""

    settings: Settings
    secrets: SecretSource
    retry_auth: bool = False

    def differently(
        self, *, protection: str | None, protocol: str | None, scheme: str | None, authentication: str | None
    ) -> Workplace:
        """The same with other ways of reaching the servers, where given. Raises SettingsError for what makes no sense."""
        told = self.settings.model_dump()
        given = {"protocol": protocol, "scheme": scheme, "authentication": authentication}
        told["remoting"] |= {name: value for name, value in given.items() if value is not None}
        if protection is not None:
            told["directory"]["protection"] = protection
        return replace(self, settings=checked(told))

    @property
    def domain(self) -> DistinguishedName:
        """The domain of the settings, as a distinguished name."""
        return DistinguishedName.parse(",".join(f"DC={label}" for label in self.settings.directory.domain.split(".")))

    @property
    def container(self) -> DistinguishedName:
        """The root user container."""
        given = self.settings.sync.container
        return DistinguishedName.parse(given) if given else self.domain.child("CN", "Users")

    def open_store(self) -> Store:
        """Open the state store of this domain. Raises StoreError."""
        given = self.settings.store.location
        default = platformdirs.user_data_path("jcad") / f"{self.settings.directory.domain.lower()}.db"
        return Store(given if "://" in given else Path(given) if given else default)

    def jumpcloud(self) -> JumpCloudReader:
        """A reader of JumpCloud. No request is made yet."""
        workers = self.settings.jumpcloud.connections
        return JumpCloudReader(self.cloud_address(), self._jumpcloud_key(), workers=workers)

    def cloud_address(self) -> Address:
        """Where JumpCloud is. Raises SettingsError."""
        told = self.settings.jumpcloud
        return Address(
            region=told.region.value,
            base_url=told.url,
            organisation=told.organisation,
            ca_file=told.ca_file,
            proxy=told.proxy,
        )

    def _jumpcloud_key(self) -> Secret | ClientCredentials:
        told = self.settings.jumpcloud
        if told.client_secret is None:
            return self._password(told.api_key, "JumpCloud's API key")
        token_url = told.token_url or ("" if told.url else TOKEN_URLS.get(told.region.value, ""))
        if not token_url:
            raise SettingsError(
                f"where a service account gets its tokens is not known for {told.url or told.region.value}",
                hint="set `token_url` in [jumpcloud]",
            )
        secret = self.secrets.resolve(told.client_secret, "the secret of JumpCloud's service account")
        return ClientCredentials(told.client_id, secret, token_url)

    def find_instance(self, jumpcloud: JumpCloudReader) -> AdInstance:
        """The AD instance that the settings name, by id or domain, or the only one. Raises JumpCloudError, GuardStopped."""
        wanted = self.settings.jumpcloud.instance
        instances = jumpcloud.instances()
        matching = [one for one in instances if not wanted or one.id == wanted or _same_domain(one.domain, wanted)]
        if len(matching) == 1:
            return matching[0]
        known = ", ".join(f"{one.id} ({one.domain})" for one in instances) or "none"
        if not wanted:
            raise JumpCloudError(
                f"The organisation has {len(instances)} AD instances: {known}.",
                hint="Name one as `instance` in jcad.toml.",
            )
        raise GuardStopped(
            f"The organisation has no AD instance {wanted!r}; it has: {known}. Nothing was written.",
            hint="Check `instance`, `organisation` and the API key in jcad.toml: they must be of one tenant.",
        )

    @contextlib.contextmanager
    def directory(self, store: Store) -> Iterator[DirectoryReader]:
        """A reader of the domain, logged in. A refusal is remembered in the store. Raises as DirectoryReader.connect does."""
        target = self.target()
        with self.logon(store, target.account, _proof(target.password, target.keytab)):
            reader = DirectoryReader.connect(target)
        with reader:
            yield reader

    def session(self, store: Store, dc: DomainController) -> Session:
        """Log on where scripts run, and open a session there. A refusal is remembered in the store.

        An account that writes but does not open the session is tried once, there: a wrong password would else be tried by
        every cmdlet of every script.
        """
        session = self.bare_session(store, self.endpoint(dc))
        writer = self.writer()
        if writer is None:
            return session
        try:
            with self.logon(store, writer.account, writer.password):
                require_writer(session, dc.name, writer)
        except BaseException:
            session.close()
            raise
        return WritingSession(session, writer)

    def bare_session(self, store: Store, endpoint: Endpoint, *, proved: bool = False) -> Session:
        """Log on at an endpoint; the account that writes is not tried. A refusal is remembered in the store.

        `proved` says that the account was let in before in this run, so that nothing need be asked of the store, or kept.
        """
        password = self.remoting_password()
        with self.logon(store, endpoint.user, _proof(password, endpoint.keytab or endpoint.key), proved=proved):
            return open_session(endpoint, password)

    def remoting_password(self) -> Secret:
        """The password of the account that opens sessions; an empty one where it logs on otherwise."""
        return self._password(self.settings.remoting.password, "the password of the remoting account")

    def writer(self) -> Credential | None:
        """The account that writes, where it is not the one that opens the session."""
        told = self.settings.remoting
        if not told.write_as or told.write_as.casefold() == told.user.casefold():
            return None
        return Credential(told.write_as, self._password(told.write_password, "the password of the account that writes"))

    def endpoint(self, dc: DomainController) -> Endpoint:
        """Where scripts run: the host of the settings, or the domain controller that was read."""
        return self.endpoint_at(dc.name, dc.host.address)

    def endpoint_at(self, controller: str, address: str) -> Endpoint:
        """Where scripts run that write this domain controller, which is at this address. Raises GuardStopped."""
        told = self.settings.remoting
        hops = bool(told.run_on) and told.run_on.casefold() != controller.casefold()
        if hops and self.writer() is None:
            raise GuardStopped(
                f"Scripts would run on {told.run_on} and write {controller}: a network logon cannot hop on, so the second "
                "server would refuse it. Nothing was written.",
                hint="Leave `run_on` empty, or name the account that writes (`write_as`, `write_password`), which the scripts "
                f"on {told.run_on} then use for {controller}.",
            )
        return self._endpoint(
            told.run_on if hops else controller,
            told.address or (self._address(told.run_on) if hops else address),
            told.configuration,
        )

    def host_endpoint(self, name: str, address: str = "", patience: int = 0) -> Endpoint:
        """Where scripts run that look after one host: on itself, with a full session, as the remoting account.

        `patience` are seconds that a script may be silent for, where that is more than `script_timeout`.
        """
        endpoint = self._endpoint(name, address or self._address(name), "Microsoft.PowerShell")
        return replace(endpoint, script_timeout=max(endpoint.script_timeout, patience))

    def _endpoint(self, host: str, address: str, configuration: str) -> Endpoint:
        told = self.settings.remoting
        return Endpoint(
            host=host,
            address=address,
            protocol=Protocol(told.protocol),
            scheme=told.scheme,
            port=told.port,
            authentication=Authentication(told.authentication),
            user=told.user,
            ca_file=str(told.ca_file) if told.ca_file else None,
            fingerprint=told.fingerprint or None,
            keytab=_keys(told.keytab, "the keytab of the remoting account"),
            domain=self.settings.directory.domain,
            certificate=str(told.certificate.expanduser()) if told.certificate else "",
            configuration=configuration,
            proxy=told.proxy,
            key=_keys(told.key, "the key of the remoting account's certificate"),
            connect_timeout=told.connect_timeout,
            operation_timeout=told.operation_timeout,
            read_timeout=told.operation_timeout + 10,
            script_timeout=told.script_timeout,
        )

    def _address(self, host: str) -> str:
        """Where a host is that is no domain controller: asked of the name server of the settings, if there is one."""
        return host_address(self.target(), host)

    def target(self) -> DirectoryTarget:
        """The directory of the settings, and how to log in there; its secrets are resolved."""
        told = self.settings.directory
        return DirectoryTarget(
            domain=told.domain,
            account=told.user,
            password=self._password(told.password, "the password of the directory account"),
            keytab=_keys(told.keytab, "the keytab of the directory account"),
            hosts=tuple(told.servers),
            nameserver=told.nameserver,
            protection=WireProtection(told.protection),
            port=told.port,
            trust=Trust(ca_file=told.ca_file, fingerprint=told.fingerprint),
            timeouts=Timeouts(connect=told.connect_timeout, read=told.read_timeout),
            insecure=told.insecure,
            page=told.page_size,
        )

    def _password(self, reference: SecretReference | None, what: str) -> Secret:
        """The password of the settings; an empty one where they give none, as Kerberos and certificates may."""
        return Secret("") if reference is None else self.secrets.resolve(reference, what)

    @contextlib.contextmanager
    def logon(self, store: Store, account: str, proof: Secret, *, proved: bool = False) -> Iterator[None]:
        """Refuse an account that was refused before, without trying it; remember a refusal; forget it once let in.

        `proof` is what the account logs on with; empty for a ticket of the cache, which no refusal makes worse. Where it was
        `proved` in this run there is nothing to look up, and nothing to forget.
        """
        if not (self.retry_auth or proved) and proof:
            store.refusals.check(account, proof)
        try:
            yield
        except AuthenticationFailed as error:
            if proof:
                store.refusals.remember(account, proof, error.code or "refused")
            raise
        if not proved:
            store.refusals.forget(account)


def _keys(path: Path | None, what: str) -> str:
    """The path of a file of keys, if there is one and nobody else can read it."""
    return "" if path is None else str(private_file(path, what))


def _proof(password: Secret, keys: str) -> Secret:
    """What is remembered of a refusal: the file of keys where there is one, as it comes before the password."""
    return file_mark(Path(keys), "the account's keys") if keys else password


def _same_domain(first: str, second: str) -> bool:
    try:
        one = DistinguishedName.parse(first)
        dotted = ",".join(f"DC={label}" for label in second.split("."))
        return one in (DistinguishedName.parse(second) if "=" in second else None, DistinguishedName.parse(dotted))
    except ValueError:
        return False
