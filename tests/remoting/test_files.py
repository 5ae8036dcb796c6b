"""Files to a host's staging folder and back over a real wire: pieces, resuming, hashes, who may do what."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
import sys
import threading

import pytest
from filehost import FOLDER, PASSWORD, SCRIPTS, file_host
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypsrp.client import Client

from jcad.errors import AccessDenied, ConnectionFailed, RemotingError, ReportError, SettingsError
from jcad.lab.windows.machine.files import INHERITED_SDDL, FileFault, Trouble
from jcad.remoting import Authentication, Protocol
from jcad.remoting.files import TransferHalted
from jcad.remoting.files import hostfiles as hostfiles_module
from jcad.remoting.files.local import Source

MIB = 1 << 20
PARTIALS = ".partial"


def made(size: int, seed: bytes = b"files") -> bytes:
    return hashlib.shake_128(seed).digest(size)


@pytest.fixture(scope="module")
def host():
    with file_host() as host, host.files() as files:
        files.remove()  # the lab's engine raises the limit of recursion once, which Hypothesis would complain about
        yield host


@pytest.fixture(autouse=True)
def clean(host, monkeypatch):
    """No file and no fault of the test before; a broken connection is made anew at once."""
    monkeypatch.setattr(hostfiles_module, "_PAUSE", 0.01)
    host.machine.files.make_folder("C:\\ProgramData\\jcad")
    host.machine.files.remove("C:\\ProgramData\\jcad", recurse=True)
    yield
    host.faults.clear()


@pytest.fixture
def source(tmp_path):
    """Write a file of this machine."""

    def write(content: bytes, name: str = "agent.exe"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def names(host) -> list[str]:
    return [node.name for node in host.machine.files.children(FOLDER)]


# ---- there and back


@pytest.mark.parametrize("size", [0, 1, 300_000, 3 * MIB + 1])
def test_a_file_comes_there_and_back(host, source, tmp_path, size):
    content, seen = made(size), []
    with host.files(progress=lambda done, whole: seen.append((done, whole))) as files:
        sent = files.upload(source(content))
        assert host.machine.files.read(sent.path) == content
        assert (sent.path, sent.size, sent.sent, sent.was_there) == (f"{FOLDER}\\agent.exe", size, size, False)
        assert sent.sha256 == hashlib.sha256(content).hexdigest()
        brought = files.download("agent.exe", tmp_path / "back.exe")
    assert (tmp_path / "back.exe").read_bytes() == content
    assert (brought.size, brought.sha256) == (size, sent.sha256)
    assert seen[-1] == (size, size)
    assert names(host) == ["agent.exe"]
    assert [path.name for path in tmp_path.glob("*.partial")] == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(0, 400_000), piece=st.integers(1, 150_000), seed=st.binary(max_size=4), small=st.booleans())
def test_any_size_and_any_border_of_pieces(host, monkeypatch, tmp_path, *, size, piece, seed, small):
    """In one call, and in pieces that may be one byte less or more than an envelope holds."""
    content = made(size, seed)
    monkeypatch.setattr("jcad.remoting.files.upload._SMALL", 1 << 20 if small else -1)
    monkeypatch.setattr("jcad.remoting.psrp._FEED_LIMIT", max(piece, size // 8, 1))
    (tmp_path / "any.bin").write_bytes(content)
    with host.files() as files:
        path = files.upload(tmp_path / "any.bin").path
        assert host.machine.files.read(path) == content
        files.download("any.bin", tmp_path / "back.bin")
        assert (tmp_path / "back.bin").read_bytes() == content
        files.remove("any.bin")


def test_a_file_that_is_there_is_not_sent_again(host, source):
    path = source(made(2 * MIB))
    with host.files() as files:
        written = host.machine.files.get(files.upload(path).path).written
        before = host.server.requests
        again = files.upload(path)
    assert (again.was_there, again.sent) == (True, 0)
    assert (host.server.requests - before)["send"] == 0
    assert host.machine.files.get(again.path).written == written


def test_a_small_file_takes_one_pipeline(host, source):
    """Looking first would cost as much as sending it; one that is there is left as it is."""
    path = source(made(1_000_000))
    with host.files() as files:
        files.upload(source(b"x", "warm.exe"))
        before = host.server.requests
        sent = files.upload(path)
        counted = host.server.requests - before
        written = host.machine.files.get(sent.path).written
        again = files.upload(path)
    assert (counted["command"], counted["send"], counted["receive"]) == (1, 4, 1)
    assert (sent.was_there, again.was_there) == (False, True)
    assert host.machine.files.get(sent.path).written == written


def test_another_version_takes_the_place_of_the_first(host, source):
    with host.files() as files:
        files.upload(source(made(1000, b"one")))
        sent = files.upload(source(made(1000, b"two")))
    assert host.machine.files.read(sent.path) == made(1000, b"two")
    assert names(host) == ["agent.exe"]


def test_the_folder_is_for_administrators_and_system_alone(host, source):
    with host.files() as files:
        files.upload(source(b"x"))
    assert host.machine.files.get(FOLDER).sddl == "O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
    assert host.machine.files.get("C:\\ProgramData\\jcad").sddl.endswith("(A;OICI;FA;;;BA)")


def test_what_is_brought_here_is_readable_for_nobody_else(host, source, tmp_path):
    with host.files() as files:
        files.upload(source(b"secret", "support.zip"))
        files.download("support.zip", tmp_path / "got.zip")
    assert stat.S_IMODE((tmp_path / "got.zip").stat().st_mode) == 0o600


def test_what_was_sent_is_removed_and_the_folder_with_it(host, source):
    with host.files() as files:
        files.upload(source(b"one", "one.exe"))
        files.upload(source(b"two", "two.exe"))
        host.machine.files.write(f"{FOLDER}\\one.exe.0123456789abcdef.partial", b"on")
        host.machine.files.write(f"{FOLDER}\\one.exe.config", b"another's")
        assert sorted(files.remove("one.exe")) == ["one.exe", "one.exe.0123456789abcdef.partial"]
        assert names(host) == ["one.exe.config", "two.exe"]
        assert files.remove("one.exe") == ()
        files.remove("two.exe")
        files.remove("one.exe.config")
        assert host.machine.files.find(FOLDER) is None
        assert files.remove() == ()


# ---- broken connections


def test_a_broken_upload_goes_on_from_what_has_arrived(host, source):
    """The host writes each part of four megabytes that is whole; what came after the second one is sent again."""
    content = made(11 * MIB)
    with host.files() as files:
        host.faults.set("endpoint.drop_request", at=45)
        before = host.server.requests
        sent = files.upload(source(content))
        sends = (host.server.requests - before)["send"]
    assert host.faults.taken("endpoint.drop_request") >= 1
    assert host.machine.files.read(sent.path) == content
    assert len(content) // 281_000 < sends < len(content) // 281_000 + 15
    assert sent.sent < 4 * MIB
    assert names(host) == ["agent.exe"]


def test_an_upload_whose_last_answer_is_lost_is_found_there(host, source):
    content = made(300_000)
    with host.files() as files:
        host.faults.set("endpoint.drop_after_records", at=2)
        sent = files.upload(source(content))
    assert host.machine.files.read(sent.path) == content


def test_a_broken_download_goes_on_from_what_is_here(host, source, tmp_path):
    content = made(3 * MIB)
    with host.files() as files:
        files.upload(source(content))
        host.faults.set("endpoint.drop_after_records", at=6)
        brought = files.download("agent.exe", tmp_path / "back.exe")
    assert (tmp_path / "back.exe").read_bytes() == content
    assert brought.sent == len(content)  # nothing came twice


def test_a_download_that_was_left_goes_on_in_the_next_run(host, source, tmp_path):
    content = made(2 * MIB)
    with host.files() as files:
        files.upload(source(content))
    (tmp_path / "back.exe.partial").write_bytes(content[:MIB])
    with host.files() as files:
        assert files.download("agent.exe", tmp_path / "back.exe").sent == MIB
    assert (tmp_path / "back.exe").read_bytes() == content


def test_what_is_left_of_another_file_is_thrown_away(host, source, tmp_path):
    content = made(MIB + 1)
    with host.files() as files:
        sent = files.upload(source(content))
        (tmp_path / "back.exe.partial").write_bytes(b"x" * 5000)
        files.download("agent.exe", tmp_path / "back.exe")
        host.machine.files.remove(sent.path)
        host.machine.files.write(f"{FOLDER}\\agent.exe.{sent.sha256[:16]}.partial", b"y" * 7000)
        again = files.upload(tmp_path / "agent.exe")
    assert (tmp_path / "back.exe").read_bytes() == content
    assert again.sent == MIB + 1
    assert host.machine.files.read(sent.path) == content


def test_a_host_that_stays_away_ends_the_transfer(host, source):
    with host.files(attempts=2) as files:
        host.faults.set("endpoint.drop_request", times=None)
        with pytest.raises(ConnectionFailed):
            files.upload(source(made(1000)))
        host.faults.clear()


def test_a_transfer_that_is_halted_goes_on_later(host, source):
    content, stop = made(9 * MIB), threading.Event()

    def watch(done, _whole):
        if done > 7 * MIB:
            stop.set()

    path = source(content)
    with host.files(progress=watch, halted=stop.is_set) as files, pytest.raises(TransferHalted, match="of 9,437,184"):
        files.upload(path)
    assert [name.endswith(PARTIALS) for name in names(host)] == [True]
    with host.files() as files:
        assert files.upload(path).sent <= 7 * MIB


# ---- what goes wrong


def test_a_full_disk_is_said_before_anything_is_sent(host, source):
    free = host.machine.files.free
    host.machine.files.set_free(1000)
    try:
        with host.files() as files, pytest.raises(RemotingError, match="needs 5000 more bytes") as caught:
            files.upload(source(made(5000)))
    finally:
        host.machine.files.set_free(free)
    assert "free some room" in caught.value.hint
    assert names(host) == []


def test_a_disk_that_fills_up_meanwhile(host, source):
    """The room is looked at first; somebody else takes it while the file is on its way."""
    free = host.machine.files.free

    def fill(done, _whole):
        if done:
            host.machine.files.set_free(1000)

    try:
        with host.files(progress=fill) as files, pytest.raises(RemotingError) as caught:
            files.upload(source(made(900_000)))
    finally:
        host.machine.files.set_free(free)
    assert "free some room" in caught.value.hint


def test_a_file_that_changes_while_it_is_sent(host, source):
    path = source(made(3 * MIB))

    def spoil(done, _whole):
        if done > MIB:
            path.write_bytes(made(3 * MIB, b"other"))

    with host.files(progress=spoil) as files, pytest.raises(RemotingError, match="has changed while it was being sent"):
        files.upload(path)
    assert "agent.exe" not in names(host)


def test_a_file_that_is_altered_on_its_way_is_not_kept(host, source):
    """Whoever changes what lies there under its temporary name gets it thrown away."""
    content = made(5 * MIB)

    def swap(done, _whole):
        for node in host.machine.files.children(FOLDER) if host.machine.files.find(FOLDER) else ():
            if node.content:
                node.content[0] ^= 1

    with host.files(progress=swap) as files, pytest.raises(RemotingError, match="and not the expected"):
        files.upload(source(content))
    assert names(host) == []


def test_a_file_that_is_not_the_expected_one_is_not_sent(host, source):
    with host.files() as files, pytest.raises(SettingsError, match="nothing was sent"):
        files.upload(source(b"altered"), sha256="0" * 64)
    assert host.machine.files.find(FOLDER) is None


def test_a_file_that_is_not_here(host, tmp_path):
    with host.files() as files, pytest.raises(SettingsError, match="cannot be read"):
        files.upload(tmp_path / "nothing.exe")


def test_a_file_that_is_not_there(host, source, tmp_path):
    with host.files() as files:
        with pytest.raises(RemotingError, match="There is no folder"):
            files.download("support.zip", tmp_path / "got.zip")
        files.upload(source(b"x"))
        with pytest.raises(RemotingError, match="send-file failed"):
            files.download("support.zip", tmp_path / "got.zip")
    assert not (tmp_path / "got.zip").exists()


def test_a_folder_whose_path_is_too_long(host, source):
    with host.files(folder="C:\\" + "\\".join(["a" * 60] * 4)) as files, pytest.raises(RemotingError) as caught:
        files.upload(source(b"x"))
    assert "shorter" in caught.value.hint


@pytest.mark.parametrize(
    "folder",
    [
        "C:",
        "C:\\",
        "D:jcad",
        "jcad",
        "\\\\srv\\share",
        "C:\\a\\..\\b",
        "C:\\Windows\\Temp\\jcad",
        "C:\\a:b",
        "C:\\a. \\b",
    ],
)
def test_what_is_no_staging_folder_is_refused(host, source, folder):
    with host.files(folder=folder) as files, pytest.raises(RemotingError, match="no staging folder"):
        files.upload(source(b"x"))


def test_a_folder_that_others_may_write_to_is_refused(host, source, tmp_path):
    """Neither an inherited access control, nor one of somebody else's, nor a link to elsewhere."""
    made_by_others = "O:S-1-5-21-1-2-3-1104G:DUD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
    too_open = "O:BAG:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;;0x1200a9;;;BU)"
    for sddl in (INHERITED_SDDL, made_by_others, too_open):
        host.machine.files.make_folder(FOLDER, sddl)
        host.machine.files.write(f"{FOLDER}\\agent.exe", b"theirs")
        with host.files() as files:
            for attempt in (
                lambda: files.upload(source(b"x")),
                lambda: files.download("agent.exe", tmp_path / "x"),
                lambda: files.remove("agent.exe"),
            ):
                with pytest.raises(RemotingError, match="is open to others"):
                    attempt()
        assert host.machine.files.read(f"{FOLDER}\\agent.exe") == b"theirs"
        host.machine.files.remove(FOLDER, recurse=True)


