"""What runs beside the gateway's HTTP."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import asyncpg
import pytest

from contracts.members import SignUp
from contracts.vocabulary import Service
from database.postgres import connect
from services.gateway.app import build_http
from services.gateway.application.notify_listener import NotifyListener
from tests.support.gateway_harness import GatewayHarness


async def test_a_gateway_whose_background_task_failed_stops_its_process(
    front: GatewayHarness,
) -> None:
    async def broken() -> "asyncpg.Connection[Any]":
        raise RuntimeError("a fault of ours")

    async def publish(_: object) -> bool:
        return True

    http = build_http(front.service.runtime, front.settings, publish=publish, stalled=lambda: 0.0, listen=broken)
    stopping = asyncio.Event()
    http.start(stopping)
    async with asyncio.timeout(20):
        await stopping.wait()
    await http.stop()


@pytest.mark.parametrize("begun", ["before", "after"])
async def test_a_request_that_waits_when_the_gateway_ends_gets_its_running_operation_at_once(
    front: GatewayHarness, begun: str
) -> None:
    front.http.gateway.operations.patience = 600.0
    await front.agency()
    new = {"email": "noor@harbor.example", "name": "Noor Haddad", "seatType": "base"}
    if begun == "after":
        front.http.gateway.listener.close()
    asking = asyncio.create_task(front.browser().post("/api/v1/signups", json=new))
    command = await front.published(SignUp)
    front.http.gateway.listener.close()
    async with asyncio.timeout(20):  # far below the patience, so only the end of the gateway can answer in time
        response = await asking
    assert response.status_code == 202
    assert response.json()["operation"]["id"] == str(command.envelope.id)


async def until_listening(listener: NotifyListener) -> None:
    async with asyncio.timeout(20):
        await listener.listening.wait()


async def test_a_listener_whose_connection_is_killed_listens_again_and_wakes_every_waiting_request(
    front: GatewayHarness,
) -> None:
    await front.agency()
    listener = front.http.gateway.listener
    with listener.stream(front.agency_id, None) as woken:
        await until_listening(listener)
        woken.clear()
        await front.service.pool.execute(_KILL)
        async with asyncio.timeout(20):
            await woken.wait()
        await until_listening(listener)
        woken.clear()
        await front.signed_up()
        async with asyncio.timeout(20):
            await woken.wait()


@pytest.mark.parametrize("moment", ["while it connects", "while it begins to listen"])
async def test_a_listener_whose_connection_is_killed_in_the_middle_of_a_statement_listens_again(
    front: GatewayHarness, moment: str
) -> None:
    midway = asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")
    faults = [midway]

    async def reach() -> "asyncpg.Connection[Any]":
        if faults and moment == "while it connects":
            raise faults.pop()
        db = await connect(front.service.dsn, Service.GATEWAY)
        if faults:
            return cast("asyncpg.Connection[Any]", _Killed(db, faults.pop()))
        return db

    listener = NotifyListener(reach)
    running = asyncio.create_task(listener.run())
    try:
        await until_listening(listener)
        assert faults == []
    finally:
        listener.close()
        await running


class _Killed:
    """A connection that fails as its first statement is under way."""

    def __init__(self, db: "asyncpg.Connection[Any]", fault: Exception) -> None:
        self._db = db
        self._fault = fault

    def add_termination_listener(self, listener: Callable[[object], None]) -> None:
        self._db.add_termination_listener(listener)

    async def add_listener(self, *_: object) -> None:
        raise self._fault

    def terminate(self) -> None:
        self._db.terminate()


_KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gateway-direct'"
