"""FastStream: four services that communicate over Kafka as ours do, with one handler and one transaction a message.

A handler commits its transaction, then publishes, then commits its offset, one message at a time. Delivery is at least
once, and each handler is idempotent. There is no outbox, so a crash between commit and publishing loses a message.
`python -m bench.rivals.handlers SERVICE`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker

from bench.rivals.rule import FirstLogin, Stripe, concurrency, decide, open_pool

CHANNEL = "rival_projected"
RECORD_LOGIN, FIRST_LOGIN, BUY_SEAT, SEAT_BOUGHT, DECIDED, CHANGED = TOPICS = (
    "rival.record_login",
    "rival.first_login",
    "rival.buy_seat",
    "rival.seat_bought",
    "rival.seat_decided",
    "rival.member_changed",
)
TABLES = """
CREATE SCHEMA handlers;
SET search_path = handlers;
CREATE TABLE members (member_id uuid PRIMARY KEY, agency_id uuid NOT NULL, status text NOT NULL)
    WITH (fillfactor = 70);
CREATE TABLE ledgers (
    agency_id uuid PRIMARY KEY, purchased integer NOT NULL, active integer NOT NULL, auto_add boolean NOT NULL
) WITH (fillfactor = 60);
CREATE TABLE holders (member_id uuid PRIMARY KEY, agency_id uuid NOT NULL);
CREATE TABLE accounts (agency_id uuid PRIMARY KEY, quantity integer NOT NULL, subscription text, item text)
    WITH (fillfactor = 60);
CREATE TABLE bought (command_id uuid PRIMARY KEY, quantity integer NOT NULL);
CREATE TABLE read_model (member_id uuid PRIMARY KEY, agency_id uuid NOT NULL, status text NOT NULL)
    WITH (fillfactor = 70);
"""


class SeatBought(FirstLogin):
    """The quantity of the subscription after the purchase; None if the card was declined."""

    quantity: int | None


class Decided(FirstLogin):
    """The status that the login ends with: active or blocked."""

    status: str


broker = KafkaBroker(os.environ.get("RIVAL_KAFKA", ""), acks="all", enable_idempotence=True, logger=None)
app = FastStream(broker, logger=None)
pool: Any  # pool is asyncpg's
stripe: Stripe


@app.on_startup
async def _open() -> None:
    global pool, stripe  # noqa: PLW0603  as FastStream's own examples keep them
    pool = await open_pool("handlers")
    stripe = Stripe()


async def publish(topic: str, message: FirstLogin) -> None:
    """Publish, and wait until all in-sync replicas have the message."""
    await broker.publish(message, topic, key=str(message.agency_id).encode())


async def record_login(login: FirstLogin) -> None:
    """members: a first login asks for a seat."""
    async with pool.acquire() as db, db.transaction():
        status = await db.fetchval("SELECT status FROM members WHERE member_id = $1 FOR UPDATE", login.member_id)
        if status == "pending_login":
            await db.execute("UPDATE members SET status = 'waiting' WHERE member_id = $1", login.member_id)
    if status in {"pending_login", "waiting"}:
        await publish(FIRST_LOGIN, login)


async def first_login(login: FirstLogin) -> None:
    """seats: check the capacity."""
    async with pool.acquire() as db, db.transaction():
        row = await db.fetchrow(_LEDGER, login.agency_id, login.member_id)
        decision = "admit" if row["holds"] else decide(row["purchased"], row["active"], auto_add=row["auto_add"])
        if decision == "admit" and not row["holds"]:
            await db.execute(_HOLD, login.agency_id, login.member_id, row["purchased"])
    match decision:
        case "admit":
            await publish(DECIDED, Decided(**login.model_dump(), status="active"))
        case "buy":
            await publish(BUY_SEAT, login)
        case "block":
            await publish(DECIDED, Decided(**login.model_dump(), status="blocked"))


async def buy_seat(login: FirstLogin) -> None:
    """billing: buy one more seat at Stripe, under the account's lock."""
    async with pool.acquire() as db, db.transaction():
        account = await db.fetchrow(_ACCOUNT, login.agency_id, login.command_id)
        quantity = account["bought"]
        if quantity is None:
            target = account["quantity"] + 1
            if await stripe.buy_up_to(target, account["subscription"], account["item"], login.command_id):
                quantity = target
                await db.execute(_BOUGHT, login.agency_id, login.command_id, quantity)
    await publish(SEAT_BOUGHT, SeatBought(**login.model_dump(), quantity=quantity))


async def seat_bought(bought: SeatBought) -> None:
    """seats: give the bought seat to the member who waited."""
    if bought.quantity is not None:
        async with pool.acquire() as db, db.transaction():
            row = await db.fetchrow(_LEDGER, bought.agency_id, bought.member_id)
            if not row["holds"]:
                await db.execute(_HOLD, bought.agency_id, bought.member_id, bought.quantity)
    status = "blocked" if bought.quantity is None else "active"
    await publish(DECIDED, Decided(**bought.model_dump(exclude={"quantity"}), status=status))


async def seat_decided(decided: Decided) -> None:
    """members: make the member with a seat Active."""
    async with pool.acquire() as db, db.transaction():
        await db.execute("UPDATE members SET status = $2 WHERE member_id = $1", decided.member_id, decided.status)
    await publish(CHANGED, decided)


async def member_changed(decided: Decided) -> None:
    """The projector: write the read model, and notify the waiting request."""
    async with pool.acquire() as db, db.transaction():
        await db.execute("UPDATE read_model SET status = $2 WHERE member_id = $1", decided.member_id, decided.status)
        await db.execute("SELECT pg_notify($1, $2)", CHANNEL, f"o{decided.command_id.hex}")


SERVICES: dict[str, dict[str, Callable[..., Awaitable[None]]]] = {
    "members": {RECORD_LOGIN: record_login, DECIDED: seat_decided},
    "seats": {FIRST_LOGIN: first_login, SEAT_BOUGHT: seat_bought},
    "billing": {BUY_SEAT: buy_seat},
    "projector": {CHANGED: member_changed},
}
"""The topics that each service subscribes to, with their handlers."""

_LEDGER = """
SELECT purchased, active, auto_add, EXISTS (SELECT FROM holders WHERE member_id = $2) AS holds
FROM ledgers WHERE agency_id = $1 FOR UPDATE
"""
_ACCOUNT = """
SELECT quantity, subscription, item, (SELECT b.quantity FROM bought b WHERE b.command_id = $2) AS bought
FROM accounts WHERE agency_id = $1 FOR UPDATE
"""
_HOLD = """
WITH held AS (INSERT INTO holders (agency_id, member_id) VALUES ($1, $2))
UPDATE ledgers SET active = active + 1, purchased = greatest(purchased, $3) WHERE agency_id = $1
"""
_BOUGHT = """
WITH bought AS (INSERT INTO bought VALUES ($2, $3))
UPDATE accounts SET quantity = $3 WHERE agency_id = $1
"""


async def run(service: str) -> None:
    """Run one service until the process ends."""
    for topic, handler in SERVICES[service].items():
        broker.subscriber(
            topic,
            group_id=topic,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            max_workers=concurrency(),
        )(handler)
    await app.run()


if __name__ == "__main__":
    uvloop.run(run(sys.argv[1]))
