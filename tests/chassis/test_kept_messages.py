"""A message that a service does not handle costs no transaction: its cursor moves later, together with others."""

from __future__ import annotations

import pytest

from chassis import sorting
from contracts.message import Seats
from contracts.seats import CapacityChanged
from tests.chassis.test_inbox import A, B, deferred, word, words
from tests.support.one_service import OneService

UNHANDLED = CapacityChanged(purchased=Seats(), incoming=Seats(), waiting=Seats())


async def handled(service: OneService) -> dict[str, int]:
    rows = await service.pool.fetch("SELECT agency_id, handled FROM actors")
    return {str(row["agency_id"]): row["handled"].get("seats/seats.events", 0) for row in rows}


async def test_its_cursor_moves_when_the_second_is_over(service: OneService) -> None:
    for agency in (A, B, A):
        await service.inbox.take([service.sender.record(UNHANDLED, agency)])
    assert await handled(service) == {}
    await service.inbox.flush()
    assert await handled(service) == {str(A): 2, str(B): 1}


async def test_the_next_decision_of_its_agency_moves_its_cursor_too_and_no_others(service: OneService) -> None:
    await service.inbox.take([service.sender.record(UNHANDLED, agency) for agency in (A, B)])
    await service.inbox.take([service.sender.record(word("after it"), A, seen={"seats.events": 1})])
    assert await words(service) == ["after it"]
    assert await handled(service) == {str(A): 1}


async def test_a_message_that_waits_for_it_is_decided_at_once(service: OneService) -> None:
    event = service.sender.record(UNHANDLED, A)
    await service.inbox.take([service.sender.record(word("ahead"), A, seen={"seats.events": 1})])
    assert await deferred(service) == [("ahead", "members.sign_up.v1")]
    await service.inbox.take([event])
    assert await words(service) == ["ahead"]


async def test_a_process_that_dies_with_kept_messages_reads_them_again(service: OneService) -> None:
    records = [service.sender.record(UNHANDLED, A) for _ in range(3)]
    await service.inbox.take(records)
    successor = type(service.inbox)(service.runtime, service.trust)
    await successor.take(records)
    await service.inbox.flush()
    await successor.flush()
    assert await handled(service) == {str(A): 3}
    assert await deferred(service) == []


async def test_so_many_are_kept_and_no_more(service: OneService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "MOST_KEPT", 2)
    await service.inbox.take([service.sender.record(UNHANDLED, A) for _ in range(2)])
    assert await handled(service) == {}
    await service.inbox.take([service.sender.record(UNHANDLED, B)])
    assert await handled(service) == {str(A): 2, str(B): 1}
