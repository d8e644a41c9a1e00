"""The seats service on a real database: first logins, purchases, and the published events."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from prometheus_client import REGISTRY

from contracts.billing import (
    AccountOpened,
    AccountRejected,
    BillingCommandRejected,
    QuantitiesRejected,
    QuantitiesSet,
    SetQuantities,
)
from contracts.billing_payments import CardChanged
from contracts.members import FirstLogin, Removed
from contracts.members_agencies import AgencyFounded, AgencyRejected, BaaSigned
from contracts.message import Invoice, Seats
from contracts.seats import SetAutoAdd, SetStepUp
from contracts.seats_purchases import MOST_NAMED, RetryPayment
from contracts.vocabulary import (
    AUTO_ADD,
    BAA_VERSION,
    BillingCycle,
    BlockedReason,
    MemberStatus,
    RejectionCode,
    SeatType,
    Service,
    StripeFault,
    member,
)
from database.postgres import connect
from hosting.gauges import Gauges
from services.seats.app import MEASURES
from tests.support.bus import PublishedMessage
from tests.support.clock import START
from tests.support.one_service import OneService

BASE, VOICE = SeatType.BASE, SeatType.VOICE
INVOICE = Invoice(id="in_1", number="R-0042", total=3120, amount_paid=3120)


class Agency:
    """An agency as the seats service meets it."""

    def __init__(self, service: OneService) -> None:
        self.service = service
        self.id = uuid4()
        self.founder = uuid4()
        self.opening = uuid4()

    async def handle(self, message: Any, **how: Any) -> list[PublishedMessage]:  # noqa: ANN401  any message
        await self.service.handle(message, self.id, **how)
        return await self.service.published()

    async def found(self) -> list[PublishedMessage]:
        event = AgencyFounded(
            name="Clinic",
            domain="clinic.example",
            cycle=BillingCycle.MONTHLY,
            base=1,
            voice=0,
            payment_method="pm_card_visa",
            admin_id=self.founder,
            admin_email="ada@clinic.example",
            admin_name="Ada",
            admin_seat_type=BASE,
        )
        return await self.handle(event, correlation_id=self.opening)

    async def open(self, base: int = 1, voice: int = 0) -> list[PublishedMessage]:
        event = AccountOpened(
            customer_id="cus_1",
            subscription_id="sub_1",
            purchased=Seats(base=base, voice=voice),
            cycle=BillingCycle.MONTHLY,
            total=3100,
        )
        return await self.handle(event, correlation_id=self.opening)

    async def sign_baa(self) -> list[PublishedMessage]:
        return await self.handle(
            BaaSigned(
                signer_id=self.founder, signer_name="Ada", signer_title="Director", version=BAA_VERSION, signed_at=START
            )
        )

    async def switch(self, enabled: bool) -> list[PublishedMessage]:
        return await self.handle(SetAutoAdd(enabled=enabled), actor=member(self.founder))

    async def login(self, seat_type: SeatType = BASE) -> tuple[UUID, list[PublishedMessage]]:
        someone = uuid4()
        return someone, await self.handle(
            FirstLogin(member_id=someone, seat_type=seat_type), correlation_id=someone, actor=member(someone)
        )

    async def logins(self, count: int, seat_type: SeatType = BASE) -> tuple[list[UUID], list[PublishedMessage]]:
        """So many first logins in one batch; each command has its member's id."""
        people = [uuid4() for _ in range(count)]
        sender = self.service.sender
        await self.service.handle_records(
            [
                sender.record(FirstLogin(member_id=p, seat_type=seat_type), self.id, correlation_id=p, actor=member(p))
                for p in people
            ]
        )
        return people, await self.service.published()

    async def pay(self, command: PublishedMessage) -> list[PublishedMessage]:
        event = QuantitiesSet(
            operation_id=command.envelope.id,
            before=command.data.before,
            after=command.data.after,
            charged=3120,
            total=6000,
            cycle=BillingCycle.MONTHLY,
            invoice=INVOICE,
        )
        return await self.handle(event, correlation_id=command.envelope.id)

    async def reject(self, command: PublishedMessage, code: RejectionCode, **more: Any) -> list[PublishedMessage]:  # noqa: ANN401  the event's fields
        return await self.handle(QuantitiesRejected(operation_id=command.envelope.id, code=code, **more))

    async def wait(self, seconds: float) -> list[PublishedMessage]:
        self.service.clock.advance(seconds)
        await self.service.run_tasks()
        return await self.service.published()