def test_a_link_to_elsewhere_is_refused(host, source):
    node = host.machine.files.make_folder(FOLDER, "O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)")
    node.is_link = True
    with host.files() as files, pytest.raises(RemotingError, match="is a link to somewhere else"):
        files.upload(source(b"x"))


@pytest.mark.parametrize(
    "name", ["..\\x.exe", "x:y", "con", "NUL.txt", "x.exe.", " x", "a/b", "x" * 121, "päckchen", ""]
)
def test_a_name_that_leads_elsewhere_is_refused_here_and_there(host, source, name):
    with host.files() as files:
        with pytest.raises(RemotingError):
            files.remove(name)
        item = {"folder": FOLDER, "name": name, "size": 1, "sha256": "0" * 64, "offset": 0}
        with host.open() as session:
            call = SCRIPTS.call("receive-file", item)
            outcome, _ = SCRIPTS.read(call.script, next(iter(session.run(call))))
    assert outcome.error.id == "NameRefused"


def test_somebody_who_is_no_administrator_is_denied(host, source, tmp_path):
    """Members of Remote Management Users may log on; neither the folder is theirs to make, nor what is in it to read."""
    original = host.open
    host.open = lambda: original(user="LAB\\guest")
    try:
        with host.files() as files, pytest.raises(AccessDenied):
            files.upload(source(b"x"))
        host.open = original
        with host.files() as files:
            files.upload(source(b"secret"))
        host.open = lambda: original(user="LAB\\guest")
        with host.files() as files, pytest.raises(AccessDenied):
            files.download("agent.exe", tmp_path / "x")
    finally:
        del host.open


