"""Changes by time (renewals, their drafts, retries of cards), and the state after a restart."""

from pathlib import Path

import pytest
import stripe

from deploy.local.stripe_standin.clock import Clock
from deploy.local.stripe_standin.periods import interval_after, period_end
from tests.clients.conftest import Agency
from tests.clients.published import Published
from tests.clients.standin import DAY, HALF_OF_JANUARY, NEW_YEAR, StandIn, running_standin
from tests.clients.test_standin_failures import quantities
from tests.clients.test_standin_proration import change, invoice_of


async def newest(standin: StandIn, agency: Agency) -> stripe.Invoice:
    return (await standin.stripe.v1.invoices.list_async({"subscription": agency.subscription})).data[0]


async def test_a_month_later_the_subscription_renews_and_an_hour_later_its_invoice_is_paid(
    standin: StandIn, agency: Agency
) -> None:
    await standin.advance(31 * DAY)
    renewal = await newest(standin, agency)
    assert (renewal.billing_reason, renewal.status, renewal.total) == ("subscription_cycle", "draft", 11997)
    held = await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)
    periods = {(item.current_period_start, item.current_period_end) for item in held["items"].data}
    assert periods == {(NEW_YEAR + 31 * DAY, NEW_YEAR + 59 * DAY)}
    await standin.advance(3600)
    paid = await newest(standin, agency)
    assert (paid.id, paid.status, paid.amount_paid) == (renewal.id, "paid", 11997)


async def test_a_renewal_bills_the_pending_lines_and_uses_the_balance(standin: StandIn, agency: Agency) -> None:
    """At the half 1 Base less is a credit of 1449; 1 Voice more waits: -3000 + 5999. Then 3100 + 11998 for February."""
    await standin.advance(HALF_OF_JANUARY)
    await change(standin, agency, base=1, voice=1)
    await change(standin, agency, base=1, voice=2, proration_behavior="create_prorations")
    await standin.advance(HALF_OF_JANUARY + 3600)
    renewal = await newest(standin, agency)
    assert [line.amount for line in renewal.lines.data] == [-3000, 5999, 3100, 11998]
    assert (renewal.total, renewal.starting_balance, renewal.amount_paid) == (18097, -1449, 16648)


async def test_a_change_while_the_renewal_is_a_draft_uses_the_balance_first(standin: StandIn, agency: Agency) -> None:
    """The invoice that is finalised first uses the balance of -1449.

    Half an hour into February 2,417,400 of its 2,419,200 seconds are left. Voice 1 to 2: 5999 x that share is 5994.54,
    -5995; 11998 x it is 11989.07, 11989. 5994 - 1449 = 4545. The renewal, 3100 + 5999, is then paid in full.
    """
    await standin.advance(HALF_OF_JANUARY)
    await change(standin, agency, base=1, voice=1)
    await standin.advance(HALF_OF_JANUARY + 1800)
    charged = invoice_of(await change(standin, agency, base=1, voice=2))
    assert ([line.amount for line in charged.lines.data], charged.amount_paid) == ([-5995, 11989], 4545)
    await standin.advance(1800)
    invoices = await standin.stripe.v1.invoices.list_async({"subscription": agency.subscription})
    (renewal,) = [invoice for invoice in invoices.data if invoice.billing_reason == "subscription_cycle"]
    assert (renewal.status, renewal.total, renewal.starting_balance, renewal.amount_paid) == ("paid", 9099, 0, 9099)


async def test_many_months_renew_one_after_the_other(standin: StandIn, agency: Agency) -> None:
    await standin.advance(365 * DAY + 3600)
    invoices = await standin.stripe.v1.invoices.list_async({"subscription": agency.subscription, "limit": 100})
    assert len(invoices.data) == 13
    assert {invoice.status for invoice in invoices.data} == {"paid"}


async def test_a_declined_renewal_is_retried_after_three_days(standin: StandIn, agency: Agency) -> None:
    await standin.card(agency.customer, "declining")
    await standin.advance(31 * DAY + 3600)
    assert (await newest(standin, agency)).status == "open"
    assert (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).status == "past_due"
    await standin.card(agency.customer, "good")
    await standin.advance(3 * DAY)
    assert (await newest(standin, agency)).status == "paid"
    assert (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).status == "active"


async def test_a_subscription_set_to_end_does_not_renew(standin: StandIn, agency: Agency) -> None:
    await standin.stripe.v1.subscriptions.update_async(agency.subscription, {"cancel_at_period_end": True})
    await standin.advance(31 * DAY)
    held = await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)
    assert (held.status, held.ended_at) == ("canceled", NEW_YEAR + 31 * DAY)
    assert (await newest(standin, agency)).billing_reason == "subscription_create"


async def test_pending_prorations_can_be_invoiced_by_hand(standin: StandIn, agency: Agency) -> None:
    """At the half: 1 Voice more is -3000 + 5999."""
    await standin.advance(HALF_OF_JANUARY)
    await change(standin, agency, base=2, voice=2, proration_behavior="create_prorations")
    created = await standin.stripe.v1.invoices.create_async(
        {"customer": agency.customer, "subscription": agency.subscription, "auto_advance": False}
    )
    assert (created.status, created.total) == ("draft", 2999)
    final = await standin.stripe.v1.invoices.finalize_invoice_async(created.id)
    assert (final.status, final.amount_due) == ("open", 2999)
    assert (await standin.stripe.v1.invoices.pay_async(created.id)).amount_paid == 2999
    with pytest.raises(stripe.InvalidRequestError):
        await standin.stripe.v1.invoices.create_async(
            {"customer": agency.customer, "subscription": agency.subscription}
        )