def of(published: Sequence[PublishedMessage], name: str) -> list[PublishedMessage]:
    return [message for message in published if message.type == f"{name}.v1"]


def one(published: Sequence[PublishedMessage], name: str) -> PublishedMessage:
    (found,) = of(published, name)
    return found


def members_of(published: Sequence[PublishedMessage], name: str) -> list[UUID]:
    return [message.data.member_id for message in of(published, name)]


def names(published: Sequence[PublishedMessage]) -> list[str]:
    return [message.type.removesuffix(".v1") for message in published]


@pytest.fixture
async def agency(service: OneService) -> Agency:
    """Open, its one seat held by its first admin; BAA unsigned, Auto-Add OFF."""
    made = Agency(service)
    await made.found()
    await made.open()
    return made


@pytest.fixture
async def growing(agency: Agency) -> Agency:
    """Full, with Auto-Add ON."""
    await agency.sign_baa()
    await agency.switch(enabled=True)
    return agency


async def test_the_first_admin_gets_the_first_seat_under_the_command_that_opened_the_agency(
    service: OneService,
) -> None:
    agency = Agency(service)
    await agency.found()
    bo, early = await agency.login()
    assert names(early) == ["seats.capacity_changed"]
    published = await agency.open(base=2)
    assert members_of(published, "seats.seat_assigned") == [agency.founder, bo]
    assert [message.envelope.correlation_id for message in of(published, "seats.seat_assigned")] == [agency.opening, bo]
    capacity = one(published, "seats.capacity_changed").data
    assert (capacity.purchased, capacity.waiting) == (Seats(base=2), Seats())


async def test_a_member_who_waited_for_a_rejected_account_is_denied(service: OneService) -> None:
    agency = Agency(service)
    await agency.found()
    bo, _ = await agency.login()
    published = await agency.handle(AccountRejected(code=RejectionCode.PAYMENT_DECLINED))
    assert members_of(published, "seats.seat_denied") == [bo]
    assert one(published, "seats.seat_denied").envelope.correlation_id == bo
    assert of(await agency.handle(AgencyRejected(code=RejectionCode.PAYMENT_DECLINED)), "seats.seat_denied") == []
    assert await agency.service.pool.fetchval("SELECT count(*) FROM line") == 0
    _, later = await agency.login()
    assert names(later) == ["seats.seat_denied"]


async def test_with_three_seats_free_and_auto_add_off_exactly_three_of_many_are_seated_in_order(
    service: OneService,
) -> None:
    agency = Agency(service)
    await agency.found()
    await agency.open(base=4)
    people, published = await agency.logins(200)
    assert members_of(published, "seats.seat_assigned") == people[:3]
    assert members_of(published, "seats.seat_denied") == people[3:]
    assert {message.data.reason for message in of(published, "seats.seat_denied")} == {BlockedReason.NO_SEAT_AVAILABLE}
    assert of(published, "billing.set_quantities") == []
    assert of(published, "seats.capacity_changed") == []


async def test_auto_add_is_locked_until_the_baa_is_signed(agency: Agency) -> None:
    refused = one(await agency.switch(enabled=True), "seats.command_rejected")
    assert refused.data.code == RejectionCode.BAA_UNSIGNED
    assert names(await agency.switch(enabled=False)) == ["seats.auto_add_set"]
    await agency.sign_baa()
    for before in (False, True):
        on = one(await agency.switch(enabled=True), "seats.auto_add_set").data
        assert (on.enabled, on.before) == (True, before)


async def test_the_size_that_needs_a_fresh_code_is_kept_once_the_baa_is_signed(agency: Agency) -> None:
    refused = one(await agency.handle(SetStepUp(seats=5, amount=9_000)), "seats.command_rejected")
    assert refused.data.code == RejectionCode.BAA_UNSIGNED
    await agency.sign_baa()
    for seats, before in ((5, (None, None)), (7, (5, 9_000))):
        change = one(await agency.handle(SetStepUp(seats=seats, amount=9_000)), "seats.step_up_set").data
        assert (change.seats, change.amount, change.seats_before, change.amount_before) == (seats, 9_000, *before)


