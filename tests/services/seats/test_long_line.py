"""A line of thousands: bounded transactions, in order of arrival, each seat bought once, nothing lost between them."""

import os
from uuid import UUID

from contracts.billing import SetQuantities, SubscriptionChanged
from contracts.billing_payments import CardChanged
from contracts.members import Details as OfMember
from contracts.members import DetailsChanged, Removed
from contracts.message import Seats
from contracts.seats import SetAutoAdd
from contracts.seats_purchases import MOST_NAMED
from contracts.vocabulary import BillingCycle, BlockedReason, ChangedBy, MemberStatus, RejectionCode, SeatType, member
from services.seats.app import definition
from services.seats.domain.line import PORTION
from tests.services.seats.test_seats import BASE, VOICE, Agency, agency, growing, members_of, of, one
from tests.support.bus import PublishedMessage
from tests.support.one_service import OneService

__all__ = ["agency", "growing"]
MANY = int(os.environ.get("HEADCOUNT_TEST_LINE", "1700"))
"""People in line; 20,000 of them take a minute."""


async def in_line(growing: Agency, count: int = MANY, seat_type: SeatType = BASE) -> list[UUID]:
    """So many first logins, which all wait. The first begins a purchase for itself, which is made stale."""
    people: list[UUID] = []
    for start in range(0, count, PORTION):
        some, published = await growing.logins(min(PORTION, count - start), seat_type)
        people += some
        if begun := of(published, "billing.set_quantities"):
            await growing.reject(begun[0], RejectionCode.INTERNAL_ERROR)
    return people


async def purchase_of(growing: Agency) -> list[PublishedMessage]:
    """What is published when the purchase for the line starts."""
    return await growing.wait(60)


async def rest_of(growing: Agency) -> list[list[PublishedMessage]]:
    """What is published by each further transaction for the line."""
    rest = []
    while await growing.service.workers.run_once():
        rest.append(await growing.service.published())
    return rest


async def test_thousands_in_line_are_one_purchase_and_are_served_in_portions_in_order(growing: Agency) -> None:
    people = await in_line(growing)
    started = await purchase_of(growing)
    command = one(started, "billing.set_quantities")
    assert command.data == SetQuantities(before=Seats(base=1), after=Seats(base=1 + MANY))
    waits = one(started, "seats.purchase_started").data
    assert [waiter.member_id for waiter in waits.waiting] == people[:MOST_NAMED]
    assert waits.waiting_count == MANY
    paid = await growing.pay(command)
    assert members_of(paid, "seats.seat_assigned") == people[:PORTION]
    added = one(paid, "seats.seats_auto_added").data
    assert ([waiter.member_id for waiter in added.served], added.served_count) == (people[:MOST_NAMED], MANY)
    rest = await rest_of(growing)
    assert max(len(of(portion, "seats.seat_assigned")) for portion in rest) <= PORTION
    assigned = [message for portion in rest for message in of(portion, "seats.seat_assigned")]
    assert [message.data.member_id for message in assigned] == people[PORTION:]
    assert {message.data.operation_id for message in assigned} == {command.envelope.id}
    assert [message.envelope.correlation_id for message in assigned] == people[PORTION:]
    assert [m for portion in rest for m in of(portion, "billing.set_quantities")] == [], "each seat is bought once"
    assert of(rest[-1], "seats.capacity_changed")[-1].data.waiting == Seats()


async def test_a_newcomer_overtakes_nobody_while_a_long_line_is_served(growing: Agency) -> None:
    people = await in_line(growing, 2 * PORTION)
    await growing.pay(one(await purchase_of(growing), "billing.set_quantities"))
    newcomer, published = await growing.login()
    assert members_of(published, "seats.seat_assigned") == []
    served = [person for portion in await rest_of(growing) for person in members_of(portion, "seats.seat_assigned")]
    assert served == people[PORTION:]
    again = await growing.wait(2)
    assert one(again, "billing.set_quantities").data.after == Seats(base=2 + len(people))
    assert members_of(await growing.pay(one(again, "billing.set_quantities")), "seats.seat_assigned") == [newcomer]


