import pytest

from jcad.lab.login import Login
from jcad.lab.powershell.values import PSCredential, SecureString
from jcad.lab.windows.directory import Directories, WindowsHost
from jcad.lab.windows.failures import AdFailure

CONTROLLERS = {"DC1": ("127.0.0.18", 389), "DC2": ("127.0.0.19", 389)}
LOGIN = Login("jane", "LAB", "S-1-5-21-1-2-3-1104", b"\0" * 16)


def host(name="DC1", controllers=CONTROLLERS):
    return WindowsHost(name, "lab.jcad.test", "LAB", controllers)


@pytest.mark.parametrize(
    ("server", "controller"),
    [
        ("dc2", "DC2"),
        ("DC2.lab.jcad.test", "DC2"),
        ("dc2.lab.jcad.test.", "DC2"),
        ("127.0.0.19", "DC2"),
        ("localhost", "DC1"),
        ("lab.jcad.test", "DC1"),
        ("LAB", "DC1"),
        ("dc3", None),
        ("dc1.other.test", None),
    ],
)
def test_a_server_is_known_by_any_of_its_names(server, controller):
    assert host().controller_of(server) == controller


def test_a_member_server_is_no_controller_and_has_no_directory_of_its_own():
    assert not host("SRV1").is_controller
    assert host("SRV1").controller_of("localhost") is None
    assert host("SRV1").controller_of("LAB") == "DC1"


def opened(host, *arguments):
    directory = Directories(host, LOGIN).open(*arguments)
    return directory.connection


def refused(host, *arguments):
    with pytest.raises(AdFailure) as failure:
        Directories(host, LOGIN).open(*arguments)
    return failure.value.category, failure.value.code


def test_the_own_controller_is_asked_as_the_logged_on_account():
    connection = opened(host())
    assert (connection.address, connection.credential.name, connection.credential.nt_hash) == (
        "127.0.0.18",
        "LAB\\jane",
        b"\0" * 16,
    )


def test_another_host_needs_a_credential_and_gets_it():
    assert refused(host(), "dc2") == ("SecurityError", None)
    connection = opened(host(), "dc2", PSCredential("svc", SecureString("secret")))
    assert (connection.address, connection.credential.name, connection.credential.password) == (
        "127.0.0.19",
        "LAB\\svc",
        "secret",
    )


def test_an_empty_credential_is_none():
    assert opened(host(), None, PSCredential(None, SecureString(""))).credential.name == "LAB\\jane"
    assert refused(host(), "dc2", PSCredential(None, SecureString(""))) == ("SecurityError", None)


def test_a_member_server_hops_to_every_controller():
    assert refused(host("SRV1")) == ("SecurityError", None)


def test_who_does_not_exist_cannot_be_contacted_and_who_is_not_named_is_not_found():
    assert refused(host(), "nowhere") == ("ResourceUnavailable", 0)
    assert refused(host("SRV1", {})) == ("ResourceUnavailable", 1355)


def test_a_port_may_be_named():
    assert opened(host(), "dc1:3268").port == 3268


def test_one_connection_serves_one_account_at_one_server():
    directories = Directories(host(), LOGIN)
    assert directories.open() is directories.open("DC1")
    assert directories.open() is not directories.open("DC1", PSCredential("svc", SecureString("x")))


def test_neither_hash_nor_password_is_shown():
    shown = repr(opened(host()).credential) + repr(
        opened(host(), "dc2", PSCredential("svc", SecureString("secret"))).credential
    )
    assert "secret" not in shown
    assert "\\x00" not in shown