async def test_auto_add_buys_a_seat_when_all_are_taken_and_assigns_it_under_the_waiting_members_command(
    growing: Agency,
) -> None:
    bo, published = await growing.login(VOICE)
    assert names(published) == ["seats.purchase_started", "billing.set_quantities", "seats.capacity_changed"]
    command = one(published, "billing.set_quantities")
    assert command.data == SetQuantities(before=Seats(base=1), after=Seats(base=1, voice=1))
    started = one(published, "seats.purchase_started")
    assert started.data.operation_id == command.envelope.id == command.envelope.correlation_id
    assert (started.envelope.actor, command.envelope.actor) == (AUTO_ADD, AUTO_ADD)
    capacity = one(published, "seats.capacity_changed").data
    assert (capacity.incoming, capacity.waiting) == (Seats(voice=1), Seats(voice=1))

    paid = await growing.pay(command)
    assert names(paid) == ["seats.seat_assigned", "seats.seats_auto_added", "seats.capacity_changed"]
    assigned = one(paid, "seats.seat_assigned")
    assert (assigned.data.member_id, assigned.data.seat_type, assigned.data.operation_id) == (
        bo,
        VOICE,
        command.envelope.id,
    )
    assert (assigned.envelope.correlation_id, assigned.envelope.actor) == (bo, member(bo))
    added = one(paid, "seats.seats_auto_added")
    assert [waiter.member_id for waiter in added.data.served] == [bo]
    assert (added.data.charged, added.data.new_total, added.data.invoice) == (3120, 6000, INVOICE)
    assert (added.data.before, added.data.after) == (command.data.before, command.data.after)
    assert added.envelope.actor == AUTO_ADD
    capacity = one(paid, "seats.capacity_changed").data
    assert (capacity.purchased, capacity.incoming, capacity.waiting) == (Seats(base=1, voice=1), Seats(), Seats())


async def test_a_burst_is_two_purchases_and_everyone_is_served_in_order_of_arrival(growing: Agency) -> None:
    people, published = await growing.logins(200)
    first = one(published, "billing.set_quantities")
    assert first.data.after == Seats(base=2)
    paid = await growing.pay(first)
    assert members_of(paid, "seats.seat_assigned") == people[:1]
    assert of(paid, "billing.set_quantities") == []
    assert await growing.wait(1.9) == []
    started = await growing.wait(0.1)
    second = one(started, "billing.set_quantities")
    assert second.data == SetQuantities(before=Seats(base=2), after=Seats(base=201))
    waits = one(started, "seats.purchase_started").data
    assert [waiter.member_id for waiter in waits.waiting] == people[1 : 1 + MOST_NAMED]
    assert waits.waiting_count == len(people) - 1
    served = await growing.pay(second)
    assert members_of(served, "seats.seat_assigned") == people[1:]
    assert [message.envelope.correlation_id for message in of(served, "seats.seat_assigned")] == people[1:]
    assert one(served, "seats.capacity_changed").data.waiting == Seats()


GATHERING = pytest.mark.parametrize("service", [timedelta(milliseconds=250)], indirect=True, ids=["gathering"])


@GATHERING
async def test_a_purchase_gathers_a_quarter_of_a_second_for_everyone_who_logs_in_meanwhile(growing: Agency) -> None:
    first, published = await growing.login()
    assert names(published) == ["seats.capacity_changed"]
    assert await growing.wait(0.2) == []
    others, published = await growing.logins(4, VOICE)
    assert of(published, "billing.set_quantities") == []
    started = await growing.wait(0.05)
    command = one(started, "billing.set_quantities")
    assert command.data == SetQuantities(before=Seats(base=1), after=Seats(base=2, voice=4))
    assert members_of(await growing.pay(command), "seats.seat_assigned") == [first, *others]


@GATHERING
async def test_after_a_purchase_the_pacing_is_as_before(growing: Agency) -> None:
    await growing.login()
    command = one(await growing.wait(0.25), "billing.set_quantities")
    await growing.login()
    await growing.pay(command)
    assert await growing.wait(1.9) == []
    assert len(of(await growing.wait(0.1), "billing.set_quantities")) == 1


