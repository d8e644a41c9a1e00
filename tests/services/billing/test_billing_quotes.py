"""A quote is Stripe's own preview: the amount due today, the new total, and the time until it expires."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from contracts.billing import QuoteCycle, QuoteSeats
from contracts.billing_quotes import QuoteRejected
from contracts.message import Seats
from contracts.vocabulary import BillingCycle, RejectionCode, SeatType
from services.billing.old_quotes import forget_old_quotes
from tests.services.billing.conftest import DAY, Billing

PREVIEWS = "/v1/invoices/create_preview"


async def ask(billing: Billing, base: int, voice: int, session: str = "s") -> UUID:
    command = QuoteSeats(after=Seats(base=base, voice=voice), session=session)
    return await billing.service.handle(command, billing.agency_id, sender="gateway")


async def ask_cycle(billing: Billing, cycle: BillingCycle) -> UUID:
    return await billing.service.handle(QuoteCycle(cycle=cycle, session="s"), billing.agency_id, sender="gateway")


async def rejection(billing: Billing) -> RejectionCode:
    await billing.service.run_tasks()
    (published,) = await billing.published()
    assert isinstance(published.data, QuoteRejected)
    return published.data.code


async def half_a_month_later(billing: Billing) -> None:
    """March has 31 days."""
    billing.service.clock.advance(31 * DAY / 2)


async def test_the_help_pages_example(billing: Billing) -> None:
    """From 2 Base and 1 Voice in the middle of a month: -2999 + 1550 - 3000 + 7948 = 3499 today, 18997 a month."""
    await billing.open(2, 1)
    await half_a_month_later(billing)
    quote = await billing.quote(1, 3)
    assert (quote.before, quote.after) == (Seats(base=2, voice=1), Seats(base=1, voice=3))
    assert (quote.due_now, quote.credit, quote.from_balance) == (3499, 0, 0)
    assert (quote.total_before, quote.total) == (11997, 18997)
    assert [(line.seat_type, line.quantity, line.amount) for line in quote.lines] == [
        (SeatType.BASE, 2, -2999),
        (SeatType.BASE, 1, 1550),
        (SeatType.VOICE, 1, -3000),
        (SeatType.VOICE, 3, 7948),
    ]
    assert (quote.pending, quote.may_differ) == ((), 0)
    assert quote.expires_at == billing.service.clock() + timedelta(minutes=10)
    base, voice = quote.tiers
    assert (base.quantity, base.unit_amount, base.list_amount, base.next_from) == (1, 3100, 3100, 2)
    assert (voice.quantity, voice.unit_amount, voice.list_amount) == (3, 5299, 5999)
    assert (voice.next_from, voice.next_unit_amount) == (10, 4999)


async def test_both_previews_are_requested_with_the_parameters_of_the_change(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.quote(1, 3)
    now, later = (request["params"] for request in await billing.stripe.requests("POST", PREVIEWS))
    assert {now["preview_mode"], later["preview_mode"]} == {"next", "recurring"}
    for params in (now, later):
        assert params["subscription_details"]["proration_behavior"] == "always_invoice"
        assert [item["quantity"] for item in params["subscription_details"]["items"].values()] == ["1", "3"]


async def test_a_removal_is_a_credit(billing: Billing) -> None:
    await billing.open(2, 1)
    await half_a_month_later(billing)
    quote = await billing.quote(1, 1)
    assert (quote.due_now, quote.credit, quote.from_balance) == (0, 1449, 0)


async def test_the_balance_pays_before_the_card(billing: Billing) -> None:
    await billing.open(2, 1)
    await half_a_month_later(billing)
    await billing.command((2, 1), (1, 1))
    await billing.service.run_tasks()
    await billing.published()
    quote = await billing.quote(1, 2)
    assert (quote.due_now, quote.credit, quote.from_balance) == (1550, 0, 1449)


async def test_pending_prorations_of_earlier_changes_are_shown_and_billed_along(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await half_a_month_later(billing)
    await billing.stripe.control(f"dashboard/subscriptions/{opened.subscription_id}", voice=2)
    quote = await billing.quote(3, 2)
    assert quote.before == Seats(base=2, voice=2)
    assert sorted(line.amount for line in quote.pending) == [-3000, 5999]
    assert [line.amount for line in quote.lines] == [-2999, 4498]
    assert quote.due_now == -3000 + 5999 - 2999 + 4498


async def test_the_lines_add_up_to_the_total_even_if_stripe_cuts_them_off(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await half_a_month_later(billing)
    for base in range(3, 9):
        await billing.stripe.control(f"dashboard/subscriptions/{opened.subscription_id}", base=base)
    quote = await billing.quote(9, 3)
    assert len(quote.pending) == 12
    assert sum(line.amount for line in (*quote.lines, *quote.pending)) == quote.due_now > 0


async def test_at_a_tiers_edge_fewer_seats_can_cost_more(billing: Billing) -> None:
    """25 Voice seats cost 4699 each, 24 of them 4999."""
    await billing.open(1, 25)
    quote = await billing.quote(1, 24)
    assert (quote.total_before, quote.total) == (3100 + 25 * 4699, 3100 + 24 * 4999)
    assert quote.due_now == 24 * 4999 - 25 * 4699 > 0


async def test_the_same_quantities_are_nothing_to_change(billing: Billing) -> None:
    await billing.open(2, 1)
    await ask(billing, 2, 1)
    assert await rejection(billing) is RejectionCode.NOTHING_TO_CHANGE


async def test_the_same_cycle_is_nothing_to_change(billing: Billing) -> None:
    await billing.open(2, 1)
    await ask_cycle(billing, BillingCycle.MONTHLY)
    assert await rejection(billing) is RejectionCode.NOTHING_TO_CHANGE


async def test_a_switch_to_annual_is_charged_today_less_the_unused_month(billing: Billing) -> None:
    """A year costs 2 x 32389 + 64789 = 129567; half of 11997 is left."""
    await billing.open(2, 1)
    await half_a_month_later(billing)
    quote = await billing.quote_cycle(BillingCycle.ANNUAL)
    assert (quote.cycle_before, quote.cycle) == (BillingCycle.MONTHLY, BillingCycle.ANNUAL)
    assert (quote.before, quote.after) == (Seats(base=2, voice=1), Seats(base=2, voice=1))
    assert (quote.total_before, quote.total) == (11997, 129567)
    assert quote.due_now == 129567 - 2999 - 3000
    # 5998 and 5999 cents a month of 31 days, for ten minutes, each rounded up.
    assert quote.may_differ == 2 + 2
    assert [tier.unit_amount for tier in quote.tiers] == [32389, 64789]
    assert [tier.list_amount for tier in quote.tiers] == [12 * 3100, 12 * 5999]


async def test_a_switch_to_monthly_is_mostly_a_credit(billing: Billing) -> None:
    await billing.open(2, 1, cycle=BillingCycle.ANNUAL)
    quote = await billing.quote_cycle(BillingCycle.MONTHLY)
    assert (quote.due_now, quote.credit) == (0, 129567 - 11997)


async def test_a_quote_is_for_stripes_state_even_if_we_know_another(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.stripe.control(f"dashboard/subscriptions/{opened.subscription_id}", base=4, proration_behavior="none")
    quote = await billing.quote_cycle(BillingCycle.ANNUAL)
    assert quote.before == quote.after == Seats(base=4, voice=1)
    assert quote.total == 4 * 32389 + 64789


async def test_an_account_with_unknown_item_ids_is_quoted(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.service.pool.execute("UPDATE accounts SET base_item = NULL, voice_item = NULL")
    assert (await billing.quote(3, 1)).due_now == 2999


async def test_items_that_were_replaced_by_hand_are_quoted(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.service.pool.execute("UPDATE accounts SET base_item = 'si_gone'")
    assert (await billing.quote(3, 1)).due_now == 2999


@pytest.mark.parametrize("lost", ["base_item", "voice_item"])
async def test_an_account_is_quoted_again_after_its_missing_item_was_restored(billing: Billing, lost: str) -> None:
    await billing.open(2, 1)
    await billing.service.pool.execute(f"UPDATE accounts SET {lost} = NULL")
    assert (await billing.quote(3, 1)).due_now == 2999


async def test_a_newer_quote_of_the_same_session_replaces_one_that_has_not_been_started(billing: Billing) -> None:
    await billing.open(2, 1)
    first, second, third = await ask(billing, 3, 1), await ask(billing, 4, 1), await ask(billing, 5, 1)
    await billing.service.run_tasks()
    published = await billing.published()
    assert [message.envelope.correlation_id for message in published] == [first, second, third]
    assert [message.data.code for message in published[:2]] == [RejectionCode.SUPERSEDED, RejectionCode.SUPERSEDED]
    assert published[2].data.after == Seats(base=5, voice=1)
    assert len(await billing.stripe.requests("POST", PREVIEWS)) == 2


async def test_quotes_requested_in_one_batch_supersede_each_other(billing: Billing) -> None:
    await billing.open(2, 1)
    commands = [QuoteSeats(after=Seats(base=base, voice=1), session="s") for base in (3, 4)]
    records = [billing.service.sender.record(command, billing.agency_id, sender="gateway") for command in commands]
    await billing.service.handle_records(records)
    await billing.service.run_tasks()
    superseded, answered = await billing.published()
    assert superseded.data.code is RejectionCode.SUPERSEDED
    assert answered.data.after == Seats(base=4, voice=1)


async def test_another_sessions_quote_replaces_nothing(billing: Billing) -> None:
    await billing.open(2, 1)
    await ask(billing, 3, 1)
    await ask(billing, 4, 1, "another")
    await billing.service.run_tasks()
    assert {message.data.after.base for message in await billing.published()} == {3, 4}


async def test_a_quote_that_has_been_started_is_published_before_the_newer_one(billing: Billing) -> None:
    await billing.open(2, 1)
    first = await ask(billing, 3, 1)
    await billing.service.pool.execute(
        "UPDATE tasks SET lease = $1, leased_until = $2", uuid4(), billing.service.clock() + timedelta(seconds=15)
    )
    second = await ask(billing, 4, 1)
    assert await billing.service.run_tasks() == 0
    assert await billing.published() == []
    billing.service.clock.advance(16)
    await billing.service.run_tasks()
    assert [message.envelope.correlation_id for message in await billing.published()] == [first, second]


async def test_a_quote_does_not_wait_behind_a_purchase_that_does_not_end(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.stripe.fault("drop_answer", path="/v1/subscriptions/*", times=1000)
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    assert (await billing.quote(4, 1)).before == Seats(base=3, voice=1)


async def test_one_failed_call_costs_a_second_attempt(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.stripe.fault("rate_limit", path=PREVIEWS)
    await ask(billing, 3, 1)
    await billing.service.run_tasks()
    billing.service.clock.advance(1)
    assert (await billing.quoted()).due_now == 2998


@pytest.mark.parametrize("fault", ["drop_answer", "rate_limit"])
async def test_without_stripe_the_quote_is_rejected_after_two_attempts(billing: Billing, fault: str) -> None:
    await billing.open(2, 1)
    await billing.stripe.fault(fault, path=PREVIEWS, times=1000)
    await ask(billing, 3, 1)
    await billing.service.run_tasks()
    billing.service.clock.advance(1)
    assert await rejection(billing) is RejectionCode.BILLING_UNAVAILABLE
    assert await billing.waiting() == 0


async def test_an_ended_subscription_has_no_quote(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.stripe.control(f"dashboard/subscriptions/{opened.subscription_id}", cancel=True)
    await ask(billing, 3, 1)
    assert await rejection(billing) is RejectionCode.BILLING_UNAVAILABLE


async def test_an_agency_without_an_account_has_no_quote(billing: Billing) -> None:
    await ask(billing, 3, 1)
    assert await rejection(billing) is RejectionCode.BILLING_UNAVAILABLE


async def test_a_call_that_stripe_does_not_accept_rejects_the_quote_and_is_not_repeated(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.stripe.fault("error", path=PREVIEWS, code="400", times=2)
    await ask(billing, 3, 1)
    assert await rejection(billing) is RejectionCode.BILLING_UNAVAILABLE


async def test_without_the_catalogue_at_stripe_no_cycle_is_quoted(billing: Billing) -> None:
    await billing.open(2, 1)
    for price in (await billing.stripe.get("prices", limit=100))["data"]:
        if price["recurring"]["interval"] == "year":
            await billing.stripe.api._stripe.v1.prices.update_async(price["id"], {"active": False})
    await ask_cycle(billing, BillingCycle.ANNUAL)
    assert await rejection(billing) is RejectionCode.BILLING_UNAVAILABLE


async def test_quotes_are_deleted_a_day_after_they_expired(billing: Billing) -> None:
    await billing.open(2, 1)
    old = await billing.quote(3, 1)
    billing.service.clock.advance(DAY + 601)
    new = await billing.quote(4, 1)
    kept = [row["id"] for row in await billing.service.pool.fetch("SELECT id FROM quotes")]
    assert old.quote_id not in kept
    assert kept == [new.quote_id]


async def test_an_edit_between_stripes_responses_does_not_mix_two_states(billing: Billing) -> None:
    """Somebody edits the subscription after it was read and before the previews are answered."""
    opened = await billing.open(2, 1)
    await billing.stripe.fault("slow", path=PREVIEWS, seconds=0.3, times=2)
    await ask(billing, 4, 1)
    performing = asyncio.create_task(billing.service.run_tasks())
    path = f"/v1/subscriptions/{opened.subscription_id}"
    while not any(request["status"] for request in await billing.stripe.requests("GET", path)):
        await asyncio.sleep(0.01)
    path = f"dashboard/subscriptions/{opened.subscription_id}"
    await billing.stripe.control(path, base=3, proration_behavior="always_invoice")
    await performing
    quote = await billing.quoted()
    assert (quote.before, quote.due_now) == (Seats(base=3, voice=1), 2999)


async def test_quotes_of_an_agency_that_never_comes_back_are_forgotten_a_day_after_they_ended(billing: Billing) -> None:
    await billing.open(2, 1)
    await ask(billing, 3, 1)
    await billing.service.run_tasks()
    await ask(billing, 4, 1, "unanswered")
    runtime, left = billing.service.runtime, "SELECT count(*) FROM quotes"
    billing.service.clock.advance(DAY)
    await forget_old_quotes(runtime)
    assert await billing.service.pool.fetchval(left) == 2
    billing.service.clock.advance(1)
    await forget_old_quotes(runtime)
    assert await billing.service.pool.fetchval(left) == 1
    billing.service.clock.advance(DAY)
    await forget_old_quotes(runtime)
    assert await billing.service.pool.fetchval(left) == 0
