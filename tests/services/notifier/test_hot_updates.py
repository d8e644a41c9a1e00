"""The table of people does not grow while many of them log in."""

from dataclasses import replace
from uuid import uuid4

from contracts.vocabulary import MemberStatus, Role, SeatType
from database.postgres import transaction
from services.notifier.state import Agency, Person
from services.notifier.store import NotifierStore
from tests.services.notifier.world import Clinic


async def test_the_updates_of_a_first_login_are_hot_updates_that_write_no_index(clinic: Clinic) -> None:
    agency = Agency(uuid4())
    agency.found("Southside")
    person = Person(
        uuid4(), "sam@southside.example", "Sam Okafor", Role.CLINICIAN, MemberStatus.PENDING_LOGIN, SeatType.BASE
    )
    agency.put(person)
    async with transaction(clinic.service.pool) as db:
        await NotifierStore().save(db, [agency])
        agency.put(replace(person, waiting_since=clinic.service.clock()))
        await NotifierStore().save(db, [agency])
        agency.put(replace(person, status=MemberStatus.ACTIVE))
        await NotifierStore().save(db, [agency])
        updated = await db.fetch(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables"
            " WHERE schemaname = 'notifier' AND relname = 'people'"
        )
    assert [tuple(row) for row in updated] == [(2, 2)]
