"""Halving: a group that fails together is tried in halves, down to the item that is at fault."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from database.postgres import Fault, fault_of

Item = TypeVar("Item")
Result = TypeVar("Result")


async def by_halves(
    items: Sequence[Item],
    attempt: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
    at_fault: Callable[[Item, Exception], Result],
) -> list[Result]:
    """The results of `attempt` in order, with `at_fault`'s result for an item that fails alone.

    Only a fault of the items is searched for. A transient fault and a bug of ours are raised: they are no item's.
    """
    if not items:
        return []
    try:
        return list(await attempt(items))
    except Exception as fault:
        if fault_of(fault) is not Fault.INPUT:
            raise
        if len(items) == 1:
            return [at_fault(items[0], fault)]
    half = len(items) // 2
    return [*await by_halves(items[:half], attempt, at_fault), *await by_halves(items[half:], attempt, at_fault)]
