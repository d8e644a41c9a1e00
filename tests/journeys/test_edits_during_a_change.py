"""An edit at Stripe during a change of ours is reported, and a credit for another quantity is not taken for one.

Source: Stripe's documentation, "Prorations: Credit prorations": a change made with `none` debited nothing, so a later
change credits what was debited last, which is not the quantity that was held.
"""

import asyncio

import pytest

from contracts.amounts import money
from contracts.vocabulary import Quantities
from tests.support.journey import Journey, text_of
from tests.support.money import (
    ADA,
    UPDATES,
    purchased_seats,
    quote_seats,
    save_quote,
    save_seats,
    set_card,
    signed_in_admin,
    subscription_of,
    usd,
)

ADJUSTED = "seats.seats_adjusted.v1"
EDITED = "billing.edit_overwritten.v1"


async def edit(journey: Journey, base: int, behavior: str) -> None:
    path = f"dashboard/subscriptions/{subscription_of(journey)}"
    await journey.stripe.control(path, base=base, proration_behavior=behavior)


async def test_an_edit_that_debited_nothing_is_no_edit_during_the_next_change(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    last = await journey.newest_stripe_event()
    await edit(journey, 5, "none")
    last = await journey.deliver_stripe_events(last)
    assert await purchased_seats(ada) == Quantities(5, 0)
    await journey.pass_time(86_400, step=43_200)
    await save_seats(ada, 6, 0)
    await ada.auto_add(True)
    for number in range(6):
        await journey.browser().join(f"clinician{number}@harbor.example", "base")
        await journey.pass_time(10)
    await journey.deliver_stripe_events(last)
    assert await purchased_seats(ada) == Quantities(7, 0)
    assert not journey.published(EDITED)
    assert len(journey.published("billing.subscription_changed.v1")) == 1, "the edit itself, and nothing else"


@pytest.mark.parametrize("behavior", ["none", "create_prorations", "always_invoice"])
async def test_an_edit_during_a_change_is_mailed_and_logged(journey: Journey, behavior: str) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    await set_card(journey, "good")
    quote = await quote_seats(ada, 3, 0)
    last = await journey.newest_stripe_event()
    made = len(await journey.updates())
    await journey.stripe.fault("slow", path=UPDATES, seconds=0.3)
    saving = journey.later(save_quote(ada, quote))
    while len(await journey.updates()) == made:
        await asyncio.sleep(0.01)
    await edit(journey, 5, behavior)
    assert (await saving).status_code == 200
    await journey.deliver_stripe_events(last)
    await journey.drain()
    assert await purchased_seats(ada) == Quantities(3, 0)
    assert await journey.stripe.quantities(subscription_of(journey)) == (3, 0)
    [overwritten] = journey.published(EDITED)
    assert (overwritten.data.edited.base, overwritten.data.after.base) == (5, 3)
    line = next(line for line in (await ada.get("/activity"))["items"] if "Somebody set" in line["sentence"])
    assert line["sentence"] == (
        "Somebody set 5 Base and 0 Voice at Stripe during a change made here, which set 3 Base and 0 Voice"
    )
    [mail] = [mail for mail in journey.letterbox.to(ADA) if "was replaced" in str(mail["Subject"])]
    assert mail["Subject"] == "An edit of the seats of Harbor Clinic at Stripe was replaced"
    assert "Set at Stripe: 5 Base and 0 Voice\nNow: 3 Base and 0 Voice\n" in text_of(mail)


@pytest.mark.parametrize("behavior", ["none", "create_prorations"])
async def test_the_same_edit_during_a_change_leaves_it_nothing_to_charge_and_the_admin_reads_so(
    journey: Journey, behavior: str
) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    quote = await quote_seats(ada, 3, 0)
    made = len(await journey.updates())
    await journey.stripe.fault("slow", path=UPDATES, seconds=0.3)
    saving = journey.later(save_quote(ada, quote))
    while len(await journey.updates()) == made:
        await asyncio.sleep(0.01)
    await edit(journey, 3, behavior)
    saved = await saving
    assert saved.status_code == 200, saved.text
    pending = (await journey.stripe.get("invoiceitems", pending="true"))["data"]
    waits = sum(item["amount"] for item in pending)
    assert (waits > 0) is (behavior == "create_prorations")
    assert (saved.json()["charged"], saved.json()["onNextInvoice"]) == (usd(0), usd(waits))
    assert await purchased_seats(ada) == Quantities(3, 0)
    line = (await ada.get("/activity"))["items"][0]["sentence"]
    next_invoice = f", so {money(waits, 'usd')} is on the next invoice" if waits else ""
    assert line == (
        "Ada Park changed the seats: +1 Base seat · nothing was charged today: somebody had set the same seats at"
        f" Stripe{next_invoice} · new total $89.97/mo"
    )
    page = await ada.client.get(
        f"/admin/agency/billing?saved={journey.published(ADJUSTED)[-1].envelope.correlation_id}"
    )
    notice = (
        "You have 3 Base seats and 0 Voice seats now. New plan total: $89.97/mo. Nothing was charged today:"
        f" somebody had set the same seats at Stripe{next_invoice}."
    )
    assert notice in " ".join(page.text.split())
