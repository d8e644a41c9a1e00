"""What happens to a table of many people while they log in."""

from dataclasses import replace
from uuid import uuid4

from chassis.postgres import transaction
from contracts.vocabulary import MemberStatus, Role, SeatType
from services.notifier.state import Agency, Person
from services.notifier.store import NotifierStore
from tests.services.notifier.world import Clinic


async def test_a_first_login_leaves_a_persons_row_in_its_place_and_writes_no_index(clinic: Clinic) -> None:
    agency = Agency(uuid4())
    agency.founded("Southside")
    person = Person(
        uuid4(), "sam@southside.example", "Sam Okafor", Role.CLINICIAN, MemberStatus.PENDING_LOGIN, SeatType.BASE
    )
    agency.put(person)
    async with transaction(clinic.one.pool) as db:
        await NotifierStore().save(db, [agency])
        agency.put(replace(person, waiting_since=clinic.one.clock()))
        await NotifierStore().save(db, [agency])
        agency.put(replace(person, status=MemberStatus.ACTIVE))
        await NotifierStore().save(db, [agency])
        updated = await db.fetch(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables"
            " WHERE schemaname = 'notifier' AND relname = 'people'"
        )
    assert [tuple(row) for row in updated] == [(2, 2)]
