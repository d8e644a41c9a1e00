"""A monolith: FastAPI, with one request and one transaction per first login, and Stripe called inside it.

The agency's row is locked from the check until the seat is paid and held. `python -m bench.rivals.monolith PORT`.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import uvicorn
from fastapi import FastAPI

from bench.rivals.rule import FirstLogin, Stripe, decide, lock, open_pool, save


async def first_login(pool: asyncpg.Pool[Any], stripe: Stripe, login: FirstLogin) -> str:
    """Decide, buy a seat if needed, and save; return the member's status."""
    async with pool.acquire() as db, db.transaction():
        row = await lock(db, login)
        if row["status"] != "pending_login":
            return str(row["status"])
        purchased, status = row["purchased"], "active"
        match decide(purchased, row["active"], auto_add=row["auto_add"]):
            case "buy":
                if await stripe.buy_up_to(purchased + 1, row["subscription"], row["item"], login.command_id):
                    purchased += 1
                else:
                    status = "blocked"
            case "block":
                status = "blocked"
            case "admit":
                pass
        await save(db, login, purchased, status)
        return status


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = await open_pool("monolith")
    app.state.stripe = Stripe()
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=_lifespan)


@app.post("/api/v1/first-logins")
async def record(login: FirstLogin) -> dict[str, str]:
    """Respond when the outcome can be read."""
    return {"status": await first_login(app.state.pool, app.state.stripe, login)}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="error", access_log=False)
