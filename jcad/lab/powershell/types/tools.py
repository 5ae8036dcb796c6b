"""Stopwatch, RandomNumberGenerator, MailAddress and Tuple: small tools that administration scripts reach for."""

from __future__ import annotations

import re
import secrets
import time
from typing import Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.limits import check_bytes
from jcad.lab.powershell.objects import net_text, textual
from jcad.lab.powershell.types.convert import byte_array
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument, out_of_range
from jcad.lab.powershell.values import AUTOMATION_NULL, Array, Int64, NetObject, NetType, TimeSpan, Value, type_of


class Stopwatch(NetObject):
    """A System.Diagnostics.Stopwatch over the process's monotonic clock; times in ticks of 100 ns."""

    __slots__ = ("gathered", "started")
    net_type = net.define("System.Diagnostics.Stopwatch")

    def __init__(self) -> None:
        super().__init__()
        self.gathered = 0
        self.started: int | None = None

    def ticks(self) -> int:
        """The time measured so far."""
        running = 0 if self.started is None else (time.monotonic_ns() - self.started) // 100
        return self.gathered + running

    def start(self) -> Value:
        """`Start()`."""
        if self.started is None:
            self.started = time.monotonic_ns()
        return AUTOMATION_NULL

    def stop(self) -> Value:
        """`Stop()`."""
        self.gathered, self.started = self.ticks(), None
        return AUTOMATION_NULL

    def reset(self) -> Value:
        """`Reset()`."""
        self.gathered, self.started = 0, None
        return AUTOMATION_NULL


def _started() -> Stopwatch:
    watch = Stopwatch()
    watch.start()
    return watch


def _restart(self: Stopwatch) -> Value:
    self.reset()
    return self.start()


