"""The activity log is sealed: a line that is changed or taken away is noticed, and an erasure changes nothing."""

from uuid import UUID

from contracts.vocabulary import Service
from database.postgres import Db, connect
from services.gateway.application.activity_sealing import seal_logs, verify
from services.gateway.model.activity_seal import Verdict
from tests.journeys.test_erasure import erase, removed
from tests.support.journey import Journey

REMOVED = "WHERE type = 'members.removed.v1'"
TAMPERED = {
    "a line is changed": f"UPDATE activity SET data = jsonb_set(data, '{{before}}', '\"blocked\"') {REMOVED}",
    "a line is taken away": f"DELETE FROM activity {REMOVED}",
    "somebody else did it": f"UPDATE activity SET actor = 'operator' {REMOVED}",
    "a line is dated back": f"UPDATE activity SET at = at - interval '1 day' {REMOVED}",
}


async def verdict(db: Db, agency: UUID) -> Verdict:
    found = await verify(db, agency)
    assert found is not None
    return found


async def test_an_erasure_leaves_the_seal_valid_and_every_tampering_is_noticed(journey: Journey) -> None:
    ada, member_id = await removed(journey)
    agency = UUID((await ada.get("/me"))["agency"]["id"])
    instance = journey.services[Service.GATEWAY]

    async def seal() -> None:
        await journey.advance(60)
        await seal_logs(instance.runtime)

    db = await connect(instance.dsn, Service.GATEWAY)
    try:
        assert await verify(db, agency) is None
        await seal()
        before = await verdict(db, agency)
        assert before.is_intact
        assert before.stored["members"].lines > 3
        await erase(journey, ada, member_id)
        await seal()
        after = await verdict(db, agency)
        assert after.is_intact, "what the erasure took away was never part of the seal"
        assert after.stored["members"].lines == before.stored["members"].lines + 1
        for what, statement in TAMPERED.items():
            change = db.transaction()
            await change.start()
            await db.execute(statement)
            tampered = await verdict(db, agency)
            await change.rollback()
            assert not tampered.is_intact, what
            assert tampered.stored["billing"] == tampered.found["billing"], "other services' lines are as they were"
    finally:
        await db.close()
