"""What the rivals share: the seat rule, their tables, and the call to Stripe."""

from __future__ import annotations

import os
from typing import Any, Literal
from uuid import UUID

import asyncpg
import httpx
from pydantic import BaseModel

Decision = Literal["admit", "buy", "block"]

TABLES = """
CREATE SCHEMA {schema};
CREATE TABLE {schema}.agencies (
    agency_id uuid PRIMARY KEY, purchased integer NOT NULL, active integer NOT NULL, auto_add boolean NOT NULL,
    subscription text, item text
) WITH (fillfactor = 60);
CREATE TABLE {schema}.members (member_id uuid PRIMARY KEY, agency_id uuid NOT NULL, status text NOT NULL)
    WITH (fillfactor = 70);
"""


class FirstLogin(BaseModel):
    """A person has proven their address for the first time."""

    command_id: UUID
    agency_id: UUID
    member_id: UUID


def decide(purchased: int, active: int, *, auto_add: bool) -> Decision:
    """With capacity available, admit. If full, buy a seat with Auto-Add ON, and block with Auto-Add OFF."""
    if active < purchased:
        return "admit"
    return "buy" if auto_add else "block"


async def lock(db: Any, login: FirstLogin) -> Any:  # noqa: ANN401  asyncpg's
    """Return the agency, locked until the transaction ends, and the member's status."""
    return await db.fetchrow(_LOCK, login.agency_id, login.member_id)


async def save(db: Any, login: FirstLogin, purchased: int, status: str) -> None:  # noqa: ANN401  asyncpg's
    """Save the member's new status, and the agency's purchased and active counts."""
    await db.execute(_SAVE, login.agency_id, login.member_id, purchased, status)


class Stripe:
    """Stripe's API over one kept-alive client; plain `httpx`, which costs less than Stripe's own package."""

    def __init__(self) -> None:
        key = {"Authorization": "Bearer sk_test_of_a_rival"}
        self._http = httpx.AsyncClient(base_url=os.environ["RIVAL_STRIPE"], headers=key, timeout=80, trust_env=False)

    async def buy_up_to(self, quantity: int, subscription: str, item: str, command_id: UUID) -> bool:
        """Set the subscription's quantity, invoiced now; return True if paid, False if declined and unchanged."""
        response = await self._http.post(
            f"/v1/subscriptions/{subscription}",
            data={
                "items[0][id]": item,
                "items[0][quantity]": str(quantity),
                "proration_behavior": "always_invoice",
                "payment_behavior": "error_if_incomplete",
            },
            headers={"Idempotency-Key": str(command_id)},
        )
        if response.status_code == httpx.codes.PAYMENT_REQUIRED:
            return False
        response.raise_for_status()
        return True


async def open_pool(schema: str) -> asyncpg.Pool[Any]:
    """Open as many connections as the concurrency; no reset on release, as in our services."""

    async def no_reset(_: object) -> None:
        """Leave the connection unchanged."""

    return await asyncpg.create_pool(
        os.environ["RIVAL_POSTGRES"],
        min_size=1,
        max_size=concurrency(),
        reset=no_reset,
        server_settings={"search_path": schema, "jit": "off"},
    )


def concurrency() -> int:
    """Return how much this process does at once."""
    return int(os.environ["RIVAL_CONCURRENCY"])


_LOCK = """
SELECT a.purchased, a.active, a.auto_add, a.subscription, a.item, m.status
FROM agencies a JOIN members m USING (agency_id) WHERE a.agency_id = $1 AND m.member_id = $2 FOR UPDATE OF a
"""
_SAVE = """
WITH member AS (UPDATE members SET status = $4 WHERE member_id = $2)
UPDATE agencies SET purchased = $3, active = active + ($4 = 'active')::integer WHERE agency_id = $1
"""
