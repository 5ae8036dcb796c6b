"""Reading Active Directory: jcad's decoder beside ldap3's own, on the same recorded bytes.

    python tests/benchmarks/bench_directory.py [entries] [--runs N]

The reply was recorded from a Samba domain controller: users with twelve attributes. It is repeated until it has as many
entries as asked for, and given to both decoders in the 16 KiB pieces in which TLS delivers. Decoding is all that is timed:
no server, no network. `rows()` is for whoever prints several tables.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import ldap3
from ldap3.strategy.base import BaseStrategy
from ldap3.utils.asn1 import decode_message_fast

from jcad.directory.entries import SEARCH_ENTRY, MessageSplitter, read_entry
from jcad.directory.names import NameReader
from jcad.directory.objects import user

RECORDED = Path(__file__).parent.parent / "directory" / "recorded" / "samba-users.ber.gz"
ENTRIES_RECORDED = 250
PIECE = 16 * 1024


class Row(NamedTuple):
    """One reader: median seconds, entries a second, how many times as fast as ldap3, and the memory held at most.

    The peaks are those of streaming a fortieth of the entries, and of ten times as many: flat is the same twice.
    """

    reader: str
    seconds: float
    rate: float
    ratio: float
    peak_kib_of_few: float
    peak_kib_of_many: float


def pieces(entries: int) -> Iterator[bytes]:
    """A reply of about so many entries, as a socket would deliver it."""
    recorded = gzip.decompress(RECORDED.read_bytes())
    for _ in range(max(1, entries // ENTRIES_RECORDED)):
        for start in range(0, len(recorded), PIECE):
            yield recorded[start : start + PIECE]


def with_jcad(entries: int) -> int:
    """Names as text, values as bytes, attribute names in lower case."""
    splitter, count = MessageSplitter(), 0
    for piece in pieces(entries):
        for _, tag, data, start, stop, _ in splitter.feed(piece):
            if tag == SEARCH_ENTRY:
                read_entry(data, start, stop)
                count += 1
    return count


def with_jcad_users(entries: int) -> int:
    """As above, and an AdUser of each: GUID, SID, flags, numbers and names converted."""
    splitter, names, count = MessageSplitter(), NameReader(), 0
    for piece in pieces(entries):
        for _, tag, data, start, stop, _ in splitter.feed(piece):
            if tag == SEARCH_ENTRY:
                user(read_entry(data, start, stop), names)
                count += 1
    return count


def with_ldap3(entries: int) -> int:
    """ldap3's fast decoder (its default), called as its synchronous strategy calls it."""
    strategy = ldap3.Connection(ldap3.Server("127.0.0.1", get_info=ldap3.NONE)).strategy
    unread, count = b"", 0
    for piece in pieces(entries):
        unread += piece
        while 0 < (size := BaseStrategy.compute_ldap_message_size(unread)) <= len(unread):
            message, unread = unread[:size], unread[size:]
            if strategy.decode_response_fast(decode_message_fast(message))["type"] == "searchResEntry":
                count += 1
    return count


TITLE = "Decoding recorded search results, no server and no network"
TARGET = "targets for 100,000 entries: jcad at least 10 times as fast as ldap3, memory flat"
QUICK = {"entries": 2_000, "runs": 1}

READERS: dict[str, Callable[[int], int]] = {
    "jcad": with_jcad,
    "jcad, as AdUser": with_jcad_users,
    "ldap3": with_ldap3,
}


def rows(entries: int = 100_000, runs: int = 3) -> list[Row]:
    """Time every reader; the slow one gets a twentieth of the entries, and its figure is scaled up."""
    rates = {name: _rate(read, entries if name != "ldap3" else entries // 20, runs) for name, read in READERS.items()}
    return [
        Row(
            name,
            entries / rate,
            rate,
            rate / rates["ldap3"],
            peak_memory(READERS[name], entries // 40) / 1024,
            peak_memory(READERS[name], entries // 4) / 1024,
        )
        for name, rate in rates.items()
    ]


def peak_memory(read: Callable[[int], int], entries: int) -> int:
    """The bytes that a decoder holds at most while so many entries stream through it."""
    tracemalloc.start()
    read(entries)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _rate(read: Callable[[int], int], entries: int, runs: int) -> float:
    rates = []
    for _ in range(runs):
        begin = time.perf_counter()
        count = read(entries)
        rates.append(count / (time.perf_counter() - begin))
    return statistics.median(rates)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("entries", nargs="?", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    write = sys.stdout.write
    title = "decoding " + format(given.entries, ",")
    write(f"{title:<24}{'seconds':>9}{'entries/s':>12}{'x ldap3':>9}{'peak KiB, few and many':>26}\n")
    for row in rows(given.entries, given.runs):
        write(f"{row.reader:<24}{row.seconds:>9.2f}{row.rate:>12,.0f}{row.ratio:>9.1f}")
        write(f"{row.peak_kib_of_few:>13,.0f}{row.peak_kib_of_many:>13,.0f}\n")


if __name__ == "__main__":
    main()