@GATHERING
async def test_a_seat_that_becomes_free_while_a_purchase_gathers_is_not_bought(growing: Agency) -> None:
    someone, _ = await growing.login()
    removed = await growing.handle(Removed(member_id=growing.founder, before=MemberStatus.ACTIVE))
    assert members_of(removed, "seats.seat_assigned") == [someone]
    assert await growing.wait(1) == []


async def test_a_timer_that_fires_twice_or_for_nothing_buys_nothing(growing: Agency) -> None:
    _, published = await growing.login()
    await growing.pay(one(published, "billing.set_quantities"))
    _, waiting = await growing.login()
    assert of(waiting, "billing.set_quantities") == []
    assert len(of(await growing.wait(2), "billing.set_quantities")) == 1
    assert names(await growing.wait(3600)) == ["seats.purchase_delayed"]


async def test_from_the_fourth_purchase_within_a_minute_newcomers_are_gathered_for_ten_seconds(growing: Agency) -> None:
    _, published = await growing.login()
    for _ in range(2):
        await growing.pay(one(published, "billing.set_quantities"))
        await growing.login()
        published = await growing.wait(2)
    await growing.pay(one(published, "billing.set_quantities"))
    people, published = await growing.logins(3)
    assert of(published, "billing.set_quantities") == []
    assert await growing.wait(9.9) == []
    fourth = one(await growing.wait(0.1), "seats.purchase_started")
    assert [waiter.member_id for waiter in fourth.data.waiting] == people


async def test_a_declined_card_blocks_all_who_wait_once_and_later_arrivals_without_a_purchase(growing: Agency) -> None:
    people, published = await growing.logins(5, VOICE)
    command = one(published, "billing.set_quantities")
    declined = await growing.reject(
        command, RejectionCode.PAYMENT_DECLINED, figures={"decline_code": "insufficient_funds"}
    )
    assert names(declined)[0] == "seats.purchase_declined"
    declined_event = one(declined, "seats.purchase_declined")
    assert [waiter.member_id for waiter in declined_event.data.waiting] == people
    assert (declined_event.data.decline_code, declined_event.envelope.actor) == ("insufficient_funds", AUTO_ADD)
    denials = of(declined, "seats.seat_denied")
    assert [message.data.member_id for message in denials] == people
    assert [message.envelope.correlation_id for message in denials] == people
    assert {message.data.operation_id for message in denials} == {command.envelope.id}
    assert one(declined, "seats.capacity_changed").data.paused == RejectionCode.PAYMENT_DECLINED
    growing.service.clock.advance(3600)
    _, later = await growing.login(VOICE)
    assert names(later) == ["seats.seat_denied"]
    assert (later[0].data.reason, later[0].data.operation_id) == (BlockedReason.PAYMENT_DECLINED, None)


async def test_seats_added_at_stripe_meanwhile_serve_the_line_and_the_rest_are_bought_again(
    growing: Agency,
) -> None:
    people, published = await growing.logins(3)
    command = one(published, "billing.set_quantities")
    stale = await growing.reject(command, RejectionCode.STALE, actual=Seats(base=2, voice=4))
    assert members_of(stale, "seats.seat_assigned") == people[:1]
    assert one(stale, "seats.capacity_changed").data.purchased == Seats(base=2, voice=4)
    again = one(await growing.wait(2), "billing.set_quantities")
    assert again.data == SetQuantities(before=Seats(base=2, voice=4), after=Seats(base=4, voice=4))
    assert again.envelope.id != command.envelope.id


async def test_seats_reduced_below_active_at_stripe_block_first_logins_and_are_not_bought_back(growing: Agency) -> None:
    bo, published = await growing.login()
    stale = await growing.reject(one(published, "billing.set_quantities"), RejectionCode.STALE, actual=Seats())
    denied = one(stale, "seats.seat_denied")
    assert (denied.data.member_id, denied.data.reason) == (bo, BlockedReason.SEATS_REDUCED_ELSEWHERE)
    assert await growing.wait(3600) == []


