"""The accepting side of SPNEGO (RFC 4178, MS-SPNG) around NTLM, for one connection. Raw NTLM tokens pass as they are.

Sans-I/O. A client that prefers Kerberos is told to go on with NTLM if it offers that; Kerberos alone is refused.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from spnego._context import GSSMech
from spnego._spnego import NegState, NegTokenInit, NegTokenResp, pack_mech_type_list, unpack_token
from spnego.exceptions import SpnegoError

from jcad.lab.endpoint.logon import BAD_TOKEN, LogonRefused
from jcad.lab.endpoint.ntlm import SIGNATURE, NtlmAcceptor

if TYPE_CHECKING:
    from jcad.lab.endpoint.sealing import Keys
    from jcad.lab.login import Login

_NTLM: Final = GSSMech.ntlm.value


class NegotiateAcceptor:
    """One Negotiate exchange; complete once the NTLM acceptor inside it has a login."""

    def __init__(self, ntlm: NtlmAcceptor) -> None:
        self.ntlm = ntlm
        self._mechanisms: list[str] = []
        self._signature_needed = False

    @property
    def login(self) -> Login | None:
        """Who has logged on, once the exchange is complete."""
        return self.ntlm.login

    @property
    def keys(self) -> Keys:
        """The keys of the finished exchange."""
        return self.ntlm.keys

    def step(self, token: bytes) -> bytes | None:
        """Take the client's next token, give the answer, if there is one. Raises `LogonRefused`."""
        if token.startswith(SIGNATURE):
            return self.ntlm.step(token)
        try:
            message = unpack_token(token)
        except (SpnegoError, ValueError, IndexError, struct.error) as error:
            raise LogonRefused(BAD_TOKEN, f"the Negotiate token cannot be read: {error}") from error
        if isinstance(message, NegTokenInit):
            return self._first(message)
        if isinstance(message, NegTokenResp) and self._mechanisms:
            return self._next(message)
        raise LogonRefused(BAD_TOKEN, "the token is neither SPNEGO nor NTLM")

    def _first(self, message: NegTokenInit) -> bytes:
        self._mechanisms = list(message.mech_types)
        if _NTLM not in self._mechanisms:
            raise LogonRefused(BAD_TOKEN, f"none of the client's mechanisms is NTLM: {', '.join(self._mechanisms)}")
        if self._mechanisms[0] != _NTLM:
            self._signature_needed = True
            return _answer(NegState.request_mic, supported=_NTLM)
        answer = self.ntlm.step(message.mech_token) if message.mech_token else None
        return _answer(NegState.accept_incomplete, supported=_NTLM, token=answer)

    def _next(self, message: NegTokenResp) -> bytes:
        answer = self.ntlm.step(message.response_token or b"")
        if self.ntlm.login is None:
            return _answer(NegState.accept_incomplete, token=answer)
        return _answer(NegState.accept_complete, signature=self._exchange_signatures(message.mech_list_mic))

    def _exchange_signatures(self, signature: bytes | None) -> bytes | None:
        if signature is None:
            if self._signature_needed:
                self.ntlm.login = None
                raise LogonRefused(BAD_TOKEN, "the client did not sign its list of mechanisms")
            return None
        mechanisms = pack_mech_type_list(self._mechanisms)
        try:
            self.ntlm.keys.verify_mechanisms(mechanisms, signature)
        except ValueError as error:
            self.ntlm.login = None
            raise LogonRefused(BAD_TOKEN, "the list of mechanisms was changed on its way") from error
        return self.ntlm.keys.sign_mechanisms(mechanisms)


def _answer(
    state: NegState, *, supported: str | None = None, token: bytes | None = None, signature: bytes | None = None
) -> bytes:
    answer = NegTokenResp(neg_state=state, supported_mech=supported, response_token=token, mech_list_mic=signature)
    return answer.pack()
