"""Files to the lab's hosts and back as the domain's administrator: each way of logging on, several hosts, cut connections."""

from __future__ import annotations

import hashlib
import json
import threading

import pytest

from jcad.errors import ConnectionFailed
from jcad.lab.endpoint import SessionConfiguration
from jcad.lab.seed import password_of
from jcad.model import Secret
from jcad.model.script import VERSION_FUNCTION
from jcad.powershell.hosts import host_call, host_script, read_host_outcome
from jcad.remoting import Authentication, Endpoint, Protocol, Sessions, open_session
from jcad.remoting.files import HostFiles, HostScripts
from jcad.remoting.files import hostfiles as hostfiles_module

FOLDER = "C:\\ProgramData\\jcad\\integration"
SCRIPTS = HostScripts(host_call, read_host_outcome)
CONTENT = hashlib.shake_128(b"integration").digest(3_500_000)
NAMES = ("receive-file", "send-file", "fetch-file", "remove-file")


@pytest.fixture
def files(lab, monkeypatch):
    """The staging folder of a host: `files(host, scheme="http", ...)`; sessions and folders are gone at the end."""
    monkeypatch.setattr(hostfiles_module, "_PAUSE", 0.01)
    opened: list[Sessions] = []

    def of(host, user="Administrator", **options) -> HostFiles:
        endpoint = {"host": host.name, "address": host.address, "user": f"LAB\\{user}", **options}
        if options.get("scheme") != "http":
            endpoint["ca_file"] = str(lab.ca_file)
        sessions = Sessions(lambda: open_session(Endpoint(**endpoint), Secret(password_of(user))), 1)
        opened.append(sessions)
        return HostFiles(sessions.lease, folder=FOLDER, scripts=SCRIPTS)

    yield of
    lab.faults.clear()
    for sessions in opened:
        sessions.close()
    for host in lab.hosts:
        if host.machine.files.find(FOLDER) is not None:
            host.machine.files.remove("C:\\ProgramData\\jcad", recurse=True)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "agent.exe"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize(
    "options",
    [
        {"scheme": "http"},
        {},
        {"authentication": Authentication.NEGOTIATE, "scheme": "http"},
        {"authentication": Authentication.BASIC},
        {"protocol": Protocol.WINRM},
    ],
    ids=["ntlm-http", "ntlm-https", "negotiate-http", "basic-https", "command-shell"],
)
def test_a_file_comes_there_and_back_however_one_logs_on(lab, files, source, tmp_path, options):
    host = lab.member(1)
    there = files(host, **options)
    sent = there.upload(source)
    assert host.machine.files.read(sent.path) == CONTENT
    there.download("agent.exe", tmp_path / "back.exe")
    assert (tmp_path / "back.exe").read_bytes() == CONTENT
    assert there.remove("agent.exe") == ("agent.exe",)
    assert host.machine.files.find(FOLDER) is None


def test_several_hosts_are_sent_to_at_once(lab, files, source):
    sent = {}

    def send(host):
        sent[host.name] = files(host).upload(source)

    threads = [threading.Thread(target=send, args=(host,)) for host in lab.hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(sent) == {host.name for host in lab.hosts}
    assert all(host.machine.files.read(sent[host.name].path) == CONTENT for host in lab.hosts)


@pytest.mark.parametrize(
    ("fault", "value", "at"),
    [
        ("endpoint.drop_request", None, 9),
        ("endpoint.drop_after_bytes", 100, 10),
        ("endpoint.drop_after_records", None, 2),
        ("endpoint.status", 503, 11),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_connection_that_is_cut_in_the_middle_loses_nothing(lab, files, source, tmp_path, scheme, fault, value, at):  # noqa: PLR0917
    host = lab.member(1)
    there = files(host, scheme=scheme)
    lab.faults.set(fault, value, at=at)
    sent = there.upload(source)
    assert host.machine.files.read(sent.path) == CONTENT
    assert [node.name for node in host.machine.files.children(FOLDER)] == ["agent.exe"]
    lab.faults.set(fault, value, at=at)
    there.download("agent.exe", tmp_path / "back.exe")
    assert (tmp_path / "back.exe").read_bytes() == CONTENT
    assert lab.faults.taken(fault) >= 1


def test_a_host_that_restarts_in_between_is_sent_the_rest(lab, files, source):
    """What has arrived before is still there, under a name that tells of which content it is."""
    host = lab.member(1)
    digest = hashlib.sha256(CONTENT).hexdigest()
    there = files(host)
    there.upload(source)
    host.machine.files.move(f"{FOLDER}\\agent.exe", f"{FOLDER}\\agent.exe.{digest[:16]}.partial")
    node = host.machine.files.get(f"{FOLDER}\\agent.exe.{digest[:16]}.partial")
    del node.content[2_000_000:]
    host.stop()
    host.start()
    assert there.upload(source).sent == 1_500_000
    assert host.machine.files.read(f"{FOLDER}\\agent.exe") == CONTENT


def test_a_host_that_is_gone_is_told(lab, files, source):
    host = lab.member(1)
    there = files(host, connect_timeout=2)
    host.stop()
    try:
        with pytest.raises(ConnectionFailed):
            there.upload(source)
    finally:
        host.start()


def test_a_jea_endpoint_carries_files_by_the_functions_of_their_scripts(lab, files, source, tmp_path):
    """Bytes reach a function by its pipeline just as they reach a script; the language mode needs no script text."""
    host = lab.member(1)
    scripts = [host_script(name) for name in NAMES]
    lines = "\n".join(f"    '{json.dumps({'name': one.name, 'digest': one.digest})}'" for one in scripts)
    functions = "\n".join(f"function {one.function} {{\n{one.text.rstrip()}\n}}" for one in scripts)
    module = f"function {VERSION_FUNCTION} {{\n{lines}\n}}\n{functions}\n"
    names = frozenset({VERSION_FUNCTION, *(one.function for one in scripts)})
    member = lab.accounts.find("LAB\\Administrator").sid
    host.register("jcad-files", SessionConfiguration(module, names, frozenset({member})))
    there = files(host, configuration="jcad-files")
    sent = there.upload(source)
    assert host.machine.files.read(sent.path) == CONTENT
    there.download("agent.exe", tmp_path / "back.exe")
    assert (tmp_path / "back.exe").read_bytes() == CONTENT
    there.remove("agent.exe")


def test_the_hosts_of_a_lab_fetch_from_one_web(lab, files):
    lab.network.publish("https://files.example/agent.exe", CONTENT)
    for host in lab.hosts:
        fetched = files(host).place("https://files.example/agent.exe", sha256=hashlib.sha256(CONTENT).hexdigest())
        assert host.machine.files.read(fetched.path) == CONTENT
