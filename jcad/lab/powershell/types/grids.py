"""Arrays of more than one dimension: `[int[,]]::new(2, 3)`, `$grid[0, 1]`."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure, NetError, NetException
from jcad.lab.powershell.indexing import INDEXERS
from jcad.lab.powershell.objects import enumerable, unroll
from jcad.lab.powershell.values import NetObject, NetType, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Grid(NetObject):
    """An array of two or more dimensions: `lengths`, and the elements row by row."""

    __slots__ = ("items", "lengths", "net_type")

    def __init__(self, net_type: NetType, lengths: Sequence[int], fill: Value) -> None:
        super().__init__()
        self.net_type = net_type
        self.lengths = tuple(lengths)
        self.items: list[Value] = [fill] * math.prod(lengths)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Value]:
        return iter(self.items)

    def length(self, dimension: int) -> int:
        """`GetLength`."""
        if not 0 <= dimension < len(self.lengths):
            raise NetError.of("System.IndexOutOfRangeException", "Index was outside the bounds of the array.")
        return self.lengths[dimension]

    def place(self, index: Value) -> int | None:
        """Where an element is; None where the index is out of range. Raises the engine's error for a wrong count."""
        several = unroll(index)
        numbers = [int(cast(one, net.INT32)) for one in ([index] if several is None else several)]
        if len(numbers) != len(self.lengths):
            message = f"The array reference cannot be used: {len(self.lengths)} indexes are needed, {len(numbers)} were given."
            raise Failure.of("NeedMultidimensionalIndex", message, "InvalidOperation")
        place = 0
        for number, length in zip(numbers, self.lengths, strict=True):
            position = number + length if number < 0 else number
            if not 0 <= position < length:
                return None
            place = place * length + position
        return place


def read(grid: Grid, index: Value) -> Value:
    """`$grid[i, j]`."""
    place = grid.place(index)
    return None if place is None else grid.items[place]


def write(grid: Grid, index: Value, value: Value) -> None:
    """`$grid[i, j] = value`."""
    place = grid.place(index)
    if place is None:
        error = NetException("System.IndexOutOfRangeException", "Index was outside the bounds of the array.")
        raise Failure.from_exception(error, category="OperationStopped")
    grid.items[place] = cast(value, grid.net_type.element or net.OBJECT)


def indexes(grid: Grid) -> list[tuple[int, ...]]:
    """Every index of the grid, in order."""
    return list(itertools.product(*(range(length) for length in grid.lengths)))


def make(kind: NetType, lengths: Sequence[Any], fill: Value) -> Grid:
    """`[T[,]]::new(...)`; a negative length is an OverflowException."""
    numbers = [int(cast(one, net.INT32)) for one in lengths]
    if any(number < 0 for number in numbers):
        raise NetError.of("System.OverflowException", "Arithmetic operation resulted in an overflow.")
    return Grid(kind, numbers, fill)


enumerable(Grid, lambda grid: list(grid.items))
INDEXERS[Grid] = (read, write)
