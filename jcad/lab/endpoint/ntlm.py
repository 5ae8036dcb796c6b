"""The accepting side of NTLM (MS-NLMP), for one connection: challenge, proof of the password, signing and sealing.

Sans-I/O: tokens in, tokens out. pyspnego's own acceptor reads its users from a file that an environment variable names
for the whole process; this one asks the domain for the account's current NT hash, and knows no password. Messages and
cryptographic operations are pyspnego's. NTLM version 1, and anything without extended session security, is refused.
"""

from __future__ import annotations

import hmac
import os
import struct
from dataclasses import dataclass
from typing import Final

from spnego._ntlm_raw import crypto, security
from spnego._ntlm_raw.messages import (
    Authenticate,
    AvFlags,
    AvId,
    Challenge,
    FileTime,
    Negotiate,
    NegotiateFlags,
    NTClientChallengeV2,
    TargetInfo,
    Version,
)
from spnego.exceptions import SpnegoError

from jcad.lab.endpoint.logon import BAD_BINDINGS, BAD_TOKEN, LogonRefused, admit, find
from jcad.lab.login import Accounts, Login

SIGNATURE: Final = b"NTLMSSP\x00"
_MIC: Final = slice(72, 88)  # MS-NLMP 2.2.1.3: behind the version, which every client that sends a MIC sends too
_NO_BINDINGS: Final = bytes(16)


@dataclass(frozen=True, slots=True)
class HostNames:
    """How a host names itself in a challenge, made of its DNS name: `dc1.lab.jcad.test` is DC1 of LAB."""

    dns: str

    @property
    def computer(self) -> str:
        """The NetBIOS name of the host."""
        return self.dns.partition(".")[0].upper()

    @property
    def domain_dns(self) -> str:
        """The DNS name of its domain."""
        return self.dns.partition(".")[2]

    @property
    def domain(self) -> str:
        """The NetBIOS name of its domain; of a host without one, its own."""
        return self.domain_dns.partition(".")[0].upper() or self.computer

    def target_info(self) -> TargetInfo:
        """What the challenge tells about the host (MS-NLMP 2.2.2.1)."""
        info = TargetInfo()
        info[AvId.nb_domain_name] = self.domain
        info[AvId.nb_computer_name] = self.computer
        info[AvId.dns_domain_name] = self.domain_dns or self.dns
        info[AvId.dns_computer_name] = self.dns
        info[AvId.timestamp] = FileTime.now()
        return info


