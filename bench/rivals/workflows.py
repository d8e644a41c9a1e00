"""DBOS: a first login is a durable workflow of one step, or of two if a seat has to be bought.

DBOS saves each step's result in its own tables on the same Postgres; after a crash the workflow resumes after the last
saved step. A step may run twice, so a second run changes nothing: the member is no longer Pending, and Stripe knows the
idempotency key. `python -m bench.rivals.workflows PORT`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from dbos import DBOS, DBOSConfig, SetWorkflowID
from fastapi import FastAPI

from bench.rivals.monolith import first_login
from bench.rivals.rule import FirstLogin, Stripe, concurrency, decide, lock, open_pool, save

_FULL = "full"


@DBOS.workflow()
async def log_in(login: dict[str, str]) -> str:
    """Admit the member, or buy a seat if the agency is full."""
    outcome = await admit(login)
    return await buy(login) if outcome == _FULL else outcome


@DBOS.step()
async def admit(login_data: dict[str, str]) -> str:
    """Check the capacity without Stripe, in one short transaction."""
    login = FirstLogin.model_validate(login_data)
    async with app.state.pool.acquire() as db, db.transaction():
        row = await lock(db, login)
        if row["status"] != "pending_login":
            return str(row["status"])
        match decide(row["purchased"], row["active"], auto_add=row["auto_add"]):
            case "admit":
                status = "active"
            case "block":
                status = "blocked"
            case "buy":
                return _FULL
        await save(db, login, row["purchased"], status)
        return status


@DBOS.step()
async def buy(login_data: dict[str, str]) -> str:
    """Buy a seat under the agency's lock; two purchases at once would set the same quantity."""
    return await first_login(app.state.pool, app.state.stripe, FirstLogin.model_validate(login_data))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = await open_pool("workflows")
    app.state.stripe = Stripe()
    DBOS.launch()
    yield
    DBOS.destroy()
    await app.state.pool.close()


app = FastAPI(lifespan=_lifespan)


@app.post("/api/v1/first-logins")
async def record(login: FirstLogin) -> dict[str, str]:
    """Respond when the workflow has ended. The command id is the workflow's id, so the workflow runs once."""
    with SetWorkflowID(str(login.command_id)):
        return {"status": await log_in(login.model_dump(mode="json"))}


if __name__ == "__main__":
    config: DBOSConfig = {
        "name": "first-logins",
        "system_database_url": os.environ["RIVAL_POSTGRES"],
        "dbos_system_schema": "workflows_dbos",
        "sys_db_pool_size": concurrency() + 2,
        "application_version": "1",
        "executor_id": sys.argv[1],
        "log_level": "ERROR",
    }
    DBOS(config=config)
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="error", access_log=False)