async def test_a_rejection_that_the_card_did_not_cause_keeps_everyone_waiting_and_is_retried(growing: Agency) -> None:
    people, published = await growing.logins(2)
    command = one(published, "billing.set_quantities")
    assert names(await growing.reject(command, RejectionCode.INTERNAL_ERROR)) == ["seats.capacity_changed"]
    assert await growing.wait(59) == []
    again = await growing.wait(1)
    assert [waiter.member_id for waiter in one(again, "seats.purchase_started").data.waiting] == people


async def test_a_purchase_that_billing_could_not_decide_is_not_lost(growing: Agency) -> None:
    _, published = await growing.login()
    command = one(published, "billing.set_quantities")
    other = BillingCommandRejected(
        command_id=str(uuid4()), command_type="billing.open_portal.v1", code="internal_error"
    )
    assert await growing.handle(other) == []
    ours = BillingCommandRejected(command_id=str(command.envelope.id), command_type=command.type, code="internal_error")
    await growing.handle(ours)
    assert one(await growing.wait(60), "billing.set_quantities").envelope.id != command.envelope.id


async def test_after_off_the_purchase_already_sent_serves_its_own_the_others_are_blocked_and_none_starts(
    growing: Agency,
) -> None:
    people, published = await growing.logins(3)
    off = await growing.switch(enabled=False)
    assert names(off)[0] == "seats.auto_add_set"
    assert members_of(off, "seats.seat_denied") == people[1:]
    assert [message.envelope.actor for message in of(off, "seats.seat_denied")] == [member(p) for p in people[1:]]
    paid = await growing.pay(one(published, "billing.set_quantities"))
    assert members_of(paid, "seats.seat_assigned") == people[:1]
    assert await growing.wait(3600) == []


async def test_after_off_a_purchase_that_was_due_does_not_start(growing: Agency) -> None:
    _, published = await growing.login()
    await growing.pay(one(published, "billing.set_quantities"))
    bo, _ = await growing.login()
    off = await growing.switch(enabled=False)
    assert members_of(off, "seats.seat_denied") == [bo]
    assert await growing.wait(3600) == []


async def test_the_end_of_an_unknown_purchase_publishes_nothing(growing: Agency) -> None:
    stranger = QuantitiesSet(
        operation_id=uuid4(), before=Seats(), after=Seats(base=9), charged=0, total=0, cycle=BillingCycle.MONTHLY
    )
    assert await growing.handle(stranger) == []
    assert await growing.handle(QuantitiesRejected(operation_id=uuid4(), code=RejectionCode.PAYMENT_DECLINED)) == []


async def test_the_active_counts_are_the_numbers_of_holders(growing: Agency, migrated: str) -> None:
    people, published = await growing.logins(4, VOICE)
    await growing.pay(one(published, "billing.set_quantities"))
    await growing.pay(one(await growing.wait(2), "billing.set_quantities"))
    db = await asyncpg.connect(migrated)
    holders = await db.fetch("SELECT member_id, seat_type FROM seats.holders")
    counted = await db.fetchrow("SELECT active_base, active_voice, waiting_voice FROM seats.ledgers")
    left = await db.fetchval("SELECT count(*) FROM seats.line")
    await db.close()
    assert {row["member_id"] for row in holders if row["seat_type"] == "voice"} == set(people)
    assert counted is not None
    assert (tuple(counted), len(holders), left) == ((1, 4, 0), 5, 0)


async def test_a_burst_of_one_agency_reads_no_line(growing: Agency, service: OneService) -> None:
    await growing.logins(500)
    store = service.runtime.definition.store
    inputs = {growing.id: [FirstLogin(member_id=uuid4(), seat_type=BASE)]}
    db = await connect(service.dsn, Service.SEATS)
    states = await store.load(db, inputs, service.clock())
    await db.close()
    assert states[growing.id].line == []
    assert states[growing.id].ledger.waiting.base == 500


async def test_agencies_of_one_batch_do_not_touch_each_other(service: OneService) -> None:
    roomy, full = Agency(service), Agency(service)
    for agency, seats in ((roomy, 3), (full, 1)):
        await agency.found()
        await agency.open(base=seats)
    people = [uuid4() for _ in range(4)]
    records = [
        service.sender.record(FirstLogin(member_id=p, seat_type=BASE), (roomy, full)[place % 2].id)
        for place, p in enumerate(people)
    ]
    await service.handle_records(records)
    published = await service.published()
    assert members_of(published, "seats.seat_assigned") == [people[0], people[2]]
    assert members_of(published, "seats.seat_denied") == [people[1], people[3]]


