"""Where domain controllers are: the list of the settings, and DNS from a real name server on loopback."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from jcad.directory import DirectoryTarget, Host, Timeouts, WireProtection
from jcad.directory.discovery import addresses, candidates
from jcad.errors import ConnectionFailed, SettingsError
from jcad.model import Secret

ZONE = {
    ("_ldap._tcp.dc._msdcs.lab.jcad.test", "SRV"): [
        "0 50 389 dc2.lab.jcad.test.",
        "10 100 389 dc3.lab.jcad.test.",
        "0 100 389 dc1.lab.jcad.test.",
    ],
    ("_ldap._tcp.berlin._sites.dc._msdcs.lab.jcad.test", "SRV"): ["0 100 389 dc3.lab.jcad.test."],
    ("dc1.lab.jcad.test", "A"): ["127.0.0.11", "127.0.0.12"],
}
Start = Callable[[dict[tuple[str, str], list[str]]], str]


def target(**changed: object) -> DirectoryTarget:
    given: dict[str, object] = {"domain": "lab.jcad.test", "account": "LAB\\anna", "password": Secret("x")}
    return DirectoryTarget(**{**given, **changed})  # type: ignore[arg-type]


def test_srv_records_are_tried_by_priority_then_weight(name_server: Start) -> None:
    found = candidates(target(nameserver=name_server(ZONE)))
    assert [host.name for host in found] == ["dc1.lab.jcad.test", "dc2.lab.jcad.test", "dc3.lab.jcad.test"]
    assert {host.port for host in found} == {636}


def test_the_servers_of_the_site_come_first(name_server: Start) -> None:
    found = candidates(target(nameserver=name_server(ZONE), site="Berlin"))
    assert [host.name.split(".")[0] for host in found] == ["dc3", "dc1", "dc2"]


def test_sealing_uses_the_port_of_the_srv_record(name_server: Start) -> None:
    found = candidates(target(nameserver=name_server(ZONE), protection=WireProtection.NTLM))
    assert {host.port for host in found} == {389}
    found = candidates(target(nameserver=name_server(ZONE), protection=WireProtection.NTLM, port=3890))
    assert {host.port for host in found} == {3890}


def test_addresses_come_from_the_configured_name_server(name_server: Start) -> None:
    asked = target(nameserver=name_server(ZONE))
    host = candidates(asked)[0]
    assert addresses(asked, host) == ["127.0.0.11", "127.0.0.12"]


def test_a_host_without_an_address_says_who_was_asked(name_server: Start) -> None:
    asked = target(nameserver=name_server(ZONE), hosts=("dc9.lab.jcad.test",))
    with pytest.raises(ConnectionFailed, match=r"dc9\.lab\.jcad\.test:636 has no address") as raised:
        addresses(asked, candidates(asked)[0])
    assert asked.nameserver in (raised.value.hint or "")


def test_a_domain_that_dns_does_not_know_is_named(name_server: Start) -> None:
    with pytest.raises(ConnectionFailed, match=r"no domain controller of other\.test"):
        candidates(target(nameserver=name_server(ZONE), domain="other.test"))


def test_a_name_server_that_does_not_answer_is_named() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        asked = target(nameserver=f"127.0.0.1:{silent.getsockname()[1]}", timeouts=Timeouts(connect=0.3))
        with pytest.raises(ConnectionFailed, match=r"DNS gives no answer for _ldap\._tcp\.dc\._msdcs\.lab\.jcad\.test"):
            candidates(asked)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dc1.lab.jcad.test", Host(name="dc1.lab.jcad.test", address="dc1.lab.jcad.test", port=636)),
        ("dc1:3636", Host(name="dc1", address="dc1", port=3636)),
        ("10.0.0.1", Host(name="10.0.0.1", address="10.0.0.1", port=636)),
        ("[fd00::1]:3636", Host(name="fd00::1", address="fd00::1", port=3636)),
        ("fd00::1", Host(name="fd00::1", address="fd00::1", port=636)),
    ],
)
def test_hosts_of_the_settings(text: str, expected: Host) -> None:
    assert candidates(target(hosts=(text,))) == [expected]


@pytest.mark.parametrize("text", ["", ":636", "dc1:0", "dc1:70000"])
def test_what_is_no_host_is_a_settings_error(text: str) -> None:
    with pytest.raises(SettingsError, match="is no host"):
        candidates(target(hosts=(text,)))


def test_a_name_server_must_be_an_address() -> None:
    with pytest.raises(SettingsError, match="is no address"):
        candidates(target(nameserver="ns1.lab.jcad.test"))


def test_a_plain_bind_needs_the_word_insecure() -> None:
    with pytest.raises(SettingsError, match="in the clear"):
        target(protection=WireProtection.PLAIN)
    assert target(protection=WireProtection.PLAIN, insecure=True).default_port == 389


def test_an_empty_password_is_refused_before_it_binds_anonymously() -> None:
    with pytest.raises(SettingsError, match="empty"):
        target(password=Secret(""))


def test_a_target_never_shows_its_password() -> None:
    assert "hunter2" not in repr(target(password=Secret("hunter2")))


@pytest.mark.parametrize("domain", ["", "lab..test", "."])
def test_what_is_no_domain_is_a_settings_error(domain: str) -> None:
    with pytest.raises(SettingsError, match="no DNS name"):
        target(domain=domain)


def test_the_naming_context_follows_from_the_domain() -> None:
    assert str(target(domain="lab.jcad.test.").naming_context) == "DC=lab,DC=jcad,DC=test"