# ---- other ways


def test_the_command_shell_carries_files_as_well(host, source, tmp_path):
    content = made(int(2.5 * MIB))
    endpoint = {"protocol": Protocol.WINRM}
    with host.open(**endpoint) as session:
        assert session.feed_limit == MIB
    original = host.open
    host.open = lambda: original(**endpoint)
    try:
        with host.files() as files:
            sent = files.upload(source(content))
            assert host.machine.files.read(sent.path) == content
            files.download("agent.exe", tmp_path / "back.exe")
    finally:
        del host.open
    assert (tmp_path / "back.exe").read_bytes() == content


def test_over_tls_with_basic(file_certificate, source, tmp_path):
    with file_host(file_certificate) as host:
        original = host.open
        host.open = lambda: original(authentication=Authentication.BASIC)
        with host.files() as files:
            files.upload(source(made(MIB)))
            files.download("agent.exe", tmp_path / "back.exe")
    assert (tmp_path / "back.exe").read_bytes() == made(MIB)


def test_pypsrps_own_copy_and_fetch_work_in_the_lab(host, source, tmp_path):
    """The peer that the benchmark measures, unmodified."""
    content = made(400_000)
    client = Client(
        "127.0.0.1", port=host.server.port, ssl=False, auth="negotiate", username="LAB\\ada", password="Ada-1-Passw0rd"
    )
    with client:
        assert client.copy(str(source(content)), "C:\\Windows\\Temp\\copied.exe") == "C:\\Windows\\Temp\\copied.exe"
        client.fetch("C:\\Windows\\Temp\\copied.exe", str(tmp_path / "fetched.exe"))
    assert (tmp_path / "fetched.exe").read_bytes() == content
    assert host.machine.files.read("C:\\Windows\\Temp\\copied.exe") == content