async def test_a_removed_holders_seat_is_free_for_the_next_and_stays_purchased(service: OneService) -> None:
    agency = Agency(service)
    await agency.found()
    await agency.open(base=2)
    nia, _ = await agency.login()
    published = await agency.handle(Removed(member_id=nia, before=MemberStatus.ACTIVE))
    assert names(published) == ["seats.seat_released"]
    assert (published[0].data.member_id, published[0].data.seat_type, published[0].data.held) == (nia, BASE, True)
    again = await agency.handle(Removed(member_id=nia, before=MemberStatus.ACTIVE))
    assert again == [], "the seat is freed once"
    _, published = await agency.login()
    assert names(published) == ["seats.seat_assigned"]
    _, published = await agency.login()
    assert names(published) == ["seats.seat_denied"]


async def test_a_member_seated_and_removed_in_one_batch_holds_nothing(service: OneService) -> None:
    agency = Agency(service)
    await agency.found()
    await agency.open(base=2)
    nia = uuid4()
    events = [FirstLogin(member_id=nia, seat_type=BASE), Removed(member_id=nia, before=MemberStatus.PENDING_LOGIN)]
    await service.handle_records([service.sender.record(event, agency.id) for event in events])
    assert names(await service.published()) == ["seats.seat_assigned", "seats.seat_released"]
    _, published = await agency.login()
    assert names(published) == ["seats.seat_assigned"]


async def test_a_freed_seat_goes_to_the_line_and_never_to_a_blocked_person(service: OneService) -> None:
    agency = Agency(service)
    await agency.found()
    await agency.open(base=2)
    await agency.sign_baa()
    nia, _ = await agency.login()
    await agency.login()
    await agency.switch(enabled=True)
    cem, published = await agency.login()
    command = one(published, "billing.set_quantities")
    published = await agency.handle(Removed(member_id=nia, before=MemberStatus.ACTIVE))
    assert members_of(published, "seats.seat_assigned") == [cem]
    assert one(published, "seats.seat_assigned").envelope.correlation_id == cem
    published = await agency.pay(command)
    assert one(published, "seats.seats_auto_added").data.served == ()
    assert members_of(published, "seats.seat_assigned") == []


async def test_a_removed_members_wait_ends_under_their_login_and_the_seat_bought_is_free(
    service: OneService,
) -> None:
    agency = Agency(service)
    await agency.found()
    await agency.open(base=1)
    await agency.sign_baa()
    await agency.switch(enabled=True)
    nia, published = await agency.login()
    command = one(published, "billing.set_quantities")
    published = await agency.handle(Removed(member_id=nia, before=MemberStatus.PENDING_LOGIN))
    released = one(published, "seats.seat_released")
    assert (released.data.held, released.envelope.correlation_id) == (False, nia)
    assert one(published, "seats.capacity_changed").data.waiting == Seats()
    published = await agency.pay(command)
    assert members_of(published, "seats.seat_assigned") == []
    assert one(published, "seats.capacity_changed").data.purchased == Seats(base=2)
    await agency.switch(enabled=False)
    _, published = await agency.login()
    assert names(published) == ["seats.seat_assigned"]


async def test_no_seat_is_bought_for_a_removed_member_when_the_card_is_good(
    service: OneService,
) -> None:
    agency = Agency(service)
    await agency.found()
    await agency.open(base=1)
    await agency.sign_baa()
    await agency.switch(enabled=True)
    nia, published = await agency.login()
    await agency.reject(one(published, "billing.set_quantities"), RejectionCode.PAYMENT_DECLINED)
    assert await agency.handle(Removed(member_id=nia, before=MemberStatus.BLOCKED)) == []
    assert of(await agency.handle(CardChanged()) + await agency.wait(15), "billing.set_quantities") == []


# --- the clock of a wait