async def test_another_process_goes_on_where_the_first_one_died(growing: Agency, migrated: str) -> None:
    people = await in_line(growing, 2 * PORTION + 5)
    paid = await growing.pay(one(await purchase_of(growing), "billing.set_quantities"))
    other = await OneService.open(definition(), migrated, growing.service.clock)
    await other.run_tasks()
    rest = await other.published()
    await other.close()
    assert members_of([*paid, *rest], "seats.seat_assigned") == people


async def test_a_declined_purchase_blocks_a_long_line_and_a_new_card_lets_all_in_again(growing: Agency) -> None:
    people = await in_line(growing)
    command = one(await purchase_of(growing), "billing.set_quantities")
    declined = await growing.reject(command, RejectionCode.PAYMENT_DECLINED)
    assert one(declined, "seats.purchase_declined").data.waiting_count == MANY
    portions = [declined, *await rest_of(growing)]
    denied = [message for portion in portions for message in of(portion, "seats.seat_denied")]
    assert [message.data.member_id for message in denied] == people
    assert {(m.data.reason, m.data.operation_id) for m in denied} == {
        (BlockedReason.PAYMENT_DECLINED, command.envelope.id)
    }
    assert max(len(of(portion, "seats.seat_denied")) for portion in portions) <= PORTION
    resumed = await growing.handle(CardChanged())
    assert one(resumed, "seats.auto_add_resumed").data.joined_count == MANY
    again = [*resumed, *await growing.wait(2)]
    retry = one(again, "billing.set_quantities")
    assert retry.data.after == Seats(base=1 + MANY)
    served = [await growing.pay(retry), *await rest_of(growing)]
    assert [person for portion in served for person in members_of(portion, "seats.seat_assigned")] == people


async def test_auto_add_off_denies_a_long_line_in_portions(growing: Agency) -> None:
    people = await in_line(growing, 2 * PORTION + 1)
    off = await growing.handle(SetAutoAdd(enabled=False), actor=member(growing.founder))
    assert members_of(off, "seats.seat_denied") == people[:PORTION]
    rest = [person for portion in await rest_of(growing) for person in members_of(portion, "seats.seat_denied")]
    assert rest == people[PORTION:]


async def test_a_member_in_the_middle_of_a_long_line_is_removed_and_another_corrected(growing: Agency) -> None:
    people = await in_line(growing, 3 * PORTION)
    gone, corrected = people[PORTION + 100], people[PORTION + 200]
    removed = await growing.handle(Removed(member_id=gone, before=MemberStatus.PENDING_LOGIN))
    assert one(removed, "seats.seat_released").envelope.correlation_id == gone
    before = OfMember(email="bo@clinic.example", name="Bo", seat_type=BASE)
    await growing.handle(
        DetailsChanged(member_id=corrected, email="bo@clinic.example", name="Bo", seat_type=VOICE, before=before)
    )
    command = one(await purchase_of(growing), "billing.set_quantities")
    assert command.data.after == Seats(base=1 + len(people) - 2, voice=1)
    portions = [await growing.pay(command), *await rest_of(growing)]
    served = [person for portion in portions for person in members_of(portion, "seats.seat_assigned")]
    assert sorted(served) == sorted(set(people) - {gone})
    assert [person for person in served if person != corrected] == [p for p in people if p not in {gone, corrected}]


async def test_seats_for_a_part_of_a_long_line_go_to_its_head(growing: Agency) -> None:
    people = await in_line(growing, 2 * PORTION)
    raised = await growing.handle(
        SubscriptionChanged(
            whose=ChangedBy.DASHBOARD,
            before=Seats(base=1),
            after=Seats(base=1 + PORTION + 3),
            cycle=BillingCycle.MONTHLY,
            total=1,
        )
    )
    portions = [raised, *await rest_of(growing)]
    served = [person for portion in portions for person in members_of(portion, "seats.seat_assigned")]
    assert served == people[: PORTION + 3]
    command = one(await purchase_of(growing), "billing.set_quantities")
    assert command.data == SetQuantities(before=Seats(base=PORTION + 4), after=Seats(base=1 + len(people)))
