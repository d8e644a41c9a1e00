"""Items of the same moment are carried out together: while one group is carried out, the next one gathers.

An item that fails a group fails alone: the group is carried out again in halves, without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from database.halving import by_halves

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """Hands items over in groups, one group at a time, and gives each caller the result of its own item.

    `carry_out` returns a result for each item, in order. A result that is an exception is raised to that caller alone.
    An exception that `carry_out` raises must leave nothing behind. If an item causes it, the group is carried out again
    in halves, and the exception is raised to the caller of that item. A transient fault or a bug of ours is no item's,
    and is raised to all of the group.
    """

    def __init__(
        self, carry_out: Callable[[list[Item]], Awaitable[Sequence[Result | BaseException]]], *, most: int = 200
    ) -> None:
        self._carry_out = carry_out
        self._most = most
        self._queue: list[tuple[Item, asyncio.Future[Result]]] = []
        self._working: asyncio.Task[None] | None = None

    async def do(self, item: Item) -> Result:
        """Carry the item out with the others of this moment. Cancelling the caller does not undo it."""
        mine: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._queue.append((item, mine))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await mine

    async def _work(self) -> None:
        while self._queue:
            group, self._queue = self._queue[: self._most], self._queue[self._most :]
            try:
                results = await by_halves([item for item, _ in group], self._part, lambda _, fault: fault)
            except BaseException as fault:
                _resolve([(mine, fault) for _, mine in group])
                if not isinstance(fault, Exception):
                    raise
            else:
                _resolve([(mine, result) for (_, mine), result in zip(group, results, strict=True)])

    async def _part(self, items: Sequence[Item]) -> Sequence[Result | BaseException]:
        return await self._carry_out(list(items))


def _resolve(pairs: Sequence[tuple[asyncio.Future[Result], Result | BaseException]]) -> None:
    for mine, result in pairs:
        if mine.done():
            continue
        if isinstance(result, BaseException):
            mine.set_exception(result)
        else:
            mine.set_result(result)
