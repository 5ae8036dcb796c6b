"""Looks at one domain again and again: all of it the first time, then what has changed. Reads through a DirectoryReader."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from jcad.adsync import DirectorySide
from jcad.adsync.changes import updated
from jcad.directory import DirectoryReader
from jcad.model import Sid
from jcad.runs.fitting import require_fitting
from jcad.runs.observe import further_attributes, never_written, read_domain
from jcad.settings import Settings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """How the domain was read the last time: `why` a full reading was made, or empty, and how many entries came.

    `compared` is how many GUIDs were read beside them, to see what was deleted.
    """

    why: str = ""
    entries: int = 0
    compared: int = 0

    @property
    def full(self) -> bool:
        """Whether everything was read."""
        return bool(self.why)


@dataclass(frozen=True, slots=True)
class _Mark:
    """Which copy of which domain a USN counts in: it means nothing in any other (MS-ADTS 3.1.1.1.9)."""

    domain: Sid
    invocation: UUID
    dc: str


@dataclass(kw_only=True)
class DomainWatch:
    """The domain's side as it was read last, brought up to date by each `read`. `full_every` is in seconds."""

    full_every: float
    clock: Callable[[], float] = time.monotonic
    look: Look = field(default=Look(), init=False)
    _side: DirectorySide | None = field(default=None, init=False)
    _mark: _Mark | None = field(default=None, init=False)
    _usn: int = field(default=0, init=False)
    _read_with: object = field(default=None, init=False)
    _full_at: float = field(default=0.0, init=False)
    _fitting: object = field(default=None, init=False)

    def read(self, directory: DirectoryReader, settings: Settings) -> DirectorySide:
        """The domain's side as of now. Raises what reading raises; the next time everything is read then."""
        dc = directory.dc
        mark = _Mark(dc.domain_sid, dc.invocation_id, dc.name)
        extra = further_attributes(settings)
        read_with = (extra, dict(never_written(settings)))
        self._require_fitting(directory, settings, mark)
        side, self._side = self._side, None  # kept only when this look comes to its end
        why = self._why_full(side, mark, read_with)
        if not why and side is not None:
            changes = directory.changes(self._usn, extra, known=len(side.guids_by_dn))
            if changes.usn < self._usn:
                why = f"the USN of {dc.name} went back from {self._usn} to {changes.usn}"
            elif changes.containers:
                why = "a container was changed"
            else:
                side = updated(side, changes)
                self._usn, self._side = changes.usn, side
                self.look = Look(entries=changes.entries, compared=len(changes.present or ()))
                return side
        usn = directory.highest_usn()
        side = read_domain(directory, settings)
        self._usn, self._side, self._mark, self._read_with = usn, side, mark, read_with
        self._full_at = self.clock()
        self.look = Look(why, len(side.guids_by_dn))
        _log.info("domain read whole", dc=dc.name, why=why, entries=self.look.entries)
        return side

    def _require_fitting(self, directory: DirectoryReader, settings: Settings, mark: _Mark) -> None:
        """Hold the mapping against the schema, once for each mapping and domain controller. Raises GuardStopped."""
        fitting = (mark, settings.sync.mapping)
        if fitting != self._fitting:
            require_fitting(directory, settings)
            self._fitting = fitting

    def _why_full(self, side: DirectorySide | None, mark: _Mark, read_with: object) -> str:
        """Why everything must be read, or an empty text."""
        if self._mark is None:
            return "it is the first time"
        if mark.domain != self._mark.domain:
            return "it is another domain"
        if mark != self._mark:
            same = mark.dc == self._mark.dc
            return f"the database of {mark.dc} was replaced" if same else f"{mark.dc} took the place of {self._mark.dc}"
        if side is None:
            return "the last look was not finished"
        if read_with != self._read_with:
            return "the settings ask for something else"
        return "its time had come" if self.clock() - self._full_at >= self.full_every else ""