_WATCH: Final = members_of(Stopwatch.net_type)
_WATCH.constructor("()", Stopwatch)
_WATCH.static("StartNew()", _started)
_WATCH.static_property("Frequency", lambda: Int64(10_000_000), "long")
_WATCH.static_property("IsHighResolution", lambda: True, "bool")
_WATCH.property("IsRunning", lambda self: self.started is not None, "bool")
_WATCH.property("Elapsed", lambda self: TimeSpan(self.ticks()), "timespan")
_WATCH.property("ElapsedMilliseconds", lambda self: Int64(self.ticks() // 10_000), "long")
_WATCH.property("ElapsedTicks", lambda self: Int64(self.ticks()), "long")
_WATCH.method("Start()", Stopwatch.start)
_WATCH.method("Stop()", Stopwatch.stop)
_WATCH.method("Reset()", Stopwatch.reset)
_WATCH.method("Restart()", _restart)


class RandomNumbers(NetObject):
    """A System.Security.Cryptography.RandomNumberGenerator."""

    __slots__ = ()
    net_type = net.define("System.Security.Cryptography.RandomNumberGenerator", interfaces=(net.IDISPOSABLE,))


def _fill(octets: Array | None) -> Value:
    if octets is None:
        raise null_argument("data")
    octets[:] = byte_array(secrets.token_bytes(len(octets)))
    return AUTOMATION_NULL


def _between(least: int, most: int) -> int:
    if most <= least:
        raise NetError.of(
            "System.ArgumentException", "Range of random number does not contain at least one possibility."
        )
    return least + secrets.randbelow(most - least)


_RANDOM: Final = members_of(RandomNumbers.net_type)
_RANDOM.static("Create()", RandomNumbers)
_RANDOM.static("Fill(byte[])", _fill)


def _octets(count: int) -> Array:
    if count < 0:
        raise out_of_range("Non-negative number required.", "count")
    check_bytes(count)
    return byte_array(secrets.token_bytes(count))


_RANDOM.static("GetBytes(int)", _octets)
_RANDOM.static("GetInt32(int)", lambda most: _between(0, most))
_RANDOM.static("GetInt32(int, int)", _between)
_RANDOM.method("GetBytes(byte[])", lambda _self, octets: _fill(octets))
_RANDOM.method("Dispose()", lambda _self: AUTOMATION_NULL)
members_of(
    net.define("System.Security.Cryptography.RNGCryptoServiceProvider", base=RandomNumbers.net_type)
).constructor("()", RandomNumbers)


class MailAddress(NetObject):
    """A System.Net.Mail.MailAddress."""

    __slots__ = ("display", "host", "user")
    net_type = net.define("System.Net.Mail.MailAddress")

    def __init__(self, user: str, host: str, display: str = "") -> None:
        super().__init__()
        self.user, self.host, self.display = user, host, display

    def address(self) -> str:
        """`Address`."""
        return f"{self.user}@{self.host}"

    def text(self) -> str:
        """`ToString()`."""
        return f'"{self.display}" <{self.address()}>' if self.display else self.address()


_ADDRESS: Final = re.compile(
    r"""\s*(?:(?:"(?P<quoted>[^"]*)"|(?P<plain>[^<"]*?))\s*<(?P<inner>[^<>]+)>|(?P<bare>[^<>]+?))\s*\Z"""
)
_PARTS: Final = re.compile(r"""(?P<user>[^\s@"(),:;<>\[\\\]]+|"[^"]+")@(?P<host>[^\s@"(),:;<>\\]+|\[[^\]]+\])\Z""")


def parse_address(text: str | None, display: str | None = None) -> MailAddress:
    """`[mailaddress]::new(text)`; FormatException where it is none."""
    if text is None:
        raise null_argument("address")
    if not text:
        raise NetError.of(
            "System.ArgumentException", "The parameter 'address' cannot be an empty string. (Parameter 'address')"
        )
    found = _ADDRESS.match(text)
    parts = None if found is None else _PARTS.match(found["inner"] or found["bare"] or "")
    if (
        found is None
        or parts is None
        or ".." in parts["user"]
        or parts["user"].startswith(".")
        or parts["user"].endswith(".")
    ):
        raise NetError.of(
            "System.FormatException", "The specified string is not in the form required for an e-mail address."
        )
    shown = display if display is not None else found["quoted"] or (found["plain"] or "").strip()
    return MailAddress(parts["user"], parts["host"], shown)


_MAIL: Final = members_of(MailAddress.net_type)
_MAIL.constructor("(string)", parse_address)
_MAIL.constructor("(string, string)", parse_address)
_MAIL.property("DisplayName", lambda self: self.display, "string")
_MAIL.property("User", lambda self: self.user, "string")
_MAIL.property("Host", lambda self: self.host, "string")
_MAIL.property("Address", MailAddress.address, "string")
_MAIL.method("ToString()", MailAddress.text)
textual(MailAddress, lambda value, _spec, _invariant: value.text())


class NetTuple(NetObject):
    """A System.Tuple of one to seven items."""

    __slots__ = ("items",)

    def __init__(self, *items: Value) -> None:
        super().__init__()
        self.items = items

    @property
    def net_type(self) -> NetType:  # type: ignore[override]
        """Tuple`n of the types of its items."""
        kinds = [net.OBJECT if item is None else type_of(item) for item in self.items]
        return net.generic(net.define(f"System.Tuple`{len(self.items)}"), *kinds)

    def text(self) -> str:
        """`ToString()`: the items in parentheses."""
        return "(" + ", ".join("" if one is None else net_text(one) for one in self.items) + ")"


_TUPLE: Final = net.define("System.Tuple")
_FACTORY: Final = members_of(_TUPLE)
for _count in range(1, 8):
    _FACTORY.static("Create(" + ", ".join(["object"] * _count) + ")", NetTuple)
    _table = members_of(net.define(f"System.Tuple`{_count}"))
    for _place in range(_count):
        _table.property(f"Item{_place + 1}", lambda self, place=_place: self.items[place])
    _table.property("Length", lambda self: len(self.items), "int")
    _table.method("ToString()", NetTuple.text)
textual(NetTuple, lambda value, _spec, _invariant: value.text())
