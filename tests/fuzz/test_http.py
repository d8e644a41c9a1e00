"""Whatever is asked, as whomever: no 500, no hang, nothing that the description does not say, and no other agency's."""

from contracts.vocabulary import Service
from tests.fuzz.asking import ask_as_everybody
from tests.fuzz.forms import send_forms, send_webhooks
from tests.fuzz.planted import planted, settle
from tests.support.site import site_on

CALLS = 160
"""`make fuzz` makes as many as asked."""


async def test_no_answer_is_a_500_or_beyond_the_description_or_shows_another_agencys_things(migrated: str) -> None:
    async with site_on(migrated) as journey:
        asked = await ask_as_everybody(journey, CALLS, seed=1)
    assert not asked.found, "\n\n".join(asked.found)
    assert asked.made > CALLS * 0.9


async def test_no_form_and_no_event_of_stripes_is_a_500_or_stops_anything(migrated: str) -> None:
    async with site_on(migrated) as journey:
        two = await planted(journey)
        for number, name in enumerate(("admin", "other admin", "other clinician", "nobody")):
            await send_forms(two, two.askers[name], 40, first=number)
        customer = await journey.services[Service.BILLING].pool.fetchval("SELECT customer_id FROM accounts LIMIT 1")
        await send_webhooks(two, customer, 120, first=1)
        await settle(journey)
