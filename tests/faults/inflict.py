"""The faults, one function each: it breaks part of a running fleet, and repairs what does not recover by itself."""

from __future__ import annotations

import asyncio
import itertools
import signal

from contracts.vocabulary import Service
from services.notifier.domain.shown_text import named
from tests.faults import disk, flood, history
from tests.faults.fleet import Fleet, Replica

AWAY_SECONDS = 3.0
"""Seconds for which a killed process stays away."""
FROZEN_SECONDS = 9.0
"""Longer than the 6-second session of the fleet's consumers."""
FULL_SECONDS = 6.0
LOST_SECONDS = 20.0
"""Longer than a lease lasts, and than Postgres keeps the session of a client that is gone."""
SLOW_SECONDS = 15.0
_turn = itertools.count()
_SUBSCRIPTION = """
SELECT b.subscription_id FROM gateway.agencies a JOIN billing.accounts b USING (agency_id) WHERE a.domain = $1
"""


async def _kill_and_restart(replica: Replica) -> None:
    await replica.program.kill()
    await asyncio.sleep(AWAY_SECONDS)
    replica.program.start()


async def kill_service(service: Service, fleet: Fleet) -> None:
    """Kill one of the service's replicas, in turns."""
    await _kill_and_restart(fleet.of(service)[next(_turn) % 2])


async def kill_one_of_each(fleet: Fleet) -> None:
    """Kill a replica of every service at once."""
    await asyncio.gather(*(kill_service(service, fleet) for service in Service))


async def kill_leader(fleet: Fleet) -> None:
    """Kill the replica whose relay leads, of another service each time; a standby takes over."""
    await _kill_and_restart(await fleet.relay_leader(list(Service)[next(_turn) % len(Service)]))


async def kill_kafka(fleet: Fleet) -> None:
    """Kill the broker."""
    await fleet.world.kafka.kill()
    await asyncio.sleep(AWAY_SECONDS)
    await fleet.world.kafka.restart()


async def kill_broker(fleet: Fleet) -> None:
    """Kill one broker of three, another each time; two copies of each record are left."""
    if fleet.cluster is None:
        raise RuntimeError("the fleet has one broker only")
    broker = fleet.cluster.brokers[next(_turn) % len(fleet.cluster.brokers)]
    await broker.kill()
    await asyncio.sleep(LOST_SECONDS)
    await broker.restart()


async def kill_postgres(fleet: Fleet) -> None:
    """Kill the database."""
    await fleet.world.postgres.kill()
    await asyncio.sleep(AWAY_SECONDS)
    await fleet.world.postgres.restart()


async def rebalance(fleet: Fleet) -> None:
    """Stop one replica of each service in order and start it again; partitions move twice."""
    leaving = [fleet.of(service)[next(_turn) % 2] for service in Service]
    await asyncio.gather(*(replica.program.stop() for replica in leaving))
    for replica in leaving:
        replica.program.start()
    await asyncio.gather(*(replica.ready() for replica in leaving))


async def freeze(service: Service, fleet: Fleet) -> None:
    """Freeze a replica for longer than its session, then let it go on."""
    replica = fleet.of(service)[next(_turn) % 2]
    replica.signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(FROZEN_SECONDS)
    finally:
        replica.signal(signal.SIGCONT)


async def freeze_under_flood(service: Service, fleet: Fleet) -> None:
    """Freeze all of a service while one agency's flood comes, then let it go on."""
    frozen = fleet.of(service)
    for replica in frozen:
        replica.signal(signal.SIGSTOP)
    try:
        await flood.log_in(fleet)
        await asyncio.sleep(FROZEN_SECONDS)
    finally:
        for replica in frozen:
            replica.signal(signal.SIGCONT)


async def wait_for_stripe(fleet: Fleet) -> str:
    """Let Stripe take 15 s to answer the flooded agency, whose people all wait for it; returns how it ended."""
    async with fleet.db() as db:
        subscription = await db.fetchval(_SUBSCRIPTION, flood.FLOODED)
    await fleet.slow_stripe(f"/v1/subscriptions/{subscription}", SLOW_SECONDS)
    await flood.log_in(fleet)
    return await flood.served(fleet)


