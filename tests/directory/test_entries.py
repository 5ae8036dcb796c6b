"""The fast reader against ldap3's decoder, on recorded replies, on made ones, and on nonsense."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import ldap3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ldap3.protocol.rfc4511 import LDAPMessage, MessageID, ProtocolOp, SearchResultEntry
from ldap3.strategy.base import BaseStrategy
from ldap3.utils.asn1 import decode_message_fast
from pyasn1.codec.ber.encoder import encode

from jcad.directory import entries
from jcad.directory.entries import LARGEST_MESSAGE, SEARCH_DONE, SEARCH_ENTRY, Message, MessageSplitter, read_entry
from jcad.errors import DirectoryError

RECORDED = Path(__file__).parent / "recorded"
REPLIES = ["samba-people.ber.gz", "samba-users.ber.gz"]

names = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}(;range=[0-9]{1,4}-([0-9]{1,4}|\*))?", fullmatch=True)
values = st.lists(st.binary(max_size=300), max_size=4)
attribute_maps = st.dictionaries(names, values, max_size=8).filter(
    lambda made: len({*map(str.lower, made)}) == len(made)
)
made_entries = st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=90), attribute_maps)


def recorded(name: str) -> bytes:
    return gzip.decompress((RECORDED / name).read_bytes())


def entries_of(messages: list[Message]) -> list[tuple[str, dict[str, list[bytes]]]]:
    return [read_entry(data, start, stop) for _, tag, data, start, stop, _ in messages if tag == SEARCH_ENTRY]


def ldap3_entries(reply: bytes) -> list[tuple[str, dict[str, list[bytes]]]]:
    """What ldap3's own decoder makes of the same bytes."""
    strategy = ldap3.Connection(ldap3.Server("127.0.0.1", get_info=ldap3.NONE)).strategy
    found = []
    while reply:
        size = BaseStrategy.compute_ldap_message_size(reply)
        response = strategy.decode_response_fast(decode_message_fast(reply[:size]))
        if response["type"] == "searchResEntry":
            raw = {name.lower(): list(got) for name, got in response["raw_attributes"].items()}
            found.append((response["dn"], raw))
        reply = reply[size:]
    return found


def by_pyasn1(dn: str, attributes: dict[str, list[bytes]]) -> bytes:
    """A SearchResultEntry message, encoded by an implementation that is not ours."""
    entry = SearchResultEntry()
    entry["object"] = dn.encode()
    entry["attributes"].clear()
    for number, (name, got) in enumerate(attributes.items()):
        entry["attributes"][number]["type"] = name.encode()
        entry["attributes"][number]["vals"].clear()
        for index, value in enumerate(got):
            entry["attributes"][number]["vals"][index] = value
    message = LDAPMessage()
    message["messageID"] = MessageID(7)
    message["protocolOp"] = ProtocolOp().setComponentByName("searchResEntry", entry)
    return bytes(encode(message))


def windows_form(data: bytes) -> bytes:
    """The same element with every constructed length written in four octets, as Windows writes them."""
    made = b""
    while data:
        tag, size, head = data[0], data[1], 2
        if size > 0x7F:
            head += size & 0x7F
            size = int.from_bytes(data[2:head], "big")
        content = data[head : head + size]
        if tag & 0x20:
            inner = windows_form(content)
            made += bytes((tag, 0x84)) + len(inner).to_bytes(4, "big") + inner
        else:
            made += data[: head + size]
        data = data[head + size :]
    return made


@pytest.mark.parametrize("reply", REPLIES)
def test_recorded_replies_read_as_ldap3_reads_them(reply: str) -> None:
    raw = recorded(reply)
    ours = entries_of(MessageSplitter().feed(raw))
    assert len(ours) > 10
    assert ours == ldap3_entries(raw)


@pytest.mark.parametrize("reply", REPLIES)
def test_the_long_lengths_of_windows_read_the_same(reply: str) -> None:
    raw = recorded(reply)
    assert entries_of(MessageSplitter().feed(windows_form(raw))) == entries_of(MessageSplitter().feed(raw))


def test_awkward_names_come_through() -> None:
    found = {values["samaccountname"][0].decode(): dn for dn, values in entries_of(
        MessageSplitter().feed(recorded("samba-people.ber.gz"))) if "samaccountname" in values}  # fmt: skip
    assert found["obrien"].startswith("CN=Miles O'Brien,OU=people,")
    assert found["watanabe"].startswith("CN=渡辺 花子,")
    assert found["jdoe"].startswith('CN=Doe\\, Jane \\"JD\\",')
    assert found["smile"].startswith("CN=😀 smile,")


def test_message_ids_tags_and_the_end_of_a_recorded_reply() -> None:
    messages = MessageSplitter().feed(recorded("samba-users.ber.gz"))
    assert len({message[0] for message in messages}) == 1
    assert [message[1] for message in messages] == [SEARCH_ENTRY] * 250 + [SEARCH_DONE]


@given(made_entries)
@settings(deadline=None)
def test_what_pyasn1_writes_is_read_back(made: tuple[str, dict[str, list[bytes]]]) -> None:
    dn, attributes = made
    lower = {name.lower(): got for name, got in attributes.items()}
    for message in (by_pyasn1(dn, attributes), windows_form(by_pyasn1(dn, attributes))):
        assert entries_of(MessageSplitter().feed(message)) == [(dn, lower)]


@given(st.lists(made_entries, min_size=1, max_size=4), st.data())
@settings(max_examples=50, deadline=None)
def test_it_does_not_matter_in_which_pieces_bytes_arrive(
    made: list[tuple[str, dict[str, list[bytes]]]], data: st.DataObject
) -> None:
    stream = b"".join(by_pyasn1(*one) for one in made)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    splitter, found = MessageSplitter(), []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += entries_of(splitter.feed(stream[start:stop]))
    assert found == entries_of(MessageSplitter().feed(stream))
    assert len(found) == len(made)
    assert splitter.pending == 0


