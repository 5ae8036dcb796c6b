"""The accepting side of Kerberos (RFC 4121), raw or in SPNEGO, for one connection: MIT's library, with the host's own keytab.

Reads the keytab. What a ticket says is believed: whether its account may log on the KDC has judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.endpoint.logon import BAD_BINDINGS, BAD_TOKEN, LogonRefused, find

if TYPE_CHECKING:
    from pathlib import Path

    from jcad.lab.login import Accounts, Login

_KERBEROS: Final = bytes.fromhex("06092a864886f712010202")
_KERBEROS_MICROSOFT: Final = bytes.fromhex("06092a864882f712010202")
_SPNEGO: Final = bytes.fromhex("06062b0601050502")
_NTLM: Final = bytes.fromhex("060a2b06010401823702020a")
_NEAR: Final = 64
_CHANNEL_BOUND: Final = 2048  # GSS_C_CHANNEL_BOUND_FLAG: the initiator sent bindings, and they were compared


def is_kerberos(token: bytes) -> bool:
    """Whether a client's first token is Kerberos, or SPNEGO whose first mechanism is."""
    head = token[:_NEAR]
    if head.find(_SPNEGO) < 0:
        return _KERBEROS in head
    places = [place for each in (_KERBEROS, _KERBEROS_MICROSOFT) if (place := head.find(each)) >= 0]
    ntlm = head.find(_NTLM)
    return bool(places) and (ntlm < 0 or min(places) < ntlm)


class KerberosAcceptor:
    """One exchange and, once `login` is set, the security context that it made.

    `channel` are the bindings of the TLS channel (RFC 5929), None where there is none. With `bindings_required` a client
    that sends none is refused, else only one that sends wrong ones.
    """

    def __init__(self, accounts: Accounts, keytab: Path, channel: bytes | None, *, bindings_required: bool) -> None:
        gssapi = _library()
        self._gssapi = gssapi
        self._accounts = accounts
        self._bindings_required = bindings_required and channel is not None
        store = {b"keytab": str(keytab).encode(), b"rcache": b"none:"}
        credentials = gssapi.raw.acquire_cred_from(store, usage="accept").creds
        bindings = None if channel is None else gssapi.raw.ChannelBindings(application_data=channel)
        self._context: Any = gssapi.SecurityContext(
            creds=gssapi.Credentials(base=credentials), usage="accept", channel_bindings=bindings
        )
        self._context.__DEFER_STEP_ERRORS__ = False  # else python-gssapi raises what went wrong one call too late
        self.login: Login | None = None

    def step(self, token: bytes) -> bytes | None:
        """Take the client's next token, give the answer, if there is one. Raises `LogonRefused`."""
        errors = self._gssapi.exceptions
        try:
            answer: bytes | None = self._context.step(token)
        except errors.BadChannelBindingsError as error:
            raise LogonRefused(
                BAD_BINDINGS, "the client's channel bindings are those of another certificate"
            ) from error
        except errors.GSSError as error:
            raise LogonRefused(BAD_TOKEN, f"the Kerberos token is not taken: {error}") from error
        if self._context.complete:
            self.login = self._admit()
        return answer

    def _admit(self) -> Login:
        if self._bindings_required and not int(self._context.actual_flags) & _CHANNEL_BOUND:
            raise LogonRefused(BAD_BINDINGS, "the client sent no channel bindings")
        name = str(self._context.initiator_name).rstrip("\x00")
        found = find(self._accounts, name)
        return found.by("kerberos")

    @property
    def keys(self) -> KerberosAcceptor:
        """What seals messages: this context itself."""
        return self

    def seal(self, message: bytes) -> tuple[bytes, bytes]:
        """The token's header and the sealed message (RFC 4121 4.2.4; as MS-WSMV 2.2.9.1 carries it)."""
        raw = self._gssapi.raw
        buffers = raw.IOV(raw.IOVBufferType.header, message, raw.IOVBufferType.padding, std_layout=False)
        raw.wrap_iov(self._context, buffers, confidential=True)
        if buffers[2].value:
            raise LabUnsupported("Kerberos encryption that pads messages (RC4)")
        return bytes(buffers[0].value), bytes(buffers[1].value)

    def unseal(self, signature: bytes, sealed: bytes) -> bytes:
        """The message. Raises `ValueError` where the signature is not that of the message."""
        raw = self._gssapi.raw
        buffers = raw.IOV(
            (raw.IOVBufferType.header, False, signature), sealed, raw.IOVBufferType.data, std_layout=False
        )
        try:
            raw.unwrap_iov(self._context, buffers)
        except self._gssapi.exceptions.GSSError as error:
            raise ValueError(f"a sealed message does not verify: {error}") from error
        return bytes(buffers[1].value)


def _library() -> Any:
    try:
        import gssapi  # noqa: PLC0415  - only a lab that is asked for Kerberos needs it
    except ImportError as error:
        raise LabUnsupported(f"Kerberos without the gssapi package ({error})") from error
    return gssapi
