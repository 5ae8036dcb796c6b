"""The scripts that change hosts: what each is given. Pure.

`verify-file` belongs to them, though it changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from jcad.powershell.hosts.fields import Entry, Field, Kind

_SHA256 = Field("sha256", Kind.TEXT, "The SHA-256 that the installer must have, in hexadecimal.")
_SIGNER = Field(
    "signer", Kind.TEXT, "Who must have signed it: the certificate's subject to the letter, or its thumbprint."
)
_SERVICE = Field("service", Kind.TEXT, "The agent's service, by its name.")
_RUN_AS = Field(
    "runAs", Kind.TEXT, r"The administrator (DOMAIN\user) as whom it runs: it is he who can upgrade it later."
)
_TIMEOUT = Field("timeout", Kind.NUMBER, "Seconds until it is stopped.", usual=900)
_LOG = Field("log", Kind.TEXT, "The file that it logs in; secrets in it are overwritten afterwards.", optional=True)

ENTRIES: Mapping[str, Entry] = {
    "control-agent": Entry(
        fields=(
            _SERVICE,
            Field("action", Kind.TEXT, "start, stop or restart.", usual="restart"),
            Field("timeout", Kind.NUMBER, "Seconds to wait for the service.", usual=60),
            Field("log", Kind.TEXT, "The agent's log, whose last error is shown if it fails.", optional=True),
        ),
    ),
    "restart-host": Entry(
        fields=(
            Field("boot", Kind.TEXT, "The last boot that was seen (2026-11-24T12:00:00Z): not if it has booted since."),
            Field("delay", Kind.NUMBER, "Seconds until it restarts.", usual=5),
        ),
    ),
    "run-installer": Entry(
        secret="the administrator who runs the installer",  # noqa: S106  - whose, not which
        each="secretNames",
        fields=(
            Field("installer", Kind.TEXT, "The path of the installer on this host."),
            _SHA256,
            _SIGNER,
            Field(
                "arguments",
                Kind.TEXT,
                "Its arguments, with {names} of values and secrets; {log} is the path of the log.",
            ),
            Field("values", Kind.TABLE, "The values, by name."),
            Field("secretNames", Kind.TEXTS, "The names of the secrets in the arguments."),
            _RUN_AS,
            _TIMEOUT,
            _LOG,
        ),
    ),
    "set-agent-configuration": Entry(
        fields=(
            _SERVICE,
            Field("path", Kind.TEXT, "The configuration file."),
            Field("expected", Kind.TABLE, "What the settings must be now, by path (MainLoop.X), as JSON."),
            Field("set", Kind.TABLE, "What the settings are to be, by path (MainLoop.X), as JSON."),
            Field("restart", Kind.TRUTH, "Whether a service that runs is stopped and started.", usual=True),
        ),
    ),
    "uninstall-agent": Entry(
        secret="the administrator who runs the uninstallation",  # noqa: S106  - whose, not which
        fields=(
            _SERVICE,
            Field("productCode", Kind.TEXT, "The product code, {...}.", optional=True),
            Field("uninstall", Kind.TEXT, "The uninstall command, where there is no product code.", optional=True),
            _RUN_AS,
            _TIMEOUT,
            _LOG,
        ),
    ),
    "verify-file": Entry(
        writes=False,
        fields=(Field("path", Kind.TEXT, "The path of the file on this host."), _SHA256, _SIGNER),
    ),
}