def test_byte_by_byte_is_the_same_as_at_once() -> None:
    raw = recorded("samba-people.ber.gz")
    splitter, found = MessageSplitter(), []
    for position in range(len(raw)):
        found += entries_of(splitter.feed(raw[position : position + 1]))
    assert found == entries_of(MessageSplitter().feed(raw))


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_messages_or_a_named_error(data: bytes) -> None:
    with contextlib.suppress(DirectoryError):
        entries_of(MessageSplitter().feed(data))


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_content_gives_an_entry_or_a_named_error(data: bytes) -> None:
    with contextlib.suppress(DirectoryError):
        read_entry(data, 0, len(data))


@given(made_entries, st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_entries_give_an_entry_or_a_named_error(
    made: tuple[str, dict[str, list[bytes]]], data: st.DataObject
) -> None:
    """Flipped, cut and doubled bytes of a valid message: the structure is near enough to lead a reader astray."""
    damaged = bytearray(by_pyasn1(*made))
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(damaged) - 1))
        damaged[position] = data.draw(st.integers(0, 255))
    damaged = damaged[: data.draw(st.integers(1, len(damaged)))]
    with contextlib.suppress(DirectoryError):
        for dn, attributes in entries_of(MessageSplitter().feed(bytes(damaged))):
            assert len(dn.encode()) + sum(map(len, attributes)) <= len(damaged)


@given(made_entries)
@settings(deadline=None)
def test_an_entry_never_reads_beyond_its_end(made: tuple[str, dict[str, list[bytes]]]) -> None:
    """Two entries lie side by side in one buffer; a length that is one too long must not reach into the second."""
    one = by_pyasn1(*made)
    (_, _, data, start, stop, _), _ = MessageSplitter().feed(one + one)
    with pytest.raises(DirectoryError):
        read_entry(data, start, stop + 1)
    with pytest.raises(DirectoryError):
        read_entry(data, start, stop - 1)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"\x30\x80", id="indefinite length"),
        pytest.param(b"\x30\x89" + b"\x01" * 9, id="a length of nine octets"),
        pytest.param(b"\x30\x84" + (LARGEST_MESSAGE + 1).to_bytes(4, "big"), id="longer than anything that AD sends"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n", id="a web server"),
        pytest.param(b"\x15\x03\x03\x00\x02\x02\x46", id="a TLS alert"),
    ],
)
def test_what_is_no_ldap_is_refused_at_its_head(head: bytes) -> None:
    with pytest.raises(DirectoryError, match="cannot be read"):
        MessageSplitter().feed(head)


def test_an_attribute_that_comes_twice_is_refused() -> None:
    """Two sets of one attribute cannot both be whole; taking either would lose values without a word."""
    attribute = bytes.fromhex("30 09 04 02 63 6e 31 03 04 01 78")
    content = bytes.fromhex("04 00 30 16") + attribute + attribute
    with pytest.raises(DirectoryError, match="comes twice"):
        read_entry(content, 0, len(content))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("05 00 30 00", "no name"),
        ("04 05 61", "no name"),
        ("04 00 31 00", "no list of attributes"),
        ("04 00 30 05", "no list of attributes"),
        ("04 01 ff 30 00", "no UTF-8"),
        ("04 00 30 08 31 06 04 02 63 6e 31 00", "no sequence"),
        ("04 00 30 08 30 06 05 02 63 6e 31 00", "no type"),
        ("04 00 30 08 30 06 04 02 63 6e 30 00", "no set of values"),
        ("04 00 30 08 30 06 04 02 c3 a9 31 00", "no name"),
        ("04 00 30 08 30 07 04 02 63 6e 31 01", "cut off|do not fill|longer"),
        ("04 00 30 0a 30 08 04 02 63 6e 31 01 04 00", "do not fill"),
        ("04 00 30 0a 30 08 04 02 63 6e 31 02 05 00", "no octet string"),
        ("04 00 30 0b 30 09 04 02 63 6e 31 03 04 02 78", "longer than its attribute"),
        ("04 00 30 0a 30 08 04 02 63 6e 31 80 04 00", "no definite form"),
    ],
)
def test_each_way_to_be_no_entry_is_named(content: str, what: str) -> None:
    raw = bytes.fromhex(content)
    with pytest.raises(DirectoryError, match=what):
        read_entry(raw, 0, len(raw))


def test_very_many_attribute_names_do_not_fill_the_memory() -> None:
    """A server could send a new name each time; what is remembered of them has an end."""
    for number in range(5000):
        name = b"x%d" % number
        attribute = b"\x30" + bytes((len(name) + 4,)) + b"\x04" + bytes((len(name),)) + name + b"\x31\x00"
        content = b"\x04\x00\x30" + bytes((len(attribute),)) + attribute
        assert read_entry(content, 0, len(content)) == ("", {name.decode(): []})
    assert len(entries._names) <= 4096


def test_an_attribute_without_values_has_an_empty_list() -> None:
    content = bytes.fromhex("04 00 30 08 30 06 04 02 63 6e 31 00")
    assert read_entry(content, 0, len(content)) == ("", {"cn": []})


def test_only_the_unfinished_message_is_kept() -> None:
    """Memory stays flat: what has been given out is not kept."""
    raw, splitter = recorded("samba-users.ber.gz"), MessageSplitter()
    longest = max(len(piece) for piece in (raw[i : i + 4096] for i in range(0, len(raw), 4096)))
    for start in range(0, len(raw), 4096):
        splitter.feed(raw[start : start + 4096])
        assert splitter.pending < longest
