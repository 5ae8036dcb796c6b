"""Recorded PSRP sessions played against the endpoint's PSRP layer: what the server sends, in the recorded form.

`answer(record)` opens a shell (no socket, no HTTP), sends what the record's client sent, each message when the record's
order says so, and gives the server's messages in the order sent. A record is as `docs/psrp-agreement.md` describes it.
The edition is 7, without Windows: what the recordings were made on.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from psrpcore._crypto import PSRemotingCrypto, create_keypair, decrypt_session_key

from jcad.errors import LabError, LabUnsupported
from jcad.lab.endpoint import clientmessages
from jcad.lab.endpoint.interpreter import InterpreterRunspace
from jcad.lab.endpoint.psrp import PsrpShell
from jcad.lab.endpoint.wsman import ConnectionDropped, Fault
from jcad.lab.faults import Faults
from jcad.lab.login import Login
from jcad.lab.powershell.engine import Engine
from jcad.lab.powershell.values import SecureString

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from psrpcore.types import PSRPMessageType

_PATIENCE: Final = 20.0
_QUIET: Final = 2.5  # a session whose pipeline says nothing for so long is closed while it runs
_BEGUN: Final = 0.5
_STARTING: Final = 5.0  # the first word of a script that will be stopped, on a busy machine
_OWNER: Final = Login("user", "HOST", "S-1-5-21-1-2-3-1000", bytes(16))
_SEALED: Final = re.compile(r"ENCRYPTED\((\d+)\)")
_NUMBERS: Final = re.compile(r"PROCESSID|NATIVETHREADID|MANAGEDTHREADID")
_OPENING: Final = ("SESSION_CAPABILITY", "INIT_RUNSPACEPOOL")


def answers(lines: Iterable[str]) -> Iterator[str]:
    """One line of JSON per record. Raises `LabError`, naming the line that is no record."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            identity = record["id"]
        except (ValueError, KeyError, TypeError) as error:
            raise LabError(
                f"Line {number} of the recorded sessions is no record: {error!r}",
                hint="each line is a JSON object with an id and a script, scripts or the client's messages",
            ) from error
        yield json.dumps({"id": identity, **answer(record)}, ensure_ascii=False)


def answer(record: Mapping[str, Any]) -> dict[str, Any]:
    """The server's messages to one record, or what of it is refused by name."""
    session = _Session(record)
    try:
        session.play()
    except LabUnsupported as error:
        return {"refused": error.what}
    except (Fault, ConnectionDropped) as error:
        return {"refused": f"the session was ended: {error}"}
    finally:
        session.end()
    refused = session.refusal()
    return {"refused": refused} if refused else {"server": session.sent}


