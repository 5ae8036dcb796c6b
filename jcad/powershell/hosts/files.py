"""The scripts that carry files to hosts and back: what each is given. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from jcad.powershell.hosts.fields import Entry, Field, Kind

_FOLDER = Field(
    "folder", Kind.TEXT, "the staging folder of the host: a whole path, for administrators and SYSTEM alone"
)
_NAME = Field("name", Kind.TEXT, "the name of the file there, without a folder")
_SHA256 = Field("sha256", Kind.TEXT, "the SHA-256 of the file: 64 hexadecimal digits, in small letters")

ENTRIES: Mapping[str, Entry] = {
    "fetch-file": Entry(
        fields=(
            _FOLDER,
            _NAME,
            _SHA256,
            Field("source", Kind.TEXT, "where the host fetches it: \\\\server\\share\\... or https://..."),
            Field(
                "proxy", Kind.TEXT, "the proxy of the host, http://HOST:PORT; else what the host uses", optional=True
            ),
            Field("timeout", Kind.NUMBER, "seconds of silence after which it gives up", usual=60),
        )
    ),
    "receive-file": Entry(
        fields=(
            _FOLDER,
            _NAME,
            Field("size", Kind.NUMBER, "the size of the whole file in bytes"),
            _SHA256,
            Field(
                "offset", Kind.NUMBER, "from which byte on the pipeline's bytes are written; -1 to look only", usual=-1
            ),
        )
    ),
    "remove-file": Entry(
        fields=(
            _FOLDER,
            Field(
                "name",
                Kind.TEXT,
                "the name of the file; without one the folder is removed if it is empty",
                optional=True,
            ),
        )
    ),
    "send-file": Entry(
        fields=(
            _FOLDER,
            _NAME,
            Field("offset", Kind.NUMBER, "from which byte on it is sent", usual=0),
            Field("prefix", Kind.TEXT, "the SHA-256 of the bytes before it", optional=True),
        ),
        writes=False,
    ),
}
