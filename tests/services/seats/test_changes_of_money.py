"""The seats service on a real database: admins' changes, billing's events, and the end of a pause."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.billing import (
    BillingCommandRejected,
    PayOwed,
    QuantitiesSet,
    SetQuantities,
    SubscriptionChanged,
    SubscriptionEnded,
)
from contracts.billing_payments import CardChanged, DebtChanged, PaymentRecovered, ProrationsLost, Settled
from contracts.billing_rejections import BillingUnavailable, PaymentDeclined
from contracts.message import Invoice, Owed, Seats, read_rejection
from contracts.seats_purchases import Adjust, RetryPayment
from contracts.vocabulary import (
    BillingCycle,
    BlockedReason,
    ChangedBy,
    FrozenReason,
    RejectionCode,
    SeatType,
    member,
)
from tests.services.seats.test_invites_and_swaps import grown
from tests.services.seats.test_seats import INVOICE, Agency, members_of, names, of, one
from tests.support.bus import PublishedMessage
from tests.support.one_service import OneService

BASE, VOICE = SeatType.BASE, SeatType.VOICE
UNPAID = Invoice(id="in_9", number="R-0099", total=9900, amount_paid=0)
OWED = Owed(invoices=1, amount=9900)


async def adjust(agency: Agency, base: int, voice: int, command: UUID | None = None) -> list[PublishedMessage]:
    """An admin saves these counts."""
    change = Adjust(after=Seats(base=base, voice=voice), quote_id=uuid4())
    return await agency.handle(change, actor=member(agency.founder), id=command or uuid4())


async def changed(agency: Agency, base: int, voice: int) -> list[PublishedMessage]:
    """Somebody edits the quantities at Stripe."""
    event = SubscriptionChanged(
        whose=ChangedBy.DASHBOARD,
        before=Seats(),
        after=Seats(base=base, voice=voice),
        cycle=BillingCycle.MONTHLY,
        total=1,
    )
    return await agency.handle(event)


async def pay(agency: Agency, command: PublishedMessage, **more: Any) -> list[PublishedMessage]:  # noqa: ANN401  the event's fields
    """Billing has made it."""
    event = {
        "operation_id": command.envelope.id,
        "before": command.data.before,
        "after": command.data.after,
        "charged": 3120,
        "total": 6000,
        "cycle": BillingCycle.MONTHLY,
        "invoice": INVOICE,
        **more,
    }
    return await agency.handle(QuantitiesSet.model_validate(event), correlation_id=command.envelope.correlation_id)


def commands(published: list[PublishedMessage]) -> list[PublishedMessage]:
    return of(published, "billing.set_quantities")


async def declined_voice(agency: Agency) -> UUID:
    """Somebody is Blocked because the card was declined, and Auto-Add is paused."""
    who, published = await agency.login(VOICE)
    await agency.reject(one(published, "billing.set_quantities"), RejectionCode.PAYMENT_DECLINED)
    return who


async def test_an_admins_change_is_one_command_to_billing_and_ends_under_the_admins_own(service: OneService) -> None:
    agency = await grown(service, base=2, voice=1)
    mine = uuid4()
    published = await adjust(agency, 1, 3, mine)
    assert names(published) == ["billing.set_quantities", "seats.capacity_changed"]
    command = one(published, "billing.set_quantities")
    assert (command.data.before, command.data.after) == (Seats(base=2, voice=1), Seats(base=1, voice=3))
    assert command.data.quote_id is not None
    assert command.envelope.id != mine
    assert (command.envelope.correlation_id, command.envelope.actor) == (mine, member(agency.founder))
    assert one(published, "seats.capacity_changed").data.incoming == Seats(voice=2)

    paid = await pay(agency, command)
    assert names(paid) == ["seats.capacity_changed", "seats.seats_adjusted"], "who waits for the outcome sees it"
    capacity = one(paid, "seats.capacity_changed").data
    assert (capacity.purchased, capacity.incoming) == (Seats(base=1, voice=3), Seats())
    adjusted = one(paid, "seats.seats_adjusted")
    assert (adjusted.envelope.correlation_id, adjusted.envelope.actor) == (mine, member(agency.founder))
    assert (adjusted.data.operation_id, adjusted.data.invoice) == (command.envelope.id, INVOICE)
    assert (adjusted.data.charged, adjusted.data.new_total) == (3120, 6000)
    assert (adjusted.data.before, adjusted.data.after) == (command.data.before, command.data.after)


async def test_removed_seats_are_held_back_at_once_and_given_back_when_the_change_is_rejected(
    service: OneService,
) -> None:
    agency = await grown(service, base=2)
    published = await adjust(agency, 1, 0)
    _, late = await agency.login()
    assert one(late, "seats.seat_denied").data.reason == BlockedReason.NO_SEAT_AVAILABLE
    refused = await agency.reject(one(published, "billing.set_quantities"), RejectionCode.QUOTE_EXPIRED)
    assert one(refused, "seats.command_rejected").data.code == RejectionCode.QUOTE_EXPIRED
    _, free = await agency.login()
    assert names(free) == ["seats.seat_assigned"]


async def test_waiting_members_get_their_seats_in_order_after_an_increase_without_a_purchase(
    service: OneService,
) -> None:
    agency = await grown(service, base=1, auto_add=True)
    _, published = await agency.login()
    await agency.pay(one(published, "billing.set_quantities"))
    people, _ = await agency.logins(2)
    published = await adjust(agency, 4, 0)
    paid = await pay(agency, one(published, "billing.set_quantities"))
    assert members_of(paid, "seats.seat_assigned") == people
    assert [message.envelope.correlation_id for message in of(paid, "seats.seat_assigned")] == people
    assert {message.data.operation_id for message in of(paid, "seats.seat_assigned")} == {None}
    assert of(paid, "seats.seats_auto_added") == []
    assert commands(await agency.wait(3600)) == []


async def test_a_login_during_a_removal_of_seats_waits_for_it_and_then_for_a_purchase(service: OneService) -> None:
    agency = await grown(service, base=2, auto_add=True)
    published = await adjust(agency, 1, 0)
    bo, waiting = await agency.login()
    assert names(waiting) == ["seats.capacity_changed"]
    paid = await pay(agency, one(published, "billing.set_quantities"), charged=0)
    again = one(paid, "billing.set_quantities")
    assert again.data == SetQuantities(before=Seats(base=1), after=Seats(base=2))
    assert members_of(await agency.pay(again), "seats.seat_assigned") == [bo]


async def test_after_off_the_line_waits_for_the_change_under_way_and_no_longer(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    _, published = await agency.login()
    await agency.pay(one(published, "billing.set_quantities"))
    people, _ = await agency.logins(3)
    published = await adjust(agency, 4, 0)
    assert of(await agency.switch(enabled=False), "seats.seat_denied") == []
    paid = await pay(agency, one(published, "billing.set_quantities"))
    assert members_of(paid, "seats.seat_assigned") == people[:2]
    assert members_of(paid, "seats.seat_denied") == people[2:]
    assert commands(await agency.wait(3600)) == []


async def test_of_two_changes_at_once_one_wins_and_auto_adds_purchase_counts_as_one(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    published = await adjust(agency, 2, 0)
    second = one(await adjust(agency, 3, 0), "seats.command_rejected").data
    assert (second.code, second.command_type) == (RejectionCode.PURCHASE_UNDER_WAY, Adjust.type)
    await pay(agency, one(published, "billing.set_quantities"))
    await agency.logins(2)
    assert one(await adjust(agency, 5, 0), "seats.command_rejected").data.code == RejectionCode.PURCHASE_UNDER_WAY


async def test_a_change_is_rejected_with_figures_before_a_command_to_billing(service: OneService) -> None:
    agency = await grown(service, base=1)
    refused = await adjust(agency, 0, 2)
    assert names(refused) == ["seats.command_rejected"]
    assert one(refused, "seats.command_rejected").data.figures.as_json() == {
        "seat_type": "base",
        "purchased": 1,
        "active": 1,
        "requested": 0,
        "add_seat_type": "voice",
        "add": 2,
        "switch": 1,
    }


@pytest.mark.parametrize(
    ("code", "more", "expected"),
    [
        (RejectionCode.STALE, {"actual": Seats(base=1, voice=9)}, (RejectionCode.QUOTE_STALE, {})),
        (RejectionCode.QUOTE_STALE, {}, (RejectionCode.QUOTE_STALE, {})),
        (
            RejectionCode.PAYMENT_DECLINED,
            {"figures": {"decline_code": "insufficient_funds"}},
            (RejectionCode.PAYMENT_DECLINED, {"decline_code": "insufficient_funds"}),
        ),
        (
            RejectionCode.INVOICE_LIMIT,
            {"figures": {"available_at": "2026-03-03T09:00:00Z"}},
            (RejectionCode.INVOICE_LIMIT, {"available_at": "2026-03-03T09:00:00+00:00"}),
        ),
    ],
    ids=["stale", "quote", "declined", "limit"],
)
async def test_a_rejected_change_of_an_admin_ends_for_that_admin_and_blocks_and_pauses_nothing(
    service: OneService, code: RejectionCode, more: dict[str, Any], expected: tuple[RejectionCode, dict[str, Any]]
) -> None:
    agency = await grown(service, base=1, auto_add=True)
    mine = uuid4()
    published = await adjust(agency, 2, 0, mine)
    bo, _ = await agency.login(VOICE)
    refused = await agency.reject(one(published, "billing.set_quantities"), code, **more)
    rejection = one(refused, "seats.command_rejected")
    assert (rejection.data.command_id, rejection.envelope.correlation_id) == (str(mine), mine)
    assert (rejection.data.code, rejection.data.figures.as_json()) == expected
    assert of(refused, "seats.seat_denied") == []
    capacity = of(refused, "seats.capacity_changed")[-1].data
    assert capacity.paused is None
    if code is RejectionCode.STALE:
        assert members_of(refused, "seats.seat_assigned") == [bo]
    else:
        assert one(refused, "billing.set_quantities").data.after == Seats(base=1, voice=1), "who waits is bought for"


async def test_a_change_that_billing_could_not_decide_is_rejected_and_another_may_follow(service: OneService) -> None:
    agency = await grown(service, base=1)
    published = await adjust(agency, 2, 0)
    command = one(published, "billing.set_quantities")
    for code, expected in (
        ("a code of a later version", RejectionCode.INTERNAL_ERROR),
        ("quote_expired", "quote_expired"),
    ):
        fault = BillingCommandRejected(command_id=str(command.envelope.id), command_type=command.type, code=code)
        assert one(await agency.handle(fault), "seats.command_rejected").data.code == expected
        command = one(await adjust(agency, 2, 0), "billing.set_quantities")


async def test_an_admins_change_neither_waits_for_the_pace_nor_sets_it(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    _, published = await agency.login()
    await agency.pay(one(published, "billing.set_quantities"))
    agency.service.clock.advance(2)
    published = await adjust(agency, 3, 0)
    await pay(agency, one(published, "billing.set_quantities"))
    _, published = await agency.login()
    assert names(published) == ["seats.seat_assigned"]
    _, published = await agency.login()
    assert len(commands(published)) == 1, "two seconds after Auto-Add's last purchase, whatever the admin did since"


async def test_a_successful_charge_ends_the_pause_and_lets_in_members_blocked_for_payment(
    service: OneService,
) -> None:
    agency = await grown(service, base=1, auto_add=True)
    people = [await declined_voice(agency)]
    other, _ = await agency.login(VOICE)
    people.append(other)
    published = await adjust(agency, 1, 1)
    paid = await pay(agency, one(published, "billing.set_quantities"))
    assert [w.member_id for w in one(paid, "seats.auto_add_resumed").data.joined] == people
    assert members_of(paid, "seats.seat_assigned") == people[:1]
    assert of(paid, "seats.capacity_changed")[0].data.paused is None
    rest = await agency.wait(2)
    assert one(paid + rest, "billing.set_quantities").data.after == Seats(base=1, voice=2)


async def test_a_credit_is_no_sign_of_a_good_card(service: OneService) -> None:
    agency = await grown(service, base=2, auto_add=True)
    await declined_voice(agency)
    published = await adjust(agency, 1, 0)
    paid = await pay(agency, one(published, "billing.set_quantities"), charged=0)
    assert of(paid, "seats.auto_add_resumed") == []
    assert of(paid, "seats.capacity_changed")[-1].data.paused == RejectionCode.PAYMENT_DECLINED


async def test_an_admins_retry_ends_the_pause_and_buys_seats_for_members_blocked_for_payment(
    service: OneService,
) -> None:
    agency = await grown(service, base=1, auto_add=True)
    bo = await declined_voice(agency)
    agency.service.clock.advance(60)
    retry = uuid4()
    published = await agency.handle(RetryPayment(), actor=member(agency.founder), id=retry)
    resumed = one(published, "seats.auto_add_resumed")
    assert (resumed.envelope.correlation_id, resumed.envelope.actor) == (retry, member(agency.founder))
    assert [w.member_id for w in resumed.data.joined] == [bo]
    retried = one(published, "seats.payment_retried")
    assert (retried.envelope.correlation_id, retried.data.joined) == (retry, resumed.data.joined)
    paid = await agency.pay(one(published, "billing.set_quantities"))
    assert members_of(paid, "seats.seat_assigned") == [bo]
    again = await agency.handle(RetryPayment(), actor=member(agency.founder))
    assert one(again, "seats.command_rejected").data.code == RejectionCode.NOTHING_TO_CHANGE


async def test_an_unpaid_invoice_pauses_auto_add_and_its_payment_lets_in_the_blocked_members(
    service: OneService,
) -> None:
    agency = await grown(service, base=1, auto_add=True)
    published = await agency.handle(DebtChanged(owed=OWED))
    assert names(published) == ["seats.capacity_changed"], "nobody is suspended"
    assert one(published, "seats.capacity_changed").data.paused == RejectionCode.PAST_DUE
    people, denied = await agency.logins(2)
    assert {message.data.reason for message in of(denied, "seats.seat_denied")} == {BlockedReason.PAST_DUE}
    published = await agency.handle(PaymentRecovered(invoice=UNPAID))
    assert [w.member_id for w in one(published, "seats.auto_add_resumed").data.joined] == people
    paid = await agency.pay(one(published, "billing.set_quantities"))
    assert members_of(paid, "seats.seat_assigned") == people


async def past_due(service: OneService) -> tuple[Agency, list[UUID], UUID, PublishedMessage]:
    """Leave an invoice unpaid and two members Blocked for it; return also an admin's retry and its PayOwed."""
    agency = await grown(service, base=1, auto_add=True)
    await agency.handle(DebtChanged(owed=OWED))
    people, _ = await agency.logins(2)
    retry = uuid4()
    (pay_owed,) = await agency.handle(RetryPayment(), actor=member(agency.founder), id=retry)
    assert isinstance(pay_owed.data, PayOwed)
    assert (pay_owed.envelope.correlation_id, pay_owed.envelope.actor) == (retry, member(agency.founder))
    return agency, people, retry, pay_owed


