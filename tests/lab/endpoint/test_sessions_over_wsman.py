"""Recorded PSRP sessions again, over real HTTP, NTLM, message encryption and WS-Management, by unmodified pypsrp.

What agrees over the endpoint's PSRP layer must agree over the wire: nothing may be lost, cut or reordered on the way.
"""

from __future__ import annotations

import base64
import contextlib
import re
import struct
from pathlib import Path

import pytest
from psrp_recordings import recorded, verdict
from pypsrp.powershell import PowerShell, RunspacePool

from jcad.lab.endpoint import EndpointServer, clientmessages
from jcad.lab.endpoint.interpreter import runspaces
from jcad.lab.powershell.engine import Engine

STREAM = re.compile(r"<rsp:Stream [^>]*CommandId=[^>]*>([^<]+)</rsp:Stream>")
LITERALS = {"$true": True, "$false": False, "$null": None}


@pytest.fixture(scope="module")
def server(module_accounts):
    factory = runspaces(lambda _login: (Engine(), lambda: None))
    with EndpointServer(
        "127.0.0.1", 0, name="HOST", certificate=None, authentication=("negotiate",),
        accounts=module_accounts, runspaces=factory, desktop=False,
    ) as server:  # fmt: skip
        yield server


class Recorder:
    """The messages of pipelines, taken out of a client's Receive answers before it reads them."""

    def __init__(self, wsman):
        self.messages = []
        self._parts = {}
        self._send = wsman.transport.send
        wsman.transport.send = self.send

    def send(self, message, **options):
        answer = self._send(message, **options)
        for piece in STREAM.findall(answer.decode() if isinstance(answer, bytes) else answer):
            self._take(base64.b64decode(piece))
        return answer

    def _take(self, payload):
        while payload:
            number, _, flags, length = struct.unpack(">QQBI", payload[:21])
            self._parts.setdefault(number, bytearray()).extend(payload[21 : 21 + length])
            payload = payload[21 + length :]
            if flags & 2:
                message = bytes(self._parts.pop(number))
                kind = clientmessages.NAMES[struct.unpack("<I", message[4:8])[0]]
                data = message[40:].decode("utf-8", "surrogatepass").removeprefix("\ufeff")
                self.messages.append({"type": kind, "data": data})


def value(text):
    """A literal of PowerShell's, where it is one that pypsrp can send as it is."""
    if text in LITERALS:
        return LITERALS[text]
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if re.fullmatch(r"'[^']*'", text):
        return text[1:-1]
    if re.fullmatch(r"\d+(,\d+)+", text):
        return [int(part) for part in text.split(",")]
    raise LookupError(text)


def commands(shell, record):
    """Add the commands of a record to a pipeline; LookupError where one cannot be said by pypsrp."""
    for command in record["cmds"]:
        if command.get("script"):
            shell.add_script(command["name"], use_local_scope=bool(command.get("local")))
        else:
            shell.add_cmdlet(command["name"])
        for argument in command.get("args", ()):
            given = None if argument.get("switch") else value(argument["v"])
            if "n" in argument:
                shell.add_parameter(argument["n"], given)
            else:
                shell.add_argument(given)
        if command.get("merge") == ["Error"]:
            shell.merge_error("output")
        elif command.get("merge"):
            shell.merge_all("output")
        if command.get("mergeprev"):
            shell.merge_previous(enabled=True)
        if command.get("end"):
            shell.add_statement()


def playable(record):
    """Whether pypsrp can play a session: scripts or commands, without a host, a stop, or input."""
    special = {"steps", "init", "host", "input", "proto", "history", "streamopts", "prelude"}
    sent = record.get("client", ())
    special_messages = any(
        message["type"] != "CREATE_PIPELINE" or '_isHostNull">false' in message["data"] for message in sent
    )
    return not special_messages and not special & set(record) and not record["id"].startswith("session.")


def play(wsman, record):
    """The messages of a record's pipelines over the wire."""
    recorder = wsman.recorder
    recorder.messages.clear()
    with RunspacePool(wsman) as pool:
        for script in record.get("scripts") or [record.get("script")]:
            shell = PowerShell(pool)
            if script is None:
                commands(shell, record)
            else:
                shell.add_script(script)
            with contextlib.suppress(Exception):  # pypsrp stumbles over what it does not know; the messages have come
                shell.invoke(remote_stream_options=0)
    return {"server": list(recorder.messages)}


@pytest.fixture(scope="module")
def wsman(server, open_client):
    client = open_client(server)
    client.recorder = Recorder(client)
    yield client
    client.close()


def test_recorded_sessions_agree_over_the_wire_but_for_what_the_docs_list(wsman):
    played, odd = 0, []
    for record in recorded():
        if not playable(record):
            continue
        try:
            said = play(wsman, record)
        except LookupError:
            continue
        played += 1
        if verdict(record, said) != "agrees":
            odd.append(record["id"])
    page = (Path(__file__).parents[3] / "docs" / "psrp-agreement.md").read_text("utf-8")
    assert [identity for identity in odd if f"`{identity}`" not in page] == []
    assert played > 240