async def test_a_wait_has_one_clock_however_many_purchases_fail_meanwhile(growing: Agency) -> None:
    bo, published = await growing.login()
    for _ in range(9):
        await growing.reject(one(published, "billing.set_quantities"), RejectionCode.INTERNAL_ERROR)
        published = await growing.wait(61)
    eve, _ = await growing.login()
    published = await growing.wait(600 - 9 * 61)
    told = one(published, "seats.purchase_delayed")
    assert [waiter.member_id for waiter in told.data.waiting] == [bo, eve]
    assert told.data.since == START
    assert of(await growing.wait(3600), "seats.purchase_delayed") == [], "told once"


async def test_a_wait_of_24_hours_ends_though_stripe_never_answers(growing: Agency) -> None:
    bo, published = await growing.login()
    command = one(published, "billing.set_quantities")
    await growing.wait(600)
    eve, _ = await growing.login()
    denied = one(await growing.wait(24 * 3600 - 600), "seats.seat_denied")
    assert (denied.data.member_id, denied.data.reason) == (bo, BlockedReason.BILLING_UNAVAILABLE)
    assert (denied.envelope.correlation_id, denied.envelope.actor) == (bo, member(bo))
    denied = one(await growing.wait(600), "seats.seat_denied")
    assert denied.data.member_id == eve
    paid = await growing.pay(command)
    assert of(paid, "seats.seat_assigned") == [], "a seat that is paid too late is free"
    assert one(paid, "seats.capacity_changed").data.purchased == Seats(base=2)


async def test_a_wait_that_ends_in_time_is_not_reported_and_the_next_one_has_its_own_clock(growing: Agency) -> None:
    _, published = await growing.login()
    await growing.wait(300)
    await growing.pay(one(published, "billing.set_quantities"))
    await growing.wait(200)
    await growing.login()
    assert of(await growing.wait(599), "seats.purchase_delayed") == []
    assert len(of(await growing.wait(1), "seats.purchase_delayed")) == 1


async def test_a_purchase_that_stripe_does_not_accept_ends_every_wait_at_once(growing: Agency) -> None:
    people, published = await growing.logins(3)
    refused = await growing.reject(
        one(published, "billing.set_quantities"), RejectionCode.BILLING_UNAVAILABLE, figures={"fault": "tax_location"}
    )
    event = one(refused, "seats.purchase_declined").data
    assert (event.code, event.fault) == (RejectionCode.BILLING_UNAVAILABLE, StripeFault.TAX_LOCATION)
    assert members_of(refused, "seats.seat_denied") == people
    assert {message.data.reason for message in of(refused, "seats.seat_denied")} == {BlockedReason.BILLING_UNAVAILABLE}
    capacity = one(refused, "seats.capacity_changed").data
    assert (capacity.paused, capacity.fault) == (RejectionCode.BILLING_UNAVAILABLE, StripeFault.TAX_LOCATION)
    _, later = await growing.login()
    assert names(later) == ["seats.seat_denied"], "and nobody calls Stripe again in vain"
    assert await growing.handle(CardChanged()) == [], "no card helps"


async def test_an_admins_retry_lets_in_everyone_whom_stripes_fault_has_blocked(growing: Agency) -> None:
    people, published = await growing.logins(2)
    refused = RejectionCode.BILLING_UNAVAILABLE
    await growing.reject(one(published, "billing.set_quantities"), refused, figures={"fault": "tax_location"})
    retried = await growing.handle(RetryPayment(), actor=member(growing.founder))
    assert [waiter.member_id for waiter in one(retried, "seats.payment_retried").data.joined] == people
    capacity = one(retried, "seats.capacity_changed").data
    assert (capacity.paused, capacity.fault) == (None, None)
    assert one(await growing.wait(2), "billing.set_quantities").data.after == Seats(base=3)


async def test_a_scrape_shows_who_waits_for_a_purchase_and_for_how_long(growing: Agency, service: OneService) -> None:
    _, published = await growing.login(VOICE)
    service.clock.advance(40)
    await Gauges(service.runtime, None, MEASURES).read()
    assert REGISTRY.get_sample_value("headcount_members_waiting") == 1
    assert REGISTRY.get_sample_value("headcount_member_wait_seconds") == 40
    await growing.pay(one(published, "billing.set_quantities"))
    await Gauges(service.runtime, None, MEASURES).read()
    assert REGISTRY.get_sample_value("headcount_members_waiting") == 0
    assert REGISTRY.get_sample_value("headcount_member_wait_seconds") == 0
