"""Nonsense at every layer of the endpoint: HTTP, tokens, sealed bodies, envelopes, fragments.

Each is answered with a status, a fault or a closed connection; nothing of Python's reaches a client, no thread dies with an
exception (pytest makes one a failure), and the endpoint serves the next client as before.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import re
import socket
import struct
import sys
import uuid
from xml.etree import ElementTree as ET

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jcad.lab.endpoint import EndpointServer, clientmessages
from jcad.lab.endpoint.interpreter import runspaces
from jcad.lab.endpoint.service import COMMAND_SHELL, POWERSHELL, WinRmService
from jcad.lab.endpoint.wsman import NAMESPACES, ConnectionDropped
from jcad.lab.faults import Faults
from jcad.lab.login import Login
from jcad.lab.powershell.engine import Engine

PYTHON = re.compile(rb"Traceback|File \"|BaseHTTP|Python/|LabError|<html", re.IGNORECASE)
OWNER = Login("admin", "LAB", "S-1-5-21-1-2-3-1100", bytes(16), frozenset({"S-1-5-32-544"}))
KIND = "application/soap+xml;charset=UTF-8"
fewer = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", autouse=True)
def deep_enough():
    """An engine raises the limit when it first runs; Hypothesis wants it to stay as it was."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(limit)


@pytest.fixture(scope="module")
def endpoint(module_accounts):
    factory = runspaces(lambda _login: (Engine(edition="Desktop"), lambda: None))
    with EndpointServer(
        "127.0.0.1", 0, name="dc1.lab.jcad.test", certificate=None, authentication=("negotiate",),
        accounts=module_accounts, runspaces=factory,
    ) as server:  # fmt: skip
        yield server