@pytest.mark.parametrize("finalised_by_hand", [False, True])
async def test_an_invoice_that_advances_is_finalised_and_paid_automatically_an_hour_later_each(
    standin: StandIn, agency: Agency, *, finalised_by_hand: bool
) -> None:
    await standin.advance(HALF_OF_JANUARY)
    await change(standin, agency, base=2, voice=2, proration_behavior="create_prorations")
    created = await standin.stripe.v1.invoices.create_async(
        {"customer": agency.customer, "subscription": agency.subscription, "auto_advance": not finalised_by_hand}
    )
    if finalised_by_hand:
        final = await standin.stripe.v1.invoices.finalize_invoice_async(created.id, {"auto_advance": True})
        assert (final.status, final.next_payment_attempt) == ("open", NEW_YEAR + HALF_OF_JANUARY + 3600)
    else:
        assert (created.status, created.automatically_finalizes_at) == ("draft", NEW_YEAR + HALF_OF_JANUARY + 3600)
    await standin.advance(3600)
    paid = await standin.stripe.v1.invoices.retrieve_async(created.id)
    assert (paid.status, paid.amount_paid) == ("paid", 2999)


async def test_an_invoice_that_does_not_advance_stays_a_draft(standin: StandIn, agency: Agency) -> None:
    await standin.advance(HALF_OF_JANUARY)
    await change(standin, agency, base=2, voice=2, proration_behavior="create_prorations")
    created = await standin.stripe.v1.invoices.create_async(
        {"customer": agency.customer, "subscription": agency.subscription, "auto_advance": True}
    )
    await standin.stripe.v1.invoices.update_async(created.id, {"auto_advance": False})
    await standin.advance(DAY)
    assert (await standin.stripe.v1.invoices.retrieve_async(created.id)).status == "draft"
    # The renewal neither bills its lines again nor pays it.
    await standin.advance(HALF_OF_JANUARY)
    assert [line.amount for line in (await newest(standin, agency)).lines.data] == [5998, 11998]
    await standin.stripe.v1.invoices.pay_async(created.id)
    with pytest.raises(stripe.InvalidRequestError):
        await standin.stripe.v1.invoices.update_async(created.id, {"auto_advance": True})


async def test_the_state_survives_a_restart(judge: Published, tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with running_standin(judge, state) as first:
        created = await first.stripe.v1.customers.create_async({"name": "A"}, {"idempotency_key": "k"})
        await first.advance(DAY)
        await first.webhooks.until("customer.created")
    with state.open("ab") as torn:
        torn.write(b'{"customers": {"cus_half')
    async with running_standin(judge, state) as second:
        again = await second.stripe.v1.customers.create_async({"name": "A"}, {"idempotency_key": "k2"})
        listed = await second.stripe.v1.customers.list_async()
        assert [customer.id for customer in listed.data] == [again.id, created.id]
        assert again.created == NEW_YEAR + DAY
        assert [entry["idempotencyKey"] for entry in await second.requests("/v1/customers")] == ["k", "k2", None]


async def test_an_event_not_acknowledged_before_a_restart_is_sent_after_it(judge: Published, tmp_path: Path) -> None:
    async with running_standin(judge, tmp_path / "state") as first:
        first.webhooks.statuses += [500] * 100
        await first.stripe.v1.customers.create_async({"name": "A"})
    async with running_standin(judge, tmp_path / "state") as second:
        await second.webhooks.until("customer.created")


async def test_the_state_can_be_deleted(standin: StandIn, agency: Agency) -> None:
    assert await quantities(standin, agency) == [2, 1]
    (await standin.control.delete("/_control/state")).raise_for_status()
    assert (await standin.stripe.v1.customers.list_async()).data == []


def test_a_short_month_does_not_move_the_day() -> None:
    """31 January 2027 + 1 month is 28 February, + 2 months 31 March; 29 February 2028 + 1 year is 28 February 2029."""
    last_of_january = NEW_YEAR + 30 * DAY
    last_of_february = NEW_YEAR + 58 * DAY
    assert interval_after(last_of_january, "month", 1) == last_of_february
    assert period_end(last_of_january, last_of_february, "month", 1) == NEW_YEAR + 89 * DAY
    assert interval_after(1_835_395_200, "year", 1) == 1_866_931_200


def test_the_clock_runs_ahead_of_real_time_or_stands_still() -> None:
    wall = [100.9]
    clock = Clock(lambda: wall[0])
    assert clock.now() == 100
    clock.advance(50)
    wall[0] = 110.0
    assert clock.now() == 160
    clock.stand_still_at(1000)
    wall[0] = 500.0
    assert clock.now() == 1000
    clock.run()
    wall[0] = 501.0
    assert clock.now() == 1001