def test_a_source_knows_its_beginning(source):
    content = made(2 * MIB + 3)
    told = Source.read(source(content))
    assert told.begins_with(MIB + 1, hashlib.sha256(content[: MIB + 1]).hexdigest())
    assert not told.begins_with(MIB, hashlib.sha256(content[: MIB + 1]).hexdigest())


def test_a_new_file_that_a_scanner_holds_open_is_moved_a_moment_later(host, source):
    """Antivirus opens what was just written, and does not let it be renamed meanwhile."""
    files, released = host.machine.files, threading.Event()
    move = files.move

    def moving(old, new, **options):
        if not released.is_set():
            raise FileFault(Trouble.IN_USE, old)
        move(old, new, **options)

    files.move = moving
    scanner = threading.Timer(0.5, released.set)
    scanner.start()
    try:
        with host.files() as staging:
            sent = staging.upload(source(made(2 * MIB)))
    finally:
        scanner.join()
        del files.move
    assert files.read(sent.path) == made(2 * MIB)


def test_what_cannot_be_written_here_is_told(host, source, tmp_path):
    """A folder that is not there; a link that somebody has put there, which is not followed."""
    with host.files() as files:
        files.upload(source(made(MIB)))
        with pytest.raises(ReportError, match="cannot be written"):
            files.download("agent.exe", tmp_path / "nowhere" / "back.exe")
        (tmp_path / "back.exe.partial").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(ReportError, match="cannot be written"):
            files.download("agent.exe", tmp_path / "back.exe")
    assert not (tmp_path / "elsewhere").exists()


