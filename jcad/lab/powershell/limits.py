"""How much one value of a runspace may hold. A script that asks for more gets .NET's own answer: OutOfMemoryException.

.NET's own bounds are higher (a text of 1,073,741,791 characters, an array of 2,147,483,591 elements), but nobody's host has
the memory; a lab has less than a host. Pure.
"""

from __future__ import annotations

from typing import Final

from jcad.lab.powershell.errors import NetError

#: Characters of a text.
MAX_TEXT: Final = 1 << 28
#: Elements of an array or list.
MAX_ITEMS: Final = 1 << 23
#: Elements of a byte[] that is made empty: a file's content is read into one.
MAX_BYTES: Final = 1 << 25
#: Bits of a [bigint].
MAX_BITS: Final = 1 << 20


def _out_of_memory(message: str) -> NetError:
    return NetError.of("System.OutOfMemoryException", message)


def check_text(length: int) -> None:
    """Raise OutOfMemoryException where a text of so many characters is more than a runspace holds."""
    if length > MAX_TEXT:
        raise _out_of_memory("Insufficient memory to continue the execution of the program.")


def check_items(count: int) -> None:
    """Raise OutOfMemoryException where an array of so many elements is more than a runspace holds."""
    if count > MAX_ITEMS:
        raise _out_of_memory("Array dimensions exceeded supported range.")


def check_bytes(count: int) -> None:
    """Raise OutOfMemoryException where a byte[] of so many elements is more than a runspace holds."""
    if count > MAX_BYTES:
        raise _out_of_memory("Array dimensions exceeded supported range.")


def check_bits(bits: float) -> None:
    """Raise OutOfMemoryException where a whole number of so many bits is more than a runspace holds."""
    if bits > MAX_BITS:
        raise _out_of_memory("Insufficient memory to continue the execution of the program.")
