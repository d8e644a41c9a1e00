"""What runs beside the gateway's HTTP."""

import asyncio
from typing import Any

import asyncpg

from services.gateway.app import build_http
from tests.support.front import Front


async def test_a_gateway_whose_background_work_failed_stops_instead_of_answering_half_alive(front: Front) -> None:
    async def broken() -> "asyncpg.Connection[Any]":
        raise RuntimeError("a fault of ours")

    async def publish(_: object) -> bool:
        return True

    http = build_http(front.service.host, front.settings, publish=publish, stalled=lambda: 0.0, listen=broken)
    stopping = asyncio.Event()
    http.start(stopping)
    async with asyncio.timeout(20):
        await stopping.wait()
    await http.stop()