def test_what_others_could_read_of_an_earlier_attempt_is_closed_to_them(host, source, tmp_path):
    (tmp_path / "got.zip.partial").write_bytes(b"")
    (tmp_path / "got.zip.partial").chmod(0o666)
    with host.files() as files:
        files.upload(source(b"secret", "support.zip"))
        files.download("support.zip", tmp_path / "got.zip")
    assert stat.S_IMODE((tmp_path / "got.zip").stat().st_mode) == 0o600


def test_a_file_that_is_gone_while_it_is_sent_is_told(host, source, monkeypatch):
    monkeypatch.setattr("jcad.remoting.psrp._FEED_LIMIT", 2 * MIB)
    path = source(made(5 * MIB))

    def spoil(done, _whole):
        if done == 2 * MIB:
            path.unlink()

    with host.files(progress=spoil) as files, pytest.raises(SettingsError, match="cannot be read"):
        files.upload(path)


MEASURE = """
import json, sys
from contextlib import nullcontext
from pathlib import Path
from jcad.model import Secret
from jcad.powershell.hosts import host_call, read_host_outcome
from jcad.remoting import Endpoint, open_session
from jcad.remoting.files import HostFiles, HostScripts
told = json.load(sys.stdin)
with open_session(Endpoint(**told["endpoint"]), Secret(told["password"])) as session:
    files = HostFiles(lambda: nullcontext(session), folder=told["folder"], scripts=HostScripts(host_call, read_host_outcome))
    files.upload(Path(told["source"]), name="large.bin")
    files.download("large.bin", Path(told["source"] + ".back"))
print(next(line.split()[1] for line in Path("/proc/self/status").read_text("utf-8").splitlines() if line.startswith("VmHWM")))
"""


def test_a_large_file_takes_no_more_memory_than_a_small_one(host, tmp_path):
    """In a process of its own: 24 MB there and back, beside 3 MB, in kilobytes of the highest memory."""
    taken = {}
    for size in (3_000_000, 24_000_000):
        (tmp_path / "large.bin").write_bytes(made(size))
        told = {
            "endpoint": {
                "host": "srv1.lab.jcad.test",
                "address": "127.0.0.1",
                "port": host.server.port,
                "scheme": "http",
            }
            | {"user": "LAB\\ada"},
            "password": PASSWORD.reveal(),
            "folder": FOLDER,
            "source": str(tmp_path / "large.bin"),
        }
        done = subprocess.run(
            [sys.executable, "-c", MEASURE], input=json.dumps(told), capture_output=True, text=True, check=True
        )
        taken[size] = int(done.stdout)
        assert (tmp_path / "large.bin.back").read_bytes() == made(size)
    assert taken[24_000_000] - taken[3_000_000] < 12_000, taken
