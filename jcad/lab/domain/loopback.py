"""The loopback addresses of a lab: sixteen of them, held as long as the lab's process lives.

Opens sockets on loopback only; leaves no file behind.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from jcad.errors import LabError

BLOCK: Final = 16
FIRST: Final = ipaddress.IPv4Address("127.0.0.16")
LABS: Final = 15

_PROBED: Final = (53, 88, 135, 389, 443, 636, 5985, 5986)


@dataclass(slots=True)
class AddressBlock:
    """Sixteen addresses of 127.0.0.0/24 that no other lab on this machine uses until `release`.

    `services` carries the name server and JumpCloud's API, `controller(1)` is the address of the first domain controller,
    `member(1)` that of the first member server.
    """

    first: ipaddress.IPv4Address
    _holder: socket.socket = field(repr=False)

    @property
    def services(self) -> str:
        """The address of everything that is no Windows host."""
        return str(self.first)

    def controller(self, number: int) -> str:
        """Give the address of the domain controller of this number (1 to 9). Raises `LabError` beyond."""
        return self._address(number, 1, 9, "domain controllers")

    def member(self, number: int) -> str:
        """Give the address of the member server of this number (1 to 6). Raises `LabError` beyond."""
        return self._address(9 + number, 10, 15, "member servers")

    def _address(self, offset: int, low: int, high: int, what: str) -> str:
        if not low <= offset <= high:
            raise LabError(f"a lab has addresses for {high - low + 1} {what}")
        return str(self.first + offset)

    def release(self) -> None:
        """Let other labs have the addresses."""
        self._holder.close()


def reserve_addresses() -> AddressBlock:
    """Take the first block that no lab holds and nothing else listens on. Raises `LabError` where all are in use."""
    for number in range(LABS):
        first = FIRST + number * BLOCK
        holder = _hold(first)
        if holder is None:
            continue
        if _is_free(first):
            return AddressBlock(first, holder)
        holder.close()
    raise LabError(
        f"All {LABS} blocks of loopback addresses from {FIRST} on are in use by other labs or servers.",
        hint="stop a lab that is not needed with jcad lab down",
    )


def _hold(first: ipaddress.IPv4Address) -> socket.socket | None:
    # A name in the abstract namespace ends with its process, however that ends, and belongs to the network namespace
    # just as the loopback addresses do.
    holder = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        holder.bind(f"\0jcad-lab-{first}")
    except OSError:
        holder.close()
        return None
    return holder


def _is_free(first: ipaddress.IPv4Address) -> bool:
    return can_listen((str(first + offset), port) for offset in range(BLOCK) for port in _PROBED)


def can_listen(endpoints: Iterable[tuple[str, int]]) -> bool:
    """Say whether nothing listens on any of these (address, port) pairs, TCP."""
    with ExitStack() as stack:
        for endpoint in endpoints:
            probe = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a closing connection is no listener
            try:
                probe.bind(endpoint)
            except OSError:
                return False
    return True


def require_loopback(address: str) -> str:
    """Return the address if it is one of loopback. Raises `LabError` for every other: the lab listens nowhere else."""
    if not ipaddress.ip_address(address).is_loopback:
        raise LabError(f"the lab listens on loopback only, not on {address}", hint="use an address of 127.0.0.0/8")
    return address