def exchange(server, sent, *, shut=True):
    """Send bytes to the endpoint; what comes back until it closes, or until it waits for more."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(sent)
            if shut:
                connection.shutdown(socket.SHUT_WR)
        answer = b""
        connection.settimeout(5 if shut else 0.3)
        with contextlib.suppress(OSError):
            while piece := connection.recv(65536):
                answer += piece
        return answer


def alive(server):
    assert requests.post(server.url, timeout=5).status_code == 401


def check(server, answer):
    assert PYTHON.search(answer) is None, answer[:400]
    assert not answer or answer.startswith(b"HTTP/1.1 "), answer[:100]
    alive(server)


# ---- HTTP


@fewer
@given(st.binary(max_size=400))
def test_noise_on_the_line(endpoint, noise):
    check(endpoint, exchange(endpoint, noise))


NAMES = st.sampled_from(
    [
        "Content-Length",
        "Transfer-Encoding",
        "Content-Type",
        "Authorization",
        "Expect",
        "Connection",
        "Host",
        "X-Own",
        "",
    ]
)
CONTENTS = st.one_of(
    st.sampled_from(
        ["0", "5", "-1", "1e3", "99999999999999999999", "chunked", "gzip, chunked", "close", "100-continue", "Negotiate", KIND,
         "Negotiate !!!!", "Basic", "Basic Og==", "NTLM TlRMTVNTUAAB", "Kerberos YA==", 'multipart/encrypted;protocol="x"'],
    ),
    st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=40),
)  # fmt: skip


@fewer
@given(
    st.sampled_from(["POST", "GET", "PUT", "post", "", "POST POST"]),
    st.sampled_from(["/wsman", "/WSMAN?PSVersion=5.1", "/", "*", "/\xff", "/wsman HTTP/9.9", ""]),
    st.lists(st.tuples(NAMES, CONTENTS), max_size=6),
    st.binary(max_size=60),
)
def test_requests_of_odd_methods_headers_and_bodies(endpoint, method, path, headers, body):
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {content}" for name, content in headers)]
    check(endpoint, exchange(endpoint, "\r\n".join([*lines, "", ""]).encode("latin-1") + body))


@pytest.mark.parametrize(
    ("headers", "statuses"),
    [
        ("X: " + "y" * 70_000, {431}),
        ("\r\n".join(f"X-{n}: y" for n in range(200)), {431}),
        ("Content-Length: -5", {400}),
        ("Content-Length: 5\r\nContent-Length: 6", {400}),
        ("Content-Length: ten", {400}),
        ("Content-Length: 4294967296", {413}),
        ("Transfer-Encoding: gzip", {501}),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3", {400}),
    ],
)
def test_headers_that_cannot_be_taken_are_refused_and_the_connection_ends(endpoint, headers, statuses):
    answer = exchange(endpoint, f"POST /wsman HTTP/1.1\r\n{headers}\r\n\r\n".encode())
    assert int(answer.split()[1]) in statuses
    assert b"Connection: close" in answer
    assert answer.count(b"HTTP/1.1") == 1
    check(endpoint, answer)


def test_a_body_that_is_cut_off_is_no_request(endpoint):
    before = endpoint.requests["http"]
    answer = exchange(endpoint, b"POST /wsman HTTP/1.1\r\nContent-Length: 500\r\n\r\nonly this")
    assert answer == b""
    assert endpoint.requests["http"] == before + 1
    alive(endpoint)


def chunked(*chunks):
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"POST /wsman HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n"


def test_a_body_in_chunks_is_one_body_and_the_next_request_is_the_next(endpoint):
    answer = exchange(endpoint, chunked(b"abc", b"defg") + b"POST /wsman HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"401", b"401"]


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"-3\r\nabc\r\n",
        b"ffffffffff\r\n",
        b"3\r\nab",
        b"\r\n\r\n",
    ],
)
def test_chunks_that_are_none_are_refused_or_the_line_is_dropped(endpoint, body):
    answer = exchange(endpoint, b"POST /wsman HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    assert not answer or answer.split()[1] in {b"400", b"413"}
    check(endpoint, answer)


def test_a_body_in_endless_chunks_is_not_read_to_its_end(endpoint):
    answer = exchange(endpoint, chunked(*[b"x" * 65536] * 40))
    assert not answer or answer.split()[1] == b"413"
    check(endpoint, answer)


# ---- tokens and sealed bodies


@fewer
@given(st.sampled_from(["Negotiate", "NTLM", "Kerberos", "Basic", "negotiate", "Digest"]), st.binary(max_size=200))
def test_tokens_that_are_none(endpoint, scheme, token):
    headers = {"Authorization": f"{scheme} {base64.b64encode(token).decode()}"}
    answer = requests.post(endpoint.url, headers=headers, timeout=5)
    assert answer.status_code == 401
    check(endpoint, b"HTTP/1.1 " + answer.content)


NTLM_1 = struct.pack("<8sII", b"NTLMSSP\x00", 1, 0xE2088297) + bytes(16)


@fewer
@given(st.binary(max_size=120), st.integers(0, 64))
def test_third_tokens_that_are_none(endpoint, noise, place):
    """The client begins NTLM as it should, and then loses its way."""
    token = struct.pack("<8sI", b"NTLMSSP\x00", 3) + bytes(76)
    token = token[:place] + noise + token[place + len(noise) :]
    with requests.Session() as session:
        begun = session.post(
            endpoint.url, headers={"Authorization": f"Negotiate {base64.b64encode(NTLM_1).decode()}"}, timeout=5
        )
        assert begun.status_code == 401
        answer = session.post(
            endpoint.url, headers={"Authorization": f"Negotiate {base64.b64encode(token).decode()}"}, timeout=5
        )
    assert answer.status_code == 401
    alive(endpoint)


@fewer
@given(st.binary(max_size=300), st.integers(0, 600), st.booleans())
def test_sealed_bodies_that_are_none(endpoint, open_client, noise, place, whole):
    """A logged-on client whose sealed body is changed on its way, or is noise."""
    client = open_client(endpoint)
    send = requests.Session.send

    def changed(session, request, **options):
        if request.body and b"Encrypted Boundary" in request.body:
            body = bytes(request.body)
            request.body = noise if whole else body[:place] + noise + body[place + len(noise) :]
            request.headers["Content-Length"] = str(len(request.body))
        return send(session, request, **options)

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Exception):
        patch.setattr(requests.Session, "send", changed)
        client.get_server_config()
    client.close()
    alive(endpoint)


# ---- envelopes


def envelope(action, resource, body, shell_id="", extra=""):
    selectors = f'<w:SelectorSet><w:Selector Name="ShellId">{shell_id}</w:Selector></w:SelectorSet>' if shell_id else ""
    prefixes = " ".join(f'xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in ("s", "a", "w", "rsp", "p", "n"))
    return (
        f"<s:Envelope {prefixes}><s:Header><a:Action>{action}</a:Action><a:To>http://h:1/wsman</a:To>"
        f"<w:MaxEnvelopeSize>153600</w:MaxEnvelopeSize><a:MessageID>uuid:1</a:MessageID>"
        f"<w:OperationTimeout>PT0.05S</w:OperationTimeout><w:ResourceURI>{resource}</w:ResourceURI>{extra}{selectors}"
        f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


POOL, PIPELINE = uuid.UUID(int=7), uuid.UUID(int=9)
SHELL_ID = str(POOL).upper()
COMMAND_ID = str(PIPELINE).upper()
OPENING = clientmessages.fragments(
    "SESSION_CAPABILITY", POOL, None, clientmessages.capability("2.3"), 1
) + clientmessages.fragments("INIT_RUNSPACEPOOL", POOL, None, clientmessages.pool(host=True), 2)
SCRIPT = clientmessages.fragments("CREATE_PIPELINE", POOL, PIPELINE, clientmessages.script("1; Start-Sleep 1"), 3)
INPUT = clientmessages.fragments("PIPELINE_INPUT", POOL, PIPELINE, "<S>x</S>", 4)
ENCODED = {name: base64.b64encode(payload).decode() for name, payload in (("o", OPENING), ("s", SCRIPT), ("i", INPUT))}
RSP, X, N = NAMESPACES["rsp"], NAMESPACES["x"], NAMESPACES["n"]
BODIES = {
    "create": (
        f"{X}/Create",
        (
            f'<rsp:Shell ShellId="{SHELL_ID}"><rsp:InputStreams>stdin pr</rsp:InputStreams><rsp:OutputStreams>stdout'
            f'</rsp:OutputStreams><creationXml xmlns="{NAMESPACES["pwsh"]}">{ENCODED["o"]}</creationXml></rsp:Shell>'
        ),
    ),
    "command": (
        f"{RSP}/Command",
        (
            f'<rsp:CommandLine CommandId="{COMMAND_ID}"><rsp:Command/><rsp:Arguments>{ENCODED["s"]}</rsp:Arguments>'
            "</rsp:CommandLine>"
        ),
    ),
    "send": (
        f"{RSP}/Send",
        f'<rsp:Send><rsp:Stream Name="stdin" CommandId="{COMMAND_ID}">{ENCODED["i"]}</rsp:Stream></rsp:Send>',
    ),
    "receive": (
        f"{RSP}/Receive",
        f'<rsp:Receive><rsp:DesiredStream CommandId="{COMMAND_ID}">stdout</rsp:DesiredStream></rsp:Receive>',
    ),
    "signal": (
        f"{RSP}/Signal",
        f'<rsp:Signal CommandId="{COMMAND_ID}"><rsp:Code>powershell/signal/crtl_c</rsp:Code></rsp:Signal>',
    ),
    "get": (f"{X}/Get", ""),
    "disconnect": (f"{RSP}/Disconnect", "<rsp:Disconnect><rsp:IdleTimeOut>PT60S</rsp:IdleTimeOut></rsp:Disconnect>"),
    "reconnect": (f"{RSP}/Reconnect", ""),
    "connect": (
        f"{RSP}/Connect",
        f'<rsp:Connect><connectXml xmlns="{NAMESPACES["pwsh"]}">{ENCODED["o"]}</connectXml></rsp:Connect>',
    ),
    "enumerate": (f"{N}/Enumerate", "<n:Enumerate><w:MaxElements>10</w:MaxElements></n:Enumerate>"),
    "delete": (f"{X}/Delete", ""),
}


def make_service():
    factory = runspaces(lambda _login: (Engine(edition="Desktop"), lambda: None))
    return WinRmService("dc1", factory, Faults(), lambda: None)


def ask(service, message):
    """One envelope's answer: well-formed XML, a fault or not, and no mistake of the lab's."""
    status, answer = service.answer(message, OWNER, "127.0.0.1")
    root = ET.fromstring(answer)
    assert status in {200, 500}
    assert b"LabError" not in answer, answer
    assert PYTHON.search(answer) is None, answer
    assert (root.find(".//s:Fault", NAMESPACES) is not None) == (status == 500)
    return status


@contextlib.contextmanager
def opened():
    """A service with an open shell and a running pipeline."""
    service = make_service()
    try:
        for name in ("create", "command"):
            action, body = BODIES[name]
            assert ask(service, envelope(action, POWERSHELL, body, SHELL_ID)) == 200
        yield service
    finally:
        service.shells.close_all()


@fewer
@given(st.lists(st.sampled_from(sorted(BODIES)), max_size=12))
def test_operations_in_any_order(order):
    service = make_service()
    try:
        for name in order:
            action, body = BODIES[name]
            ask(service, envelope(action, POWERSHELL, body, SHELL_ID))
    finally:
        service.shells.close_all()


PROGRAM = "powershell.exe -NoProfile -EncodedCommand " + base64.b64encode("'x'; exit 3".encode("utf-16-le")).decode()
PROGRAMS = {
    "create": (
        BODIES["create"][0],
        f'<rsp:Shell ShellId="{SHELL_ID}"><rsp:InputStreams>stdin</rsp:InputStreams></rsp:Shell>',
    ),
    "command": (
        BODIES["command"][0],
        f'<rsp:CommandLine CommandId="{COMMAND_ID}"><rsp:Command>{PROGRAM}</rsp:Command></rsp:CommandLine>',
    ),
    "another": (
        BODIES["command"][0],
        f'<rsp:CommandLine CommandId="{SHELL_ID}"><rsp:Command>cmd /c "dir</rsp:Command></rsp:CommandLine>',
    ),
    **{
        name: BODIES[name]
        for name in ("send", "receive", "signal", "get", "disconnect", "reconnect", "connect", "delete")
    },
}


@fewer
@given(
    st.lists(st.sampled_from(sorted(PROGRAMS)), max_size=8),
    st.lists(st.integers(0, 40), max_size=2),
    st.lists(
        st.tuples(st.sampled_from(["drop", "double", "text", "attributes"]), st.text("a/\\\"'-E \u2019", max_size=20)),
        min_size=2,
    ),
)
def test_operations_on_command_shells_in_any_order_and_changed(order, places, texts):
    service = make_service()
    try:
        for name in ["create", *order]:
            action, body = PROGRAMS[name]
            message = ET.fromstring(envelope(action, COMMAND_SHELL, body, SHELL_ID))
            ask(service, changed(message, places if name != "create" else [], texts))
    finally:
        service.shells.close_all()


ODD = st.one_of(
    st.sampled_from(
        ["", " ", "-1", "PT-1S", "P", "0", "999999999999999999999", "{00000000-0000-0000-0000-000000000000}", "not base64 !",
         "AAAA", "http://nowhere/", "../..", COMMAND_ID, SHELL_ID, "\u202e", "x" * 5000],
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=30),
)  # fmt: skip


def changed(root, places, texts):
    """An envelope with elements taken out, doubled, renamed, or given another text or other attributes."""
    root = copy.deepcopy(root)
    for place, (kind, text) in zip(places, texts, strict=False):
        everything = [(parent, child) for parent in root.iter() for child in parent]
        if not everything:
            break
        parent, child = everything[place % len(everything)]
        if kind == "drop":
            parent.remove(child)
        elif kind == "double":
            parent.append(copy.deepcopy(child))
        elif kind == "rename":
            child.tag = "{urn:odd}odd"
        elif kind == "text":
            child.text = text
        else:
            child.attrib = dict.fromkeys([*child.attrib, "Odd"], text)
    return ET.tostring(root)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(BODIES)),
    st.lists(st.integers(0, 60), min_size=1, max_size=3),
    st.lists(
        st.tuples(st.sampled_from(["drop", "double", "rename", "text", "attributes"]), ODD), min_size=3, max_size=3
    ),
)
def test_envelopes_that_have_been_changed(name, places, texts):
    action, body = BODIES[name]
    message = changed(ET.fromstring(envelope(action, POWERSHELL, body, SHELL_ID)), places, texts)
    with opened() as service:
        ask(service, message)
        assert ask(service, envelope(*_get())) in {200, 500}


def _get():
    action, body = BODIES["get"]
    return action, POWERSHELL, body, SHELL_ID


@pytest.mark.parametrize("depth", [500, 5_000])
def test_envelopes_of_many_levels(depth):
    service = make_service()
    body = "<rsp:Shell>" * depth + "</rsp:Shell>" * depth
    ask(service, envelope(BODIES["create"][0], POWERSHELL, body))


# ---- fragments


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["command", "send", "connect"]),
    st.binary(max_size=120),
    st.integers(0, 2000),
    st.sampled_from(["insert", "replace", "cut", "twice", "backwards"]),
)
def test_fragments_that_have_been_changed(name, noise, place, how):
    payload = {"command": SCRIPT, "send": INPUT, "connect": OPENING}[name]
    place %= len(payload)
    payload = {
        "insert": payload[:place] + noise + payload[place:],
        "replace": payload[:place] + noise + payload[place + len(noise) :],
        "cut": payload[:place],
        "twice": payload + payload,
        "backwards": payload[place:] + payload[:place],
    }[how]
    action, body = BODIES[name]
    for known in ENCODED.values():
        body = body.replace(known, base64.b64encode(payload).decode())
    with opened() as service:
        with contextlib.suppress(ConnectionDropped):
            ask(service, envelope(action, POWERSHELL, body.replace(COMMAND_ID, str(uuid.UUID(int=11))), SHELL_ID))
        assert ask(service, envelope(*_get())) == 200


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(sorted(set(clientmessages.TYPES) - {"CREATE_PIPELINE"})),
    st.sampled_from(
        ["", "<S>x</S>", "<Obj RefId='0'/>", '<Obj RefId="0"><MS><I64 N="ci">1</I64></MS></Obj>', "<broken", "<Nil/>"]
    ),
    st.sampled_from([None, PIPELINE, uuid.UUID(int=99)]),
    st.booleans(),
)
def test_messages_that_have_no_business_there(kind, content, pipeline, prompt):
    """Whole messages of every type, known or not, for the pool, its pipeline and none, with contents that fit or do not."""
    payload = base64.b64encode(clientmessages.fragments(kind, POOL, pipeline, content, 5)).decode()
    body = f'<rsp:Send><rsp:Stream Name="{"pr" if prompt else "stdin"}">{payload}</rsp:Stream></rsp:Send>'
    with opened() as service:
        ask(service, envelope(f"{RSP}/Send", POWERSHELL, body, SHELL_ID))
        assert ask(service, envelope(*_get())) == 200


def test_a_pipeline_for_a_pool_that_is_closed_is_a_fault():
    service = make_service()
    action, body = BODIES["create"]
    assert ask(service, envelope(action, POWERSHELL, body, SHELL_ID)) == 200
    assert ask(service, envelope(BODIES["delete"][0], POWERSHELL, "", SHELL_ID)) == 200
    action, body = BODIES["command"]
    assert ask(service, envelope(action, POWERSHELL, body, SHELL_ID)) == 500