async def not_paid(
    agency: Agency, pay_owed: PublishedMessage, code: RejectionCode, **figures: int | str | None
) -> list[PublishedMessage]:
    """Let billing reject the charge of the unpaid invoice."""
    refused = BillingCommandRejected(
        command_id=str(pay_owed.envelope.id),
        command_type=PayOwed.type,
        code=code.value,
        figures=read_rejection(code, figures),
    )
    return await agency.handle(refused, correlation_id=pay_owed.envelope.correlation_id)


async def test_a_retry_pays_the_unpaid_invoice_first_and_the_payment_ends_the_pause_and_the_retry(
    service: OneService,
) -> None:
    agency, people, retry, _ = await past_due(service)
    paid = PaymentRecovered(invoice=UNPAID, retried=True)
    published = await agency.handle(paid, correlation_id=retry, actor=member(agency.founder))
    for name in ("seats.auto_add_resumed", "seats.payment_retried"):
        resumed = one(published, name)
        assert (resumed.envelope.correlation_id, resumed.envelope.actor) == (retry, member(agency.founder))
        assert [w.member_id for w in resumed.data.joined] == people


async def test_a_retry_that_paid_succeeds_although_a_new_card_had_ended_the_pause_before(
    service: OneService,
) -> None:
    agency, _, retry, _ = await past_due(service)
    assert of(await agency.handle(CardChanged()), "seats.auto_add_resumed") == [], "the card has paid nothing yet"
    recovered = await agency.handle(PaymentRecovered(invoice=UNPAID))
    assert one(recovered, "seats.auto_add_resumed").envelope.correlation_id != retry
    published = await agency.handle(PaymentRecovered(invoice=UNPAID, retried=True), correlation_id=retry)
    assert names(published) == ["seats.payment_retried"], (
        "the retry is over, and the end of the pause is published once"
    )
    assert published[0].envelope.correlation_id == retry


