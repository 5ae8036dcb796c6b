"""Files that a host fetches itself: from a share or over https, through a proxy or not, and never anything but the right one."""

from __future__ import annotations

import hashlib

import pytest
from filehost import FOLDER, PASSWORD, file_host

from jcad.errors import AccessDenied, RemotingError, SettingsError
from jcad.lab.windows.machine.network import WebFile
from jcad.model.script import Credential

ADDRESS = "https://files.example/agents/Agent%202.30.exe?token=abc"
SHARE = "\\\\files\\installers"
CONTENT = hashlib.shake_128(b"installer").digest(3_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def host():
    with file_host() as host:
        host.town.network.publish(ADDRESS, CONTENT)
        host.town.network.share(SHARE, {"agents\\agent.exe": CONTENT})
        yield host


@pytest.fixture(autouse=True)
def clean(host):
    host.machine.files.make_folder("C:\\ProgramData\\jcad")
    host.machine.files.remove("C:\\ProgramData\\jcad", recurse=True)
    yield
    host.town.network.needs_proxy = False
    host.town.network.proxies.clear()


def left(host) -> list[str]:
    if host.machine.files.find(FOLDER) is None:
        return []
    return [node.name for node in host.machine.files.children(FOLDER)]


@pytest.mark.parametrize(
    ("source", "name"), [(ADDRESS, "Agent 2.30.exe"), (f"{SHARE}\\agents\\agent.exe", "agent.exe")]
)
def test_a_file_is_fetched_compared_and_named(host, source, name):
    with host.files() as files:
        fetched = files.place(source, sha256=SHA256.upper())
        again = files.place(source, sha256=SHA256)
    assert (fetched.path, fetched.size, fetched.sent, fetched.was_there) == (
        f"{FOLDER}\\{name}",
        len(CONTENT),
        len(CONTENT),
        False,
    )
    assert (again.was_there, again.sent) == (True, 0)
    assert host.machine.files.read(fetched.path) == CONTENT
    assert left(host) == [name]


@pytest.mark.parametrize("source", [ADDRESS, f"{SHARE}\\agents\\agent.exe"])
def test_another_content_is_not_kept(host, source):
    with host.files() as files, pytest.raises(RemotingError, match="and not the expected"):
        files.place(source, sha256="0" * 64)
    assert left(host) == []


def test_a_file_of_this_machine_is_sent(host, tmp_path):
    (tmp_path / "agent.exe").write_bytes(b"small")
    with host.files() as files:
        placed = files.place(str(tmp_path / "agent.exe"), sha256=hashlib.sha256(b"small").hexdigest())
    assert host.machine.files.read(placed.path) == b"small"


def test_http_is_refused_here_and_where_https_leads_to_it(host):
    network = host.town.network
    network.publish("http://files.example/agent.exe", CONTENT)
    network.publish("https://files.example/moved.exe", WebFile(leads_to="http://files.example/agent.exe"))
    with host.files() as files:
        with pytest.raises(SettingsError, match="unprotected"):
            files.place("http://files.example/agent.exe", sha256=SHA256)
        with pytest.raises(RemotingError, match="leads to http"):
            files.place("https://files.example/moved.exe", sha256=SHA256)
        with pytest.raises(RemotingError, match="neither a file of a share"):
            files.fetch("ftp://files.example/agent.exe", sha256=SHA256)
        with pytest.raises(RemotingError, match="neither a file of a share"):
            files.fetch("https://user:word@files.example/agent.exe", sha256=SHA256)
    assert left(host) == []


@pytest.mark.parametrize(
    ("file", "says", "hint"),
    [
        (WebFile(status=403), "403", "expired link"),
        (WebFile(CONTENT, trusted=False), "trust relationship", "authority"),
        (WebFile(CONTENT, tls=11), "SSL/TLS", "TLS 1.2"),
    ],
)
def test_what_a_server_may_do_wrong(host, file, says, hint):
    host.town.network.publish("https://files.example/wrong.exe", file)
    with host.files() as files, pytest.raises(RemotingError, match=says) as caught:
        files.place("https://files.example/wrong.exe", sha256=SHA256)
    assert hint in caught.value.hint


def test_an_address_that_there_is_not(host):
    with host.files() as files:
        with pytest.raises(RemotingError, match="could not be resolved") as caught:
            files.place("https://nowhere.example/agent.exe", sha256=SHA256)
        assert "proxy" in caught.value.hint
        with pytest.raises(RemotingError, match="HTTP 404"):
            files.place("https://files.example/nothing.exe", sha256=SHA256)


def test_the_way_out_leads_through_a_proxy(host):
    host.town.network.needs_proxy = True
    host.town.network.proxies.add("http://proxy.example:3128")
    with host.files() as files:
        with pytest.raises(RemotingError, match="Unable to connect") as caught:
            files.place(ADDRESS, sha256=SHA256)
        assert "proxy" in caught.value.hint
        with pytest.raises(RemotingError, match="proxy name could not be resolved"):
            files.place(ADDRESS, sha256=SHA256, proxy="http://other.example:3128")
        assert files.place(ADDRESS, sha256=SHA256, proxy="http://proxy.example:3128").size == len(CONTENT)


def test_a_share_that_not_everybody_may_read_needs_an_account(host):
    """The session's own account may read it; on a third machine the session is nobody."""
    host.town.network.share("\\\\files\\private", {"agent.exe": CONTENT}, readers={"LAB\\ada"})
    source = "\\\\files\\private\\agent.exe"
    with host.files() as files:
        with pytest.raises(AccessDenied) as caught:
            files.place(source, sha256=SHA256)
        assert "second hop" in caught.value.hint
        with pytest.raises(RemotingError, match="user name or password"):
            files.place(source, sha256=SHA256, credential=Credential("LAB\\ada", PASSWORD.__class__("wrong")))
        assert files.place(source, sha256=SHA256, credential=Credential("LAB\\ada", PASSWORD)).size == len(CONTENT)


def test_a_share_that_there_is_not(host):
    with host.files() as files, pytest.raises(RemotingError, match="does not exist"):
        files.place("\\\\nowhere\\installers\\agent.exe", sha256=SHA256)


def test_a_disk_without_room_for_what_is_fetched(host):
    free = host.machine.files.free
    host.machine.files.set_free(1_000_000)
    try:
        with host.files() as files:
            for source in (ADDRESS, f"{SHARE}\\agents\\agent.exe"):
                with pytest.raises(RemotingError) as caught:
                    files.place(source, sha256=SHA256)
                assert "free some room" in caught.value.hint
    finally:
        host.machine.files.set_free(free)
    assert left(host) == []


def test_a_source_without_a_name_is_given_one(host):
    host.town.network.publish("https://files.example/download/", CONTENT)
    with host.files() as files:
        with pytest.raises(RemotingError, match="has no name"):
            files.place("https://files.example/download/", sha256=SHA256)
        assert files.place("https://files.example/download/", sha256=SHA256, name="agent.exe").path.endswith(
            "agent.exe"
        )
