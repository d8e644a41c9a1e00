"""Arbitrary API calls by every caller: no 500, no hang, nothing outside the description, no other agency's data."""

from contracts.vocabulary import Service
from tests.fuzz.api_round import call_api_as_everybody
from tests.fuzz.forms import send_forms, send_webhooks
from tests.fuzz.planted import plant, wait_until_at_rest
from tests.support.site import site_on

CALLS = 64
"""`make fuzz` makes more."""


async def test_no_api_response_is_a_500_or_outside_the_description_or_shows_another_agencys_data(migrated: str) -> None:
    async with site_on(migrated) as journey:
        calls = await call_api_as_everybody(journey, CALLS, seed=1)
    assert not calls.findings, "\n\n".join(calls.findings)
    assert calls.made > CALLS * 0.9


async def test_no_form_and_no_stripe_event_causes_a_500_or_stops_the_system(migrated: str) -> None:
    async with site_on(migrated) as journey:
        two = await plant(journey)
        for number, name in enumerate(("admin", "other admin", "other clinician", "nobody")):
            await send_forms(two, two.callers[name], 40, first=number)
        customer = await journey.services[Service.BILLING].pool.fetchval("SELECT customer_id FROM accounts LIMIT 1")
        await send_webhooks(two, customer, 120, first=1)
        await wait_until_at_rest(journey)