async def test_a_retry_ends_when_the_subscription_ended_meanwhile(service: OneService) -> None:
    agency, _, retry, _ = await past_due(service)
    await agency.handle(SubscriptionEnded(reason=FrozenReason.SUBSCRIPTION_CANCELED, whose=ChangedBy.DASHBOARD))
    published = await agency.handle(PaymentRecovered(invoice=UNPAID, retried=True), correlation_id=retry)
    refused = one(published, "seats.command_rejected")
    assert (refused.data.command_id, refused.data.code) == (str(retry), "billing_unavailable")


async def test_a_retry_whose_payment_is_declined_is_rejected_with_the_reason_and_the_pause_continues(
    service: OneService,
) -> None:
    agency, _, retry, pay_owed = await past_due(service)
    (refused,) = await not_paid(agency, pay_owed, RejectionCode.PAYMENT_DECLINED, decline_code="expired_card")
    assert (refused.data.command_id, refused.data.command_type) == (str(retry), RetryPayment.type)
    assert (refused.data.code, refused.data.figures) == ("payment_declined", PaymentDeclined("expired_card"))
    (_,) = await agency.handle(RetryPayment(), actor=member(agency.founder))


async def test_a_retry_that_finds_no_unpaid_invoice_ends_the_pause_and_the_next_one_succeeds_too(
    service: OneService,
) -> None:
    agency, people, retry, pay_owed = await past_due(service)
    published = await not_paid(agency, pay_owed, RejectionCode.NOTHING_TO_CHANGE)
    resumed = one(published, "seats.auto_add_resumed")
    assert resumed.envelope.correlation_id == retry
    assert [w.member_id for w in resumed.data.joined] == people
    again = await not_paid(agency, pay_owed, RejectionCode.NOTHING_TO_CHANGE)
    assert names(again) == ["seats.payment_retried"], "two admins tried, and the first one's payment came through"


