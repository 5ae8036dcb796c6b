"""Warm sessions on many hosts, one on each. The account logs on alone first, so that a wrong password counts once.

Touches the directory (one bind) and the hosts, through remoting.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from jcad.directory import DirectoryReader
from jcad.errors import AuthenticationFailed, ConnectionFailed
from jcad.model import Secret
from jcad.remoting import Session
from jcad.runs.logon import log_on
from jcad.runs.workplace import Workplace
from jcad.store import Store

_MAY_NOT_LOG_ON_HERE: Final = frozenset({"530", "531"})
"""Refusals of a right password: not at this hour, not from this workstation (ERROR_INVALID_LOGON_HOURS and _WORKSTATION)."""

Opener = Callable[[str], Session]
"""Opens a session on a host, by its DNS name."""


@dataclass
class _Seat:
    """The one session of a host, and whose turn it is."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    session: Session | None = None


class HostSessions:
    """One warm session on each host: `with sessions.lease("srv1.corp.example") as session:`. Thread-safe.

    A session that was left through an exception is closed, not used again. `close()` may be called from any thread, and
    ends what is under way; who comes later gets ConnectionFailed.
    """

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._lock = threading.Lock()
        self._seats: dict[str, _Seat] = {}
        self._closed = False

    @contextlib.contextmanager
    def lease(self, host: str) -> Iterator[Session]:
        """The host's session for as long as the block lasts. Raises what opening one raises."""
        seat = self._seat(host)
        with seat.turn:
            session = self._open(host, seat)
            try:
                yield session
            except BaseException:
                self._drop(seat)
                raise

    def forget(self, host: str) -> None:
        """Give the host's session up: it is about to restart."""
        seat = self._seat(host)
        with seat.turn:
            self._drop(seat)

    def close(self) -> None:
        """Close every session."""
        with self._lock:
            self._closed = True
            sessions = [seat.session for seat in self._seats.values() if seat.session is not None]
            for seat in self._seats.values():
                seat.session = None
        _close_all(sessions)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _seat(self, host: str) -> _Seat:
        with self._lock:
            return self._seats.setdefault(host.lower(), _Seat())

    def _open(self, host: str, seat: _Seat) -> Session:
        with self._lock:
            if self._closed:
                raise ConnectionFailed("the sessions with the hosts were closed")
            if seat.session is not None:
                return seat.session
        session = self._opener(host)
        if not self._keep(seat, session):
            session.close()
            raise ConnectionFailed("the sessions with the hosts were closed")
        return session

    def _keep(self, seat: _Seat, session: Session) -> bool:
        """Keep a session that was opened; False where all were closed meanwhile."""
        with self._lock:
            if not self._closed:
                seat.session = session
            return not self._closed

    def _drop(self, seat: _Seat) -> None:
        with self._lock:
            session, seat.session = seat.session, None
        if session is not None:
            session.close()


def _close_all(sessions: list[Session]) -> None:
    """Close them side by side: each takes a request to its host, and one may be gone."""
    threads = [threading.Thread(target=session.close, name="close", daemon=True) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@dataclass(kw_only=True)
class HostLogon:
    """Logs the remoting account on at hosts. `addresses` are those of the settings, by DNS name.

    `patience` are seconds that a script on a host may be silent for.
    """

    workplace: Workplace
    store: Store
    addresses: Mapping[str, str] = field(default_factory=dict)
    patience: int = 0
    proved: bool = False
    """Whether the account was let in already in this run: by a domain controller, or by a first host."""

    def prove(self, directory: DirectoryReader) -> bool:
        """Try the account at the domain controller that is read, where it can be tried there: one bind, and no more.

        Where not (a local account, a ticket, a certificate) nothing is tried, and the first host must be asked alone. Raises
        AuthenticationFailed, which is remembered.
        """
        if not self.proved and (password := self._domain_password(directory)) is not None:
            account = self.workplace.settings.remoting.user
            told = self.workplace.settings.directory
            target = self.workplace.target()
            if account.casefold() != told.user.casefold() or password != target.password:
                self._bind(directory, account, password)
            self.proved = True
        return self.proved

    def try_account(self, directory: DirectoryReader, account: str, password: Secret) -> None:
        """Log an account on at the domain controller once, where it is one of this domain, before many hosts use its password.

        A wrong one would else count once for each host, and lock the account. Raises AuthenticationFailed, which is remembered.
        """
        if not _is_of_domain(directory, self.workplace.settings.directory.domain, account):
            return
        try:
            self._bind(directory, account, password)
        except AuthenticationFailed as error:
            if error.code not in _MAY_NOT_LOG_ON_HERE:
                raise
            self.store.refusals.forget(account)

    def _bind(self, directory: DirectoryReader, account: str, password: Secret) -> None:
        log_on(self.workplace, self.store, directory.dc.name, account, password).close()

    def _domain_password(self, directory: DirectoryReader) -> Secret | None:
        """The account's password, if it is one of this domain that logs on by a password."""
        told = self.workplace.settings.remoting
        here = _is_of_domain(directory, self.workplace.settings.directory.domain, told.user)
        if told.password is None or told.keytab is not None or not here:
            return None
        return self.workplace.remoting_password()

    def open(self, host: str) -> Session:
        """Open a session on a host. Raises as `remoting.open_session` does; a refusal is remembered."""
        endpoint = self.workplace.host_endpoint(host, self.addresses.get(host, ""), self.patience)
        session = self.workplace.bare_session(self.store, endpoint, proved=self.proved)
        self.proved = True
        return session


def _is_of_domain(directory: DirectoryReader, domain: str, account: str) -> bool:
    r"""Whether a logon name is of this domain, or not of another that is named: `CORP\admin`, `admin@corp.example`."""
    own, backslash, _ = account.rpartition("\\")
    if not backslash:
        return "@" in account
    return own.casefold() in {directory.netbios_name().casefold(), domain.casefold()}