@dataclass(slots=True)
class _Session:
    """One session: who speaks next is said by the record."""

    record: Mapping[str, Any]
    sent: list[dict[str, Any]] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _pool: uuid.UUID = field(default_factory=uuid.uuid4)
    _pipelines: dict[str, uuid.UUID] = field(default_factory=dict)
    _number: int = 0
    _ended: int = 0
    _over: bool = False
    _cipher: PSRemotingCrypto = field(default_factory=PSRemotingCrypto)
    _key: Any = None
    _shell: PsrpShell = field(init=False)

    def __post_init__(self) -> None:
        self._shell = PsrpShell(
            str(self._pool),
            "",
            _OWNER,
            host="HOST",
            runspaces=lambda _login: InterpreterRunspace(Engine()),
            faults=Faults(),
            idle_seconds=_PATIENCE,
            stop_host=lambda: None,
            desktop=False,
            start_up=str(self.record.get("init", "")),
            observe=self._observe,
        )

    def play(self) -> None:
        """Send everything that the client sent. Raises `Fault`."""
        messages: Sequence[Mapping[str, Any]] = self.record.get("client", ())
        whole = bool(messages) and messages[0]["type"] == "SESSION_CAPABILITY"
        if not whole:
            self._open()
        if "order" in self.record:
            self._play_in_order(messages)
        else:
            self._play_scripts(messages)
        if whole and self._shell.opened:
            self._await(quiet=_QUIET)
            self._shell.close()
        elif whole:
            self._await(quiet=0.0)
        else:
            self._await(quiet=_PATIENCE)

    def end(self) -> None:
        """Give up the shell; what it says to that is no part of the answer."""
        with self._changed:
            self._over = True
        self._shell.close()

    def refusal(self) -> str:
        """What the lab refused by name while it ran; empty where nothing."""
        for message in self.sent:
            if "<S>LabUnsupported" in message["data"] or '"FullyQualifiedErrorId">LabUnsupported' in message["data"]:
                found = re.search(r"LabUnsupported: (.*?) is not part of the lab", message["data"])
                return found.group(1) if found else "something"
        return ""

    def _open(self) -> None:
        self._send("SESSION_CAPABILITY", "ZERO", clientmessages.capability(self.record.get("proto", "2.3")))
        self._send("INIT_RUNSPACEPOOL", "ZERO", clientmessages.pool(host=bool(self.record.get("host"))))
        self.sent.clear()

    def _play_in_order(self, messages: Sequence[Mapping[str, Any]]) -> None:
        waiting, expected = list(messages), 0
        for speaker in self.record["order"]:
            if speaker == "S":
                expected += 1
                continue
            self._await(expected)
            message = waiting.pop(0)
            self._send(message["type"], message.get("pid", "ZERO"), message.get("data", ""))
        self._await(expected - 1, quiet=_BEGUN)
        if self._asks():
            self._send("SIGNAL", self.sent[-1]["pid"], "")

    def _asks(self) -> bool:
        """Whether the server waits for an answer that the record has not: a client that cannot answer stops the pipeline."""
        with self._changed:
            last = self.sent[-1] if self.sent else {"type": ""}
            asks = last["type"] == "PIPELINE_HOST_CALL" and '<I64 N="ci">-100<' not in last["data"]
            return asks and self._ended < len(self._pipelines)

    def _play_scripts(self, messages: Sequence[Mapping[str, Any]]) -> None:
        scripts = self.record.get("scripts") or [self.record.get("script")]
        if scripts == [None]:
            raise LabUnsupported("a recorded session without a script and without its client's messages")
        options = {"history": bool(self.record.get("history")), "stream_options": self.record.get("streamopts", "0")}
        for text in self.record.get("prelude", ()):
            self._send("CREATE_PIPELINE", f"before {text}", clientmessages.script(text))
            self._await(quiet=_PATIENCE)
            self.sent.clear()
        for number, text in enumerate(scripts, start=1):
            label = f"PID{number}" if len(scripts) > 1 else "PID"
            self._send("CREATE_PIPELINE", label, clientmessages.script(text, **options))
            if any(message["type"] == "SIGNAL" for message in messages):
                self._await(1, quiet=_STARTING)
                self._await(quiet=_BEGUN)
            else:
                self._await(quiet=_PATIENCE)
        for message in messages:
            self._send(message["type"], message.get("pid", "ZERO"), message.get("data", ""))

    def _send(self, kind: str, label: str, content: str) -> None:
        pipeline = None if label == "ZERO" else self._pipelines.setdefault(label, uuid.uuid4())
        if kind == "SIGNAL":
            self._shell.signal(pipeline, "powershell/signal/crtl_c")
            return
        self._number += 1
        payload = clientmessages.fragments(kind, self._pool, pipeline, self._real(content), self._number)
        if kind in _OPENING:
            self._shell.open(payload)
        elif kind in {"CREATE_PIPELINE", "GET_COMMAND_METADATA"} and pipeline is not None:
            self._shell.command(pipeline, payload)
        else:
            self._shell.send("pr" if kind == "PIPELINE_HOST_RESPONSE" else "stdin", payload)

    def _real(self, content: str) -> str:
        """The content with real keys and real secrets where the recording holds placeholders."""
        if "PUBLICKEY(" in content:
            self._key, public = create_keypair()
            return re.sub(r"PUBLICKEY\(\d+\)", base64.b64encode(public).decode(), content)
        return _NUMBERS.sub("1", _SEALED.sub(self._sealed, content))

    def _sealed(self, placeholder: re.Match[str]) -> str:
        """A secret of the recorded length, encrypted under the pool's session key."""
        most = (int(placeholder.group(1)) // 4 * 3) // 2 - 1
        return self._cipher.encrypt((self._secret() or "p" * most)[:most])

    def _secret(self) -> str:
        """The secret that one of the record's commands is given; empty where none is."""
        for command in self.record.get("cmds", ()):
            for argument in command.get("args", ()):
                if "securestring" in str(argument.get("v", "")).lower():
                    found = [value for value in _values(argument["v"]) if isinstance(value, SecureString)]
                    if found:
                        return found[0].text
        return ""

    def _observe(self, kind: PSRPMessageType, pipeline: uuid.UUID | None, content: bytes) -> None:
        name = clientmessages.NAMES[kind.value]
        label = next((label for label, known in self._pipelines.items() if known == pipeline), "ZERO")
        pool = "ZERO" if name == "SESSION_CAPABILITY" else "RPID"
        data = content.decode("utf-8", "surrogatepass").removeprefix("\ufeff")
        if name == "ENCRYPTED_SESSION_KEY" and self._key is not None:
            self._learn(data)
        message: dict[str, Any] = {"type": name, "rpid": pool, "pid": label, "data": data}
        if not data:
            message["empty"] = True
        with self._changed:
            if self._over:
                return
            self.sent.append(message)
            self._ended += name == "PIPELINE_STATE"
            self._changed.notify_all()

    def _learn(self, data: str) -> None:
        """Take the session key, as the client does."""
        text = ET.fromstring(data).findtext("MS/S") or ""  # noqa: S314  - the lab's own text
        self._cipher.register_key(decrypt_session_key(self._key, base64.b64decode(text)))

    def _await(self, expected: int | None = None, *, quiet: float = _PATIENCE) -> None:
        """Wait for so many messages, or until every pipeline has ended, or until nothing more has come for a while."""
        until = time.monotonic() + quiet
        with self._changed:
            count = len(self.sent)
            while self._ended < len(self._pipelines) if expected is None else len(self.sent) < expected:
                if len(self.sent) != count:
                    count, until = len(self.sent), time.monotonic() + quiet
                if expected is not None and self._ended == len(self._pipelines):
                    return
                if not self._changed.wait(until - time.monotonic()) and time.monotonic() >= until:
                    return


def _values(text: str) -> list[Any]:
    from jcad.lab.powershell.answers import Recorder  # noqa: PLC0415  - only for records that hold a secret

    recorder = Recorder()
    Engine().run_script(text, recorder)
    return recorder.values
