"""The limits of Auto-Add on a real database: kept, counted, told once, and held by a line that is cut."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.auto_add_limits import AutoAddLimit, SetAutoAddLimits
from contracts.billing import PlanChanged
from contracts.billing_payments import CardChanged
from contracts.billing_quotes import TierOfType
from contracts.message import Seats
from contracts.payment_vocabulary import PaymentState
from contracts.seats_purchases import Adjust
from contracts.vocabulary import AUTO_ADD, AutoAddMeasure, BillingCycle, BlockedReason, RejectionCode, member
from tests.services.seats.test_seats import VOICE, Agency, members_of, names, of, one
from tests.support.bus import PublishedMessage
from tests.support.clock import START
from tests.support.one_service import OneService


@pytest.fixture
async def growing(service: OneService) -> Agency:
    """Full, with Auto-Add ON."""
    agency = Agency(service)
    await agency.found()
    await agency.open()
    await agency.sign_baa()
    await agency.switch(enabled=True)
    return agency


async def limit(agency: Agency, **voice: Any) -> list[PublishedMessage]:  # noqa: ANN401  fields of the limit
    return await agency.handle(SetAutoAddLimits(voice=AutoAddLimit(**voice)))


def plan(unit_amount: int, cycle: BillingCycle = BillingCycle.MONTHLY, currency: str = "usd") -> PlanChanged:
    tier = TierOfType(seat_type=VOICE, quantity=0, unit_amount=unit_amount, list_amount=unit_amount)
    return PlanChanged(
        cycle=cycle,
        total=3100,
        renews_at=START,
        payment_state=PaymentState.OK,
        discount=0,
        balance=0,
        prices=(tier,),
        invoices_today=0,
        currency=currency,
    )


async def test_limits_are_locked_until_the_baa_is_signed_and_say_what_they_were(service: OneService) -> None:
    agency = Agency(service)
    await agency.found()
    await agency.open()
    refused = one(await limit(agency, seats=3), "seats.command_rejected")
    assert refused.data.code == RejectionCode.BAA_UNSIGNED
    await agency.sign_baa()
    await limit(agency, seats=3)
    changed = one(await limit(agency, month_seats=2, month_amount=5_000), "seats.auto_add_limits_set").data
    assert (changed.voice, changed.voice_before) == (
        AutoAddLimit(month_seats=2, month_amount=5_000),
        AutoAddLimit(seats=3),
    )
    assert (changed.base, changed.base_before) == (AutoAddLimit(), AutoAddLimit())


async def test_a_burst_is_cut_to_the_limit_in_order_of_arrival_and_the_admins_are_told_once(growing: Agency) -> None:
    await limit(growing, month_seats=3)
    people, published = await growing.logins(5, VOICE)
    denied = of(published, "seats.seat_denied")
    assert [message.data.member_id for message in denied] == people[3:]
    assert {message.data.reason for message in denied} == {BlockedReason.AUTO_ADD_LIMIT}
    paid = await growing.pay(one(published, "billing.set_quantities"))
    bought, rest = members_of(paid, "seats.seat_assigned"), await growing.wait(3)
    for command in of(rest, "billing.set_quantities"):
        assert command.data.after == Seats(base=1, voice=3)
        paid = await growing.pay(command)
        bought += members_of(paid, "seats.seat_assigned")
    assert bought == people[:3]
    told = one(paid, "seats.auto_add_limit_near")
    assert (told.data.measure, told.data.used, told.data.limit, told.data.reached) == (
        AutoAddMeasure.MONTH_SEATS,
        3,
        3,
        True,
    )
    assert (told.data.seat_type, told.envelope.actor) == (VOICE, AUTO_ADD)
    _, later = await growing.login(VOICE)
    assert names(later) == ["seats.seat_denied"]


async def test_a_new_month_begins_with_nothing_bought(growing: Agency) -> None:
    await limit(growing, month_seats=1)
    _, published = await growing.login(VOICE)
    await growing.pay(one(published, "billing.set_quantities"))
    _, published = await growing.login(VOICE)
    assert one(published, "seats.seat_denied").data.reason == BlockedReason.AUTO_ADD_LIMIT
    growing.service.clock.advance(timedelta(days=31).total_seconds())
    _, published = await growing.login(VOICE)
    paid = await growing.pay(one(published, "billing.set_quantities"))
    assert one(paid, "seats.auto_add_limit_near").data.reached


async def test_the_price_a_month_limits_and_is_not_told_before_it_is_known(growing: Agency) -> None:
    assert names(await limit(growing, month_amount=10_000)) == ["seats.auto_add_limits_set"]
    _, published = await growing.login(VOICE)
    assert names(published) == ["seats.seat_denied"]
    await growing.handle(plan(60_000, BillingCycle.ANNUAL, "eur"))
    _, published = await growing.login(VOICE)
    paid = await growing.pay(one(published, "billing.set_quantities"))
    assert of(paid, "seats.auto_add_limit_near") == []
    told = one(await growing.handle(plan(91_000, BillingCycle.ANNUAL, "eur")), "seats.auto_add_limit_near").data
    assert (told.used, told.limit, told.currency, told.reached) == (7_584, 10_000, "eur", True)
    assert await growing.handle(plan(91_000, BillingCycle.ANNUAL, "eur")) == []


@pytest.mark.parametrize("service", [timedelta(seconds=2)], indirect=True)
async def test_a_line_that_is_cut_while_it_gathers_ends_at_once_for_those_beyond_the_limit(growing: Agency) -> None:
    people, _ = await growing.logins(3, VOICE)
    published = await limit(growing, seats=1)
    assert members_of(published, "seats.seat_denied") == people[1:]
    (command,) = of(await growing.wait(3), "billing.set_quantities")
    assert command.data.after == Seats(base=1, voice=1)


@pytest.mark.parametrize("service", [timedelta(seconds=2)], indirect=True)
async def test_a_dearer_price_ends_the_wait_of_those_for_whom_it_leaves_no_seat(growing: Agency) -> None:
    await growing.handle(plan(3_000))
    await limit(growing, month_amount=6_000)
    people, _ = await growing.logins(2, VOICE)
    await growing.handle(plan(5_000))
    published = await growing.wait(3)
    assert members_of(published, "seats.seat_denied") == people[1:]
    assert one(published, "billing.set_quantities").data.after == Seats(base=1, voice=1)


async def test_after_a_pause_the_members_blocked_for_payment_come_back_as_far_as_the_limit_goes(
    growing: Agency,
) -> None:
    people, published = await growing.logins(3, VOICE)
    await growing.reject(one(published, "billing.set_quantities"), RejectionCode.PAYMENT_DECLINED)
    await limit(growing, month_seats=2)
    published = [*await growing.handle(CardChanged()), *await growing.wait(11)]
    denied = of(published, "seats.seat_denied")
    assert [(message.data.member_id, message.data.reason) for message in denied] == [
        (people[2], BlockedReason.AUTO_ADD_LIMIT)
    ]
    assert one(published, "billing.set_quantities").data.after == Seats(base=1, voice=2)
    for member_id in people[:2]:
        assert member_id not in members_of(published, "seats.seat_denied")


async def test_what_an_admin_buys_is_not_limited_and_uses_no_limit_of_the_month(growing: Agency) -> None:
    await limit(growing, seats=0, month_seats=0)
    adjust = Adjust(after=Seats(base=1, voice=1), quote_id=uuid4())
    published = await growing.handle(adjust, actor=member(growing.founder))
    await growing.pay(one(published, "billing.set_quantities"))
    nia, published = await growing.login(VOICE)
    assert members_of(published, "seats.seat_assigned") == [nia]
    assert await growing.service.pool.fetchval("SELECT added_voice FROM ledgers") == 0
