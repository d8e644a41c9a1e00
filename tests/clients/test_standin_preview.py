"""A preview equals the cost of the change; the switch between monthly and annual."""

import pytest
import stripe

from tests.clients.conftest import Agency
from tests.clients.standin import DAY, HALF_OF_JANUARY, NEW_YEAR, StandIn
from tests.clients.test_standin_proration import amounts, balance, change, invoice_of

LEAP_FREE_YEAR = 365 * DAY


async def preview(
    standin: StandIn, agency: Agency, base: int, voice: int, mode: str = "next", **details: object
) -> stripe.Invoice:
    return await standin.stripe.v1.invoices.create_preview_async(
        {  # type: ignore[arg-type]  # the stubs do not know all details
            "subscription": agency.subscription,
            "preview_mode": mode,
            "subscription_details": {
                "items": [{"id": agency.base, "quantity": base}, {"id": agency.voice, "quantity": voice}],
                "proration_behavior": "always_invoice",
                **details,
            },
        }
    )


def proration_date(invoice: stripe.Invoice) -> int:
    assert invoice.parent is not None
    assert invoice.parent.subscription_details is not None
    at = invoice.parent.subscription_details.subscription_proration_date
    assert at is not None
    return at


async def test_the_preview_equals_the_charge_of_the_change(standin: StandIn, agency: Agency) -> None:
    """At the half to 1 Base and 3 Voice: -2999 + 1550 - 3000 + 7948 = 3499, also when it is saved ten minutes later."""
    await standin.advance(HALF_OF_JANUARY)
    foreseen = await preview(standin, agency, base=1, voice=3)
    assert (foreseen.total, foreseen.amount_due, foreseen.status) == (3499, 3499, "draft")
    assert foreseen.id.startswith("upcoming_in_")
    await standin.advance(600)
    charged = invoice_of(await change(standin, agency, base=1, voice=3, proration_date=proration_date(foreseen)))
    assert amounts(charged) == amounts(foreseen) == [-2999, 1550, -3000, 7948]


async def test_a_preview_changes_nothing(standin: StandIn, agency: Agency) -> None:
    before = await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)
    events = [event.id for event in (await standin.stripe.v1.events.list_async()).data]
    await preview(standin, agency, base=9, voice=9)
    assert await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription) == before
    assert [event.id for event in (await standin.stripe.v1.events.list_async()).data] == events
    assert len((await standin.stripe.v1.invoices.list_async()).data) == 1


async def test_the_recurring_preview_is_the_new_total(standin: StandIn, agency: Agency) -> None:
    """The help page's example: 3100 + 3 x 5299 = 18997, $70.00 more than 11997."""
    await standin.advance(HALF_OF_JANUARY)
    recurring = await preview(standin, agency, base=1, voice=3, mode="recurring")
    assert (recurring.total, amounts(recurring)) == (18997, [3100, 15897])


async def test_a_preview_of_a_charge_accounts_for_the_balance(standin: StandIn, agency: Agency) -> None:
    """At the half: 1 Base less leaves 1449 of credit; 1 Voice more is 2999, of which 1550 is due."""
    await standin.advance(HALF_OF_JANUARY)
    await change(standin, agency, base=1, voice=1)
    foreseen = await preview(standin, agency, base=1, voice=2)
    assert (foreseen.total, foreseen.starting_balance, foreseen.amount_due) == (2999, -1449, 1550)
    assert await balance(standin, agency) == -1449


async def test_a_preview_of_a_credit_has_a_signed_total_and_nothing_due(standin: StandIn, agency: Agency) -> None:
    await standin.advance(HALF_OF_JANUARY)
    foreseen = await preview(standin, agency, base=1, voice=1)
    assert (foreseen.total, foreseen.amount_due) == (-1449, 0)


async def test_a_preview_shows_the_pending_lines_that_the_change_would_bill(standin: StandIn, agency: Agency) -> None:
    await standin.advance(HALF_OF_JANUARY)
    await change(standin, agency, base=2, voice=2, proration_behavior="create_prorations")
    foreseen = await preview(standin, agency, base=3, voice=2)
    assert amounts(foreseen) == [-3000, 5999, -2999, 4498]


