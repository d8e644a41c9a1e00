"""However many admins an agency has, few of them are loaded for a decision, and the last one still stays."""

from uuid import UUID, uuid4

from contracts.members import ChangeRole
from contracts.vocabulary import Role, member
from database.postgres import connection
from tests.services.members.test_members import founded, result_of, signature
from tests.support.one_service import OneService

MANY = 300


async def with_admins(service: OneService, count: int) -> tuple[UUID, UUID, list[UUID]]:
    """An agency with its first admin, who signed the BAA, and `count` more."""
    agency, ada = await founded(service)
    await result_of(service, agency, signature(), actor=member(ada))
    others = [uuid4() for _ in range(count)]
    await service.pool.execute(
        "INSERT INTO members (agency_id, member_id, mailbox, email, name, seat_type, role, status, waiting, plan_type,"
        " proven) SELECT $1, id, id || '@clinic.example', id || '@clinic.example', 'Bo', 'base', 'admin', 'active',"
        " false, 'base', true FROM unnest($2::uuid[]) AS n (id)",
        agency,
        others,
    )
    return agency, ada, others


async def test_a_decision_about_one_admin_of_hundreds_loads_three(service: OneService) -> None:
    agency, ada, others = await with_admins(service, MANY)
    inputs = [ChangeRole(member_id=others[-1], role=Role.CLINICIAN), member(ada)]
    async with connection(service.pool) as db:
        states = await service.runtime.definition.store.load(db, {agency: inputs}, service.clock())
    loaded = states[agency].by_id.keys()
    assert {ada, others[-1]} <= loaded
    assert len(loaded) <= len(inputs) + 3


async def test_of_admins_who_are_all_demoted_in_one_batch_the_last_one_stays(service: OneService) -> None:
    agency, ada, others = await with_admins(service, 4)
    demoted = [ChangeRole(member_id=admin, role=Role.CLINICIAN) for admin in (*others, ada)]
    await service.handle_records([service.sender.record(demote, agency, actor=member(ada)) for demote in demoted])
    published = [message.type.removeprefix("members.") for message in await service.published()]
    assert published == ["role_changed.v1"] * 4 + ["command_rejected.v1"]
    admins = await service.pool.fetch("SELECT member_id FROM members WHERE role = 'admin'")
    assert [row["member_id"] for row in admins] == [ada]
