"""The scripts that read hosts: what each is given. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from jcad.powershell.hosts.fields import Entry, Field, Kind

ENTRIES: Mapping[str, Entry] = {
    "check-controller": Entry(writes=False),
    "collect-support": Entry(
        fields=(
            Field(
                "folder",
                Kind.TEXT,
                "The folder for the zip file, for administrators alone; it is made where there is none.",
                usual="C:\\ProgramData\\jcad",
            ),
        ),
    ),
    "inspect-host": Entry(
        writes=False,
        fields=(
            Field(
                "jumpcloud",
                Kind.TEXT,
                "JumpCloud's host, to be tried on port 443.",
                optional=True,
                usual="console.jumpcloud.com",
            ),
            Field(
                "time_source",
                Kind.TEXT,
                "The domain controller whose clock this host's is compared with.",
                optional=True,
            ),
            Field("ldaps", Kind.TEXT, "The domain controller to be tried on port 636.", optional=True),
        ),
    ),
    "read-agent-log": Entry(
        writes=False,
        fields=(
            Field("path", Kind.TEXT, "The log file."),
            Field("offset", Kind.NUMBER, "Where to begin, in bytes; -1: its end.", usual=-1),
            Field("bytes", Kind.NUMBER, "How many bytes to read at most.", usual=65_536),
            Field(
                "mark",
                Kind.TEXT,
                "The mark of an earlier answer, to notice a log that was started anew.",
                optional=True,
            ),
        ),
    ),
}