async def test_the_upcoming_invoice_is_the_renewal_with_the_pending_lines(standin: StandIn, agency: Agency) -> None:
    await standin.advance(HALF_OF_JANUARY)
    await change(standin, agency, base=2, voice=2, proration_behavior="create_prorations")
    upcoming = await standin.stripe.v1.invoices.create_preview_async({"subscription": agency.subscription})
    assert amounts(upcoming) == [-3000, 5999, 5998, 11998]
    assert upcoming.period_end == NEW_YEAR + 31 * DAY


async def test_a_switch_to_annual_credits_the_month_and_bills_the_year_at_once(
    standin: StandIn, agency: Agency
) -> None:
    """At the half: -5998/2, -5999/2 floored, then 2 x 32389 and 64789: -2999 + 64778 - 3000 + 64789 = 123568."""
    await standin.advance(HALF_OF_JANUARY)
    items = [
        {"id": agency.base, "price": agency.prices.base_annual, "quantity": 2},
        {"id": agency.voice, "price": agency.prices.voice_annual, "quantity": 1},
    ]
    foreseen = await preview(standin, agency, 0, 0, items=items, billing_cycle_anchor="now")
    switched = await change(standin, agency, 0, 0, items=items, billing_cycle_anchor="now")
    invoice = invoice_of(switched)
    assert sorted(amounts(invoice)) == sorted(amounts(foreseen)) == [-3000, -2999, 64778, 64789]
    assert (invoice.total, foreseen.total) == (123568, 123568)
    now = NEW_YEAR + HALF_OF_JANUARY
    periods = {(item.current_period_start, item.current_period_end) for item in switched["items"].data}
    assert periods == {(now, now + LEAP_FREE_YEAR)}
    assert switched.billing_cycle_anchor == now


async def test_a_switch_to_monthly_is_a_credit_that_pays_later_months(standin: StandIn, agency: Agency) -> None:
    """A fifth (73 days) into a year of 64778 + 64789: floor(-4/5 x 64778) = -51823, floor(-4/5 x 64789) = -51832.

    Then a month from 15 March: 11997. The credit of 91658 pays April's renewal of 11997.
    """
    await change(
        standin,
        agency,
        0,
        0,
        items=[
            {"id": agency.base, "price": agency.prices.base_annual, "quantity": 2},
            {"id": agency.voice, "price": agency.prices.voice_annual, "quantity": 1},
        ],
        billing_cycle_anchor="now",
    )
    await standin.advance(73 * DAY)
    back = invoice_of(
        await change(
            standin,
            agency,
            0,
            0,
            items=[
                {"id": agency.base, "price": agency.prices.base, "quantity": 2},
                {"id": agency.voice, "price": agency.prices.voice, "quantity": 1},
            ],
            billing_cycle_anchor="now",
        )
    )
    assert sorted(amounts(back)) == [-51832, -51823, 5998, 5999]
    assert (back.total, back.amount_due) == (-91658, 0)
    assert await balance(standin, agency) == -91658
    await standin.advance(31 * DAY + 3600)
    assert await balance(standin, agency) == -79661


async def test_a_switch_of_only_one_item_succeeds_and_the_periods_differ(standin: StandIn, agency: Agency) -> None:
    await standin.advance(HALF_OF_JANUARY)
    switched = await change(
        standin, agency, 0, 0, items=[{"id": agency.base, "price": agency.prices.base_annual, "quantity": 2}]
    )
    assert len({item.current_period_end for item in switched["items"].data}) == 2


async def test_a_new_anchor_rejects_a_proration_date(standin: StandIn, agency: Agency) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await change(standin, agency, 3, 1, billing_cycle_anchor="now", proration_date=NEW_YEAR)
    await standin.advance(HALF_OF_JANUARY)
    restarted = await change(standin, agency, 2, 1, billing_cycle_anchor="now")
    assert invoice_of(restarted).total == -2999 - 3000 + 5998 + 5999
    assert restarted.billing_cycle_anchor == NEW_YEAR + HALF_OF_JANUARY


async def test_a_preview_that_fails_at_its_end_has_changed_nothing(standin: StandIn, agency: Agency) -> None:
    """Found by the simulation: a fault with `after_change` must keep no change of a dry endpoint."""
    before = await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)
    await standin.fault("error", match={"path": "/v1/invoices/create_preview"}, times=1, afterChange=True)
    with pytest.raises(stripe.APIError):
        await preview(standin, agency, base=5, voice=5)
    assert await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription) == before
