"""System.Security.Cryptography.RandomNumberGenerator: what a script makes a password with. Real randomness, no seed."""

from __future__ import annotations

import secrets
from typing import Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.types.convert import byte_array
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument
from jcad.lab.powershell.values import AUTOMATION_NULL, Array, NetObject


class RandomNumberGenerator(NetObject):
    """A generator, as Create() and [RNGCryptoServiceProvider]::new() make it."""

    __slots__ = ()
    net_type = net.define("System.Security.Cryptography.RandomNumberGenerator", interfaces=(net.IDISPOSABLE,))


def _fill(_self: RandomNumberGenerator, target: Array | None) -> object:
    if target is None:
        raise null_argument("data")
    target[:] = byte_array(secrets.token_bytes(len(target)))
    return AUTOMATION_NULL


GENERATOR: Final = members_of(RandomNumberGenerator.net_type)
GENERATOR.static("Create()", RandomNumberGenerator)
GENERATOR.method("GetBytes(byte[])", _fill)
GENERATOR.method("Dispose()", lambda _self: AUTOMATION_NULL)