async def refuse_record(fleet: Fleet) -> None:
    """Have the broker refuse a record of one agency, and help it as docs/operations.md says."""
    await fleet.change_topics({"max.message.bytes": "100000"})
    name = await fleet.publish_large(Service.SEATS, 150_000)
    fleet.refusals[f"{named(name)} waits: Kafka refuses a message of seats"] += 1
    await fleet.wait_for("SELECT count(*) > 0 FROM seats.refused_records WHERE published")
    await fleet.command("provision")
    await fleet.command("refused retry seats")
    await fleet.wait_for("SELECT count(*) = 0 FROM seats.refused_records")


async def refuse_most_records(fleet: Fleet) -> None:
    """Have the broker refuse most records of every agency, until an operator sets the topics right."""
    fleet.lowered += 1
    await fleet.change_topics({"max.message.bytes": "1000"})
    await asyncio.sleep(LOST_SECONDS)
    await fleet.command("provision")
    await fleet.command("refused retry")


async def delete_topic(name: str, fleet: Fleet) -> None:
    """Delete a topic, and make it again as `provision` does; senders send again what was not read."""
    await fleet.delete_topic(name)
    await asyncio.sleep(AWAY_SECONDS)
    await fleet.command("provision")


async def let_second_lead(service: Service, fleet: Fleet) -> None:
    """Have the second replica lead: only it is behind a network that can be lost."""
    while (leader := await fleet.relay_leader(service)).network is None:
        await leader.program.stop()
        leader.program.start()
        await leader.ready()


async def lose_leader(service: Service, fleet: Fleet) -> None:
    """Lose the machine of a relay's leader without a word: its connections stay open. Then it comes back."""
    leader = await fleet.relay_leader(service)
    if leader.network is None:
        raise RuntimeError(f"the first replica of {service} leads")
    leader.network.lose()
    leader.signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(LOST_SECONDS)
    finally:
        leader.network.find()
        leader.signal(signal.SIGCONT)


async def demote_postgres(fleet: Fleet) -> None:
    """Make every session of Postgres read-only, as when another server takes over, and then take it back."""
    async with fleet.db() as db:
        await db.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        await db.execute("SELECT pg_reload_conf()")
        try:
            await asyncio.sleep(AWAY_SECONDS)
        finally:
            await db.execute("SET default_transaction_read_only = off")
            await db.execute("ALTER SYSTEM RESET default_transaction_read_only")
            await db.execute("SELECT pg_reload_conf()")


async def change_compression(fleet: Fleet) -> None:
    """Have the broker compress every topic in another way each second; `provision` repairs it."""
    for compression in ("lz4", "zstd", "snappy", "gzip"):
        await fleet.change_topics({"compression.type": compression})
        await asyncio.sleep(1)
    await fleet.command("provision")


async def delete_unread(service: Service, fleet: Fleet) -> None:
    """Delete records that a service has not read, while it is stopped: it asks their senders for them."""
    stopped = fleet.of(service)
    await asyncio.gather(*(replica.program.stop() for replica in stopped))
    await asyncio.sleep(AWAY_SECONDS)
    await fleet.delete_records(service)
    for replica in stopped:
        replica.program.start()
    await asyncio.gather(*(replica.ready() for replica in stopped))


async def roll(fleet: Fleet) -> None:
    """Restart every replica, one after another, as a new release does."""
    for service in Service:
        for replica in fleet.of(service):
            await replica.program.stop()
            replica.program.start()
            await replica.ready()


async def replay(fleet: Fleet) -> None:
    """Publish everything again beside the people; over when the last message is published."""
    await fleet.command("replay")
    await history.replayed(fleet)


async def kill_postgres_under_replay(fleet: Fleet) -> None:
    """Kill the database while everything is published again."""
    await fleet.command("replay --rate 5000")
    await asyncio.sleep(AWAY_SECONDS)
    await kill_postgres(fleet)
    await history.replayed(fleet)


async def roll_under_purchase(fleet: Fleet) -> str:
    """Restart every replica in turn while one agency's purchase runs at Stripe, and while its people are let in."""
    waiting = asyncio.create_task(wait_for_stripe(fleet))
    await roll(fleet)
    await roll(fleet)
    return await waiting


async def fill_disk(fleet: Fleet) -> None:
    """Make Postgres reject writes that need space."""
    await disk.fill(fleet)
    try:
        await asyncio.sleep(FULL_SECONDS)
    finally:
        await disk.clear(fleet)


async def lose_bus(fleet: Fleet) -> None:
    """Delete everything that Kafka holds, and replay."""
    await fleet.lose_bus()