async def test_an_unpaid_invoice_blocks_the_line_except_members_whose_purchase_is_under_way(
    service: OneService,
) -> None:
    agency = await grown(service, base=1, auto_add=True)
    first, published = await agency.login()
    later, _ = await agency.login()
    failed = await agency.handle(DebtChanged(owed=OWED))
    assert members_of(failed, "seats.seat_denied") == [later]
    paid = await agency.pay(one(published, "billing.set_quantities"))
    assert members_of(paid, "seats.seat_assigned") == [first]
    assert of(paid, "seats.auto_add_resumed") == [], "the older invoice is unpaid all the same"


async def test_seats_after_the_days_invoices_are_unsettled_until_their_invoice_is_paid(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    bo, published = await agency.login()
    command = one(published, "billing.set_quantities")
    paid = await pay(agency, command, charged=0, invoice=None, unsettled=True)
    assert members_of(paid, "seats.seat_assigned") == [bo]
    added = one(paid, "seats.seats_auto_added").data
    assert (added.unsettled, added.charged, added.invoice) == (True, 0, None)
    assert one(paid, "seats.capacity_changed").data.unsettled == Seats(base=1)
    settled = Settled(operation_ids=(command.envelope.id,), seats=Seats(base=1), charged=3000, invoice=INVOICE)
    assert one(await agency.handle(settled), "seats.capacity_changed").data.unsettled == Seats()


async def test_a_declined_settlement_pauses_auto_add_and_a_paid_settlement_resumes_it(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    _, published = await agency.login()
    await pay(agency, one(published, "billing.set_quantities"), charged=0, unsettled=True)
    failed = await agency.handle(DebtChanged(owed=OWED))
    assert one(failed, "seats.capacity_changed").data.paused == RejectionCode.PAST_DUE
    bo, _ = await agency.login()
    published = await agency.handle(PaymentRecovered(invoice=UNPAID))
    settled = await agency.handle(Settled(operation_ids=(), seats=Seats(base=1), charged=3000))
    assert [w.member_id for w in one(published, "seats.auto_add_resumed").data.joined] == [bo]
    assert of(settled, "seats.capacity_changed")[-1].data.unsettled == Seats()


async def test_seats_raised_at_stripe_serve_the_line_and_blocked_members_stay_blocked(service: OneService) -> None:
    agency = await grown(service, base=1)
    await agency.login()
    published = await changed(agency, 3, 0)
    assert names(published) == ["seats.capacity_changed"]
    _, free = await agency.login()
    assert names(free) == ["seats.seat_assigned"]


async def test_seats_are_frozen_when_lowered_at_stripe_and_unfrozen_when_raised_again(service: OneService) -> None:
    agency = await grown(service, base=2, auto_add=True)
    await agency.login()
    lowered = await changed(agency, 1, 0)
    assert names(lowered) == ["seats.frozen", "seats.capacity_changed"], "nobody is suspended"
    frozen = one(lowered, "seats.frozen").data
    assert frozen.reason == FrozenReason.SEATS_REDUCED_ELSEWHERE
    assert (frozen.purchased, frozen.active) == (Seats(base=1), Seats(base=2))
    assert one(lowered, "seats.capacity_changed").data.frozen == FrozenReason.SEATS_REDUCED_ELSEWHERE
    _, blocked = await agency.login()
    assert one(blocked, "seats.seat_denied").data.reason == BlockedReason.SEATS_REDUCED_ELSEWHERE
    assert commands(await agency.wait(3600)) == [], "nothing is bought back"
    raised = await changed(agency, 2, 0)
    assert names(raised) == ["seats.thawed", "seats.capacity_changed"]
    _, published = await agency.login()
    assert len(commands(published)) == 1


async def test_an_admin_buys_back_seats_that_were_lowered_at_stripe(service: OneService) -> None:
    agency = await grown(service, base=2)
    await agency.login()
    await changed(agency, 1, 0)
    published = await adjust(agency, 2, 0)
    paid = await pay(agency, one(published, "billing.set_quantities"))
    assert names(paid) == ["seats.thawed", "seats.capacity_changed", "seats.seats_adjusted"]


async def test_a_quantity_edited_in_the_middle_of_a_purchase_converges(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    people, published = await agency.logins(2)
    command = one(published, "billing.set_quantities")
    handled = await changed(agency, 5, 0)
    assert members_of(handled, "seats.seat_assigned") == people[:1], "the purchase under way may still take the rest"
    stale = await agency.reject(command, RejectionCode.STALE, actual=Seats(base=5))
    assert members_of(stale, "seats.seat_assigned") == people[1:]
    assert commands(await agency.wait(3600)) == []


@pytest.mark.parametrize("reason", [FrozenReason.SUBSCRIPTION_CANCELED, FrozenReason.CUSTOMER_DELETED])
async def test_a_subscription_that_is_gone_freezes_and_no_admin_can_buy(
    service: OneService, reason: FrozenReason
) -> None:
    agency = await grown(service, base=2, auto_add=True)
    published = await agency.handle(SubscriptionEnded(reason=reason, whose=ChangedBy.DASHBOARD))
    assert (one(published, "seats.frozen").data.reason, one(published, "seats.frozen").data.active) == (
        reason,
        Seats(base=1),
    )
    _, blocked = await agency.login()
    assert one(blocked, "seats.seat_denied").data.reason == BlockedReason.SEATS_REDUCED_ELSEWHERE
    refused = one(await adjust(agency, 3, 0), "seats.command_rejected").data
    assert (refused.code, refused.figures) == (RejectionCode.BILLING_UNAVAILABLE, BillingUnavailable(reason))


async def test_a_card_that_changes_while_nothing_is_paused_publishes_nothing(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    assert await agency.handle(CardChanged()) == []
    assert await agency.handle(PaymentRecovered()) == []


async def test_seats_whose_prorations_are_lost_are_unsettled_no_more(service: OneService) -> None:
    agency = await grown(service, base=1, auto_add=True)
    _, published = await agency.login()
    command = one(published, "billing.set_quantities")
    await pay(agency, command, charged=0, invoice=None, unsettled=True)
    lost = ProrationsLost(operation_ids=(command.envelope.id,), seats=Seats(base=1), amount=3000)
    assert one(await agency.handle(lost), "seats.capacity_changed").data.unsettled == Seats()
