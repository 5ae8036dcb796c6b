"""A bounded pool of threads that says in our own words that it was closed. Touches nothing but threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, TypeVar

from jcad.errors import ConnectionFailed

_Value = TypeVar("_Value")


class Pool:
    """Runs calls in at most `workers` threads. A call that is waited for in one pool must not be waiting for the same pool."""

    def __init__(self, workers: int, name: str) -> None:
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix=name)

    def start(self, call: Callable[[], _Value]) -> Future[_Value]:
        """Begin a call. Raises `ConnectionFailed` where the pool is closed."""
        try:
            return self._executor.submit(call)
        except RuntimeError:
            raise _closed() from None

    def result(self, future: Future[_Value]) -> _Value:
        """Wait for a call's value. Raises what it raised, or `ConnectionFailed` where the pool was closed meanwhile."""
        try:
            return future.result()
        except CancelledError:
            raise _closed() from None

    def all(self, calls: Sequence[Callable[[], _Value]]) -> list[_Value]:
        """Wait for the values of several calls, in their order. Where one raises, those that have not begun never do."""
        futures: list[Future[_Value]] = []
        try:
            futures.extend(map(self.start, calls))
            return [self.result(future) for future in futures]
        except BaseException:
            self.drop(futures)
            raise

    @staticmethod
    def drop(futures: Iterable[Future[Any]]) -> None:
        """Give up what has not begun."""
        for future in futures:
            future.cancel()

    def close(self) -> None:
        """Give up what has not begun and wait for the rest."""
        self._executor.shutdown(cancel_futures=True)


def _closed() -> ConnectionFailed:
    return ConnectionFailed("the connection to JumpCloud was closed while it was used")
