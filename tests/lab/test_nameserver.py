"""The lab's name server: what it knows, what it refuses, and that nothing stops it."""

from __future__ import annotations

import socket

import dns.message
import dns.query
import dns.rcode
import dns.resolver
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import LabError
from jcad.lab.nameserver import NameServer, Zone, answer

HOSTS = {
    "dc1.lab.jcad.test": "127.0.0.17",
    "dc2.lab.jcad.test": "127.0.0.18",
    "srv1.lab.jcad.test": "127.0.0.26",
}
ZONE = Zone("lab.jcad.test", HOSTS, ("dc1.lab.jcad.test", "dc2.lab.jcad.test"))


@pytest.fixture(scope="module")
def server():
    with NameServer("127.0.0.1", ZONE, port=0) as running:
        yield running


@pytest.fixture
def resolver(server):
    asking = dns.resolver.Resolver(configure=False)
    asking.nameservers, asking.port = [server.address], server.port
    return asking


@pytest.mark.parametrize("tcp", [False, True])
def test_hosts_and_the_domain_have_addresses(resolver, tcp):
    assert [str(each) for each in resolver.resolve("SRV1.lab.jcad.test", "A", tcp=tcp)] == ["127.0.0.26"]
    assert {str(each) for each in resolver.resolve("lab.jcad.test", "A", tcp=tcp)} == {"127.0.0.17", "127.0.0.18"}


@pytest.mark.parametrize(
    ("service", "port"),
    [
        ("_ldap._tcp", 389),
        ("_ldap._tcp.dc._msdcs", 389),
        ("_ldap._tcp.Default-First-Site-Name._sites.dc._msdcs", 389),
        ("_gc._tcp", 3268),
        ("_kerberos._udp", 88),
    ],
)
def test_domain_controllers_are_found_by_service(resolver, service, port):
    found = resolver.resolve(f"{service}.lab.jcad.test", "SRV")
    assert {(str(each.target), each.port) for each in found} == {
        ("dc1.lab.jcad.test.", port),
        ("dc2.lab.jcad.test.", port),
    }
    assert {str(record.name) for record in found.response.additional} == {"dc1.lab.jcad.test.", "dc2.lab.jcad.test."}


def test_one_controller_is_the_pdc_emulator(resolver):
    (record,) = resolver.resolve("_ldap._tcp.pdc._msdcs.lab.jcad.test", "SRV")
    assert str(record.target) == "dc1.lab.jcad.test."


def test_what_is_not_there_does_not_exist(resolver):
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve("dc3.lab.jcad.test", "A")
    with pytest.raises(dns.resolver.NoAnswer):
        resolver.resolve("dc1.lab.jcad.test", "AAAA")


def test_what_is_not_the_labs_is_refused():
    query = dns.message.make_query("example.com", "A")
    response = dns.message.from_wire(answer(query.to_wire(), ZONE))
    assert response.rcode() == dns.rcode.REFUSED
    assert not response.answer


def test_an_update_is_not_carried_out():
    query = dns.message.make_query("dc1.lab.jcad.test", "A")
    query.set_opcode(4)
    assert dns.message.from_wire(answer(query.to_wire(), ZONE)).rcode() == dns.rcode.NOTIMP


@given(st.binary(max_size=64))
def test_nonsense_is_answered_by_silence_or_by_a_refusal(wire):
    said = answer(wire, ZONE)
    assert said is None or dns.message.from_wire(said).rcode() != dns.rcode.NOERROR or len(wire) >= 12


def test_nonsense_over_either_wire_does_not_stop_it(server, resolver):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(b"\xff" * 40, (server.address, server.port))
    with socket.create_connection((server.address, server.port)) as stream:
        stream.sendall(b"\x00\x05hello")
        assert stream.recv(10) == b""
    assert resolver.resolve("dc1.lab.jcad.test", "A")


def test_it_does_not_listen_elsewhere_than_on_loopback():
    with pytest.raises(LabError, match="loopback only"):
        NameServer("0.0.0.0", ZONE)


def test_a_port_that_is_taken_is_named(server):
    with pytest.raises(LabError, match=f"cannot listen on 127.0.0.1:{server.port}"):
        NameServer("127.0.0.1", ZONE, port=server.port)
