"""An honest monolith: the whole sign-in in one request and one transaction, with the work that ours does.

It uses the mailed link up, takes a seat, makes the member Active, opens a session, adds a line to the activity log, and
stores a mail for its outbox. `python -m bench.rivals.honest PORT`.
"""

from __future__ import annotations

import hmac
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
import uvicorn
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel

from bench.rivals.rule import TABLES, FirstLogin, decide, lock, open_pool, save

SCHEMA = "honest"
ALL_TABLES = f"""{TABLES.format(schema=SCHEMA)}
CREATE TABLE {SCHEMA}.links (
    token_hash bytea PRIMARY KEY, member_id uuid NOT NULL, agency_id uuid NOT NULL, id uuid NOT NULL,
    expires_at timestamptz NOT NULL, used_at timestamptz
) WITH (fillfactor = 70);
CREATE TABLE {SCHEMA}.sessions (
    token_hash bytea PRIMARY KEY, member_id uuid NOT NULL, agency_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL DEFAULT now() + interval '1 day'
);
CREATE TABLE {SCHEMA}.activity (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, agency_id uuid NOT NULL, member_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(), kind text NOT NULL, data jsonb NOT NULL
);
CREATE INDEX ON {SCHEMA}.activity (agency_id, id);
CREATE TABLE {SCHEMA}.outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail jsonb NOT NULL);
"""
_PEPPER = b"of a rival"


class Link(BaseModel):
    """The token of the link in the mail."""

    token: str


def hash_of(token: str) -> bytes:
    """A token as it is stored: a keyed hash."""
    return hmac.digest(_PEPPER, token.encode(), "sha256")


async def sign_in(pool: asyncpg.Pool[Any], token: str) -> tuple[str, str]:
    """Decide and save; return the member's status and the token of the new session."""
    session = secrets.token_urlsafe(32)
    async with pool.acquire() as db, db.transaction():
        link = await db.fetchrow(_USE, hash_of(token))
        if link is None:
            raise HTTPException(401)
        login = FirstLogin(command_id=link["id"], agency_id=link["agency_id"], member_id=link["member_id"])
        row = await lock(db, login)
        status = row["status"]
        if status == "pending_login":
            status = "active" if decide(row["purchased"], row["active"], auto_add=False) == "admit" else "blocked"
            await save(db, login, row["purchased"], status)
            facts = orjson.dumps({"before": "pending_login", "status": status}).decode()
            await db.execute(_LOG, login.agency_id, login.member_id, "first_login", facts)
            await db.execute(_MAIL, orjson.dumps({"to": str(login.member_id), "template": status}).decode())
        await db.execute(_OPEN, hash_of(session), login.member_id, login.agency_id)
    return status, session


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = await open_pool(SCHEMA)
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=_lifespan)


@app.post("/api/v1/sessions", status_code=201)
async def open_session(link: Link, response: Response) -> dict[str, str]:
    """Respond when the outcome can be read."""
    status, session = await sign_in(app.state.pool, link.token)
    response.set_cookie("session", session, httponly=True)
    return {"status": status}


_USE = """
UPDATE links SET used_at = now() WHERE token_hash = $1 AND used_at IS NULL AND expires_at > now()
RETURNING member_id, agency_id, id
"""
_LOG = "INSERT INTO activity (agency_id, member_id, kind, data) VALUES ($1, $2, $3, $4)"
_MAIL = "INSERT INTO outbox (mail) VALUES ($1)"
_OPEN = "INSERT INTO sessions (token_hash, member_id, agency_id) VALUES ($1, $2, $3)"

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="error", access_log=False)
