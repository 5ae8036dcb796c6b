"""Sessions for several workers on one host: a bounded number, each used by one worker at a time.

The first logon is made alone. Where it is refused nobody else tries, and everybody gets the same refusal.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

from jcad.errors import AuthenticationFailed, ConnectionFailed
from jcad.remoting.session import Session


class Sessions:
    """At most `limit` sessions, made by `opener`. `with sessions.lease() as session:` waits for a free one, or opens it.

    A session that a worker left through an exception is closed, not used again. `close()` may be called from any
    thread: it closes all sessions, also those at work, and workers that wait get ConnectionFailed.
    """

    def __init__(self, opener: Callable[[], Session], limit: int) -> None:
        if limit < 1:
            raise ValueError("there must be room for one session")
        self._opener = opener
        self._changed = threading.Condition()
        self._free: list[Session] = []
        self._leased: list[Session] = []
        self._room = limit
        self._proved = False
        self._opening_first = False
        self._refusal: AuthenticationFailed | None = None
        self._closed = False

    @contextmanager
    def lease(self) -> Iterator[Session]:
        """One session for as long as the block lasts. Raises what opening a session raises."""
        session = self._take()
        try:
            yield session
        except BaseException:
            self._give_up(session)
            raise
        self._give_back(session)

    def close(self) -> None:
        """Close every session."""
        with self._changed:
            self._closed = True
            sessions = [*self._free, *self._leased]
            self._free.clear()
            self._changed.notify_all()
        for session in sessions:
            session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _take(self) -> Session:
        with self._changed:
            self._changed.wait_for(self._can_go_on)
            self._check()
            if self._free:
                session = self._free.pop()
                self._leased.append(session)
                return session
            self._room -= 1
            self._opening_first = not self._proved
        return self._open()

    def _can_go_on(self) -> bool:
        if self._closed or self._refusal is not None or self._free:
            return True
        return self._room > 0 and not self._opening_first

    def _check(self) -> None:
        if self._refusal is not None:
            raise self._refusal
        if self._closed:
            raise ConnectionFailed("the sessions with the host were closed")

    def _open(self) -> Session:
        session: Session | None = None
        try:
            session = self._opener()
        except AuthenticationFailed as error:
            self._refusal = error
            raise
        finally:
            with self._changed:
                self._opening_first = False
                if session is None:
                    self._room += 1
                else:
                    self._proved = True
                    self._leased.append(session)
                closed = self._closed
                self._changed.notify_all()
        if closed:
            self._give_up(session)
            self._check()
        return session

    def _give_back(self, session: Session) -> None:
        with self._changed:
            self._leased.remove(session)
            if not self._closed:
                self._free.append(session)
            self._changed.notify()

    def _give_up(self, session: Session) -> None:
        with self._changed:
            with suppress(ValueError):
                self._leased.remove(session)
            self._room += 1
            self._changed.notify()
        session.close()