class NtlmAcceptor:
    """One exchange and, once `login` is set, the security context that it made.

    `bindings` is the MD5 of the TLS channel's bindings, None where the channel has none. With `bindings_required` a
    client that sends none is refused (CbtHardeningLevel Strict), else only one that sends wrong ones (Relaxed).
    """

    def __init__(
        self, accounts: Accounts, names: HostNames, bindings: bytes | None, *, bindings_required: bool = True
    ) -> None:
        self._accounts = accounts
        self._names = names
        self._bindings = bindings
        self._bindings_required = bindings_required
        self._negotiate = b""
        self._challenge = b""
        self._server_challenge = b""
        self._keys: _SessionKeys | None = None
        self.login: Login | None = None

    def step(self, token: bytes) -> bytes | None:
        """Take the client's next token, give the answer; None when the exchange is over. Raises `LogonRefused`."""
        try:
            if not self._challenge:
                return self._answer_negotiate(token)
            self._accept_authenticate(token)
        except (SpnegoError, ValueError, LookupError, struct.error) as error:
            raise LogonRefused(BAD_TOKEN, f"the NTLM token cannot be read: {error}") from error
        return None

    def _answer_negotiate(self, token: bytes) -> bytes:
        asked = Negotiate.unpack(token).flags
        if not asked & NegotiateFlags.unicode or not asked & NegotiateFlags.extended_session_security:
            raise LogonRefused(BAD_TOKEN, "the client asks for NTLM without Unicode or extended session security")
        flags = asked & ~(NegotiateFlags.oem | NegotiateFlags.lm_key)
        flags |= NegotiateFlags.request_target | NegotiateFlags.ntlm | NegotiateFlags.always_sign
        flags |= NegotiateFlags.target_info | NegotiateFlags.target_type_domain
        self._server_challenge = os.urandom(8)
        version = Version(10, 0, 20348) if flags & NegotiateFlags.version else None
        challenge = Challenge(
            flags,
            self._server_challenge,
            target_name=self._names.domain,
            target_info=self._names.target_info(),
            version=version,
        )
        self._negotiate, self._challenge = token, challenge.pack()
        return self._challenge

    def _accept_authenticate(self, token: bytes) -> None:
        message = Authenticate.unpack(token)
        response = message.nt_challenge_response or b""
        if not message.user_name or len(response) <= 24:
            raise LogonRefused(BAD_TOKEN, "anonymous logons and NTLM version 1 are not accepted")
        name = f"{message.domain_name}\\{message.user_name}" if message.domain_name else message.user_name
        login = find(self._accounts, name)
        proof = NTClientChallengeV2.unpack(response[16:])
        expected, _, key = crypto.compute_response_v2(
            crypto.ntowfv2(message.user_name, login.nt_hash, message.domain_name),
            self._server_challenge,
            proof.challenge_from_client,
            proof.time_stamp,
            proof.av_pairs,
        )
        right = hmac.compare_digest(expected, response)
        login = admit(self._accounts, login, right_password=right, mechanism="ntlm")
        self._check_bindings(proof.av_pairs)
        if message.flags & NegotiateFlags.key_exch and message.flags & (NegotiateFlags.sign | NegotiateFlags.seal):
            key = crypto.rc4k(key, message.encrypted_random_session_key or b"")
        if proof.av_pairs.get(AvId.flags, AvFlags(0)) & AvFlags.mic:
            self._check_mic(key, token)
        self._keys = _SessionKeys.derive(message.flags, key)
        self.login = login

    def _check_bindings(self, pairs: TargetInfo) -> None:
        if self._bindings is None:
            return
        sent = pairs.get(AvId.channel_bindings, _NO_BINDINGS)
        if sent == _NO_BINDINGS:
            if self._bindings_required:
                raise LogonRefused(BAD_BINDINGS, "the client sent no channel bindings")
        elif not hmac.compare_digest(sent, self._bindings):
            raise LogonRefused(BAD_BINDINGS, "the client's channel bindings are those of another certificate")

    def _check_mic(self, key: bytes, token: bytes) -> None:
        unsigned = token[: _MIC.start] + bytes(16) + token[_MIC.stop :]
        expected = crypto.hmac_md5(key, self._negotiate + self._challenge + unsigned)
        if not hmac.compare_digest(expected, token[_MIC]):
            raise LogonRefused(BAD_TOKEN, "the integrity code of the NTLM exchange is wrong")

    @property
    def keys(self) -> _SessionKeys:
        """The keys of the finished exchange."""
        if self._keys is None:
            raise LogonRefused(BAD_TOKEN, "the NTLM exchange is not complete")
        return self._keys


@dataclass(slots=True)
class _SessionKeys:
    """Signing and sealing after the exchange (MS-NLMP 3.4): RC4 streams and sequence numbers each way."""

    flags: int
    sign_out: bytes
    sign_in: bytes
    seal_out: crypto.RC4Handle
    seal_in: crypto.RC4Handle
    sent: int = 0
    received: int = 0

    @classmethod
    def derive(cls, flags: int, key: bytes) -> _SessionKeys:
        return cls(
            flags,
            crypto.signkey(flags, key, "accept"),
            crypto.signkey(flags, key, "initiate"),
            crypto.rc4init(crypto.sealkey(flags, key, "accept")),
            crypto.rc4init(crypto.sealkey(flags, key, "initiate")),
        )

    def seal(self, message: bytes) -> tuple[bytes, bytes]:
        """The signature (16 bytes) and the sealed message."""
        sealed, signature = security.seal(self.flags, self.seal_out, self.sign_out, self.sent, message)
        self.sent += 1
        return signature, sealed

    def unseal(self, signature: bytes, sealed: bytes) -> bytes:
        """The message. Raises `ValueError` where the signature is not that of the message."""
        message = self.seal_in.update(sealed)
        self._verify(message, signature)
        return message

    def _verify(self, message: bytes, signature: bytes) -> None:
        expected = security.sign(self.flags, self.seal_in, self.sign_in, self.received, message)
        self.received += 1
        if not hmac.compare_digest(expected, signature):
            raise ValueError("the signature of a sealed message is wrong")

    def verify_mechanisms(self, mechanisms: bytes, signature: bytes) -> None:
        """Check the client's signature of its list of mechanisms (RFC 4178, 5); the stream starts anew behind it."""
        self._verify(mechanisms, signature)
        self.seal_in.reset()

    def sign_mechanisms(self, mechanisms: bytes) -> bytes:
        """Sign the list of mechanisms; the stream starts anew behind it."""
        signature = security.sign(self.flags, self.seal_out, self.sign_out, self.sent, mechanisms)
        self.sent += 1
        self.seal_out.reset()
        return signature
