"""DBOS: a first login is a durable workflow of one step, or of two when a seat has to be bought.

What a step has done is kept by DBOS in its own tables on the same Postgres, and after a crash the workflow goes on
behind the last one. A step may run twice, so the second time changes nothing: the member is not Pending any more, and
Stripe knows the key. `python -m bench.rivals.workflows PORT`.
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
    """Most find a seat; who does not has one bought."""
    outcome = await admit(login)
    return await buy(login) if outcome == _FULL else outcome


@DBOS.step()
async def admit(given: dict[str, str]) -> str:
    """The check, without Stripe: a transaction that is over at once."""
    login = FirstLogin.model_validate(given)
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
async def buy(given: dict[str, str]) -> str:
    """The purchase, under the agency's lock: two at once would each ask for the same quantity."""
    return await first_login(app.state.pool, app.state.stripe, FirstLogin.model_validate(given))


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
    """Answers when the workflow has ended. The command is the workflow's id, so that it runs once."""
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
