"""Money in journeys: an agency whose admin looks at prices and saves, and what must be so whatever happened."""

from typing import Any, Literal

import httpx

from contracts.vocabulary import Quantities
from tests.support.journey import Browser, Journey

ADA = "ada@harbor.example"
UPDATES = "/v1/subscriptions/*"
DAY = 24 * 3600


def usd(cents: int) -> dict[str, Any]:
    """An amount as the API shows it."""
    return {"amount": cents, "currency": "usd"}


async def opened(
    journey: Journey,
    base: int = 2,
    voice: int = 1,
    *,
    auto_add: bool = False,
    signed: bool = True,
    cycle: Literal["monthly", "annual"] = "monthly",
) -> Browser:
    """An agency whose admin is signed in, Active in a Base seat."""
    await journey.open_agency(base=base, voice=voice, cycle=cycle)
    while not journey.published("billing.account_opened.v1"):
        # A request got no answer, as on a busy machine it may: billing asks again in a moment.
        await journey.pass_time(1)
    ada = journey.browser()
    assert (await ada.log_in(ADA)).status_code == 201
    if signed:
        assert (await ada.sign_baa()).status_code == 201
    if auto_add:
        assert (await ada.auto_add(True)).status_code == 200
    return ada


def customer_of(journey: Journey) -> str:
    """The first agency's customer at Stripe."""
    found: str = journey.published("billing.account_opened.v1")[0].data.customer_id
    return found


def subscription_of(journey: Journey) -> str:
    """The first agency's subscription at Stripe."""
    found: str = journey.published("billing.account_opened.v1")[0].data.subscription_id
    return found


async def card(journey: Journey, kind: Literal["good", "declining", "action_required"]) -> None:
    """The card is another one from now on, without anybody being told."""
    await journey.stripe.control(f"customers/{customer_of(journey)}/card", kind=kind)


async def edited(journey: Journey, base: int, voice: int, *, handled: bool = False) -> None:
    """Somebody edits the quantities in Stripe's dashboard. Unless it is `handled`, Stripe's event about it is lost."""
    await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}", base=base, voice=voice)
    if handled:
        await journey.stripes_news(customer_of(journey), "customer.subscription.updated")


async def preview(ada: Browser, path: str, body: object) -> httpx.Response:
    """Ask for a price; as a person would, once more where Stripe is too slow for it on a busy machine."""
    for _ in range(3):
        answer = await ada.post(path, body)
        if answer.is_success or answer.json()["code"] != "billing_unavailable":
            break
    return answer


async def quoted(ada: Browser, base: int, voice: int) -> dict[str, Any]:
    """The preview of these counts."""
    answer = await preview(ada, "/seats/quotes", {"base": base, "voice": voice})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def save(ada: Browser, quote: dict[str, Any]) -> httpx.Response:
    """Save what was previewed."""
    return await ada.put("/seats", {**quote["after"], "quoteId": quote["id"]})


async def saved(ada: Browser, base: int, voice: int) -> dict[str, Any]:
    """Preview these counts and save them."""
    answer = await save(ada, await quoted(ada, base, voice))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def purchased(ada: Browser) -> Quantities:
    """What the page shows as purchased."""
    seats = await ada.get("/seats")
    return Quantities(seats["base"]["purchased"], seats["voice"]["purchased"])


async def all_agree(journey: Journey, ada: Browser) -> list[dict[str, Any]]:
    """INVARIANT: page, ledger and Stripe have the same counts, each invoice one cause, and what was said was paid.

    Answers Stripe's invoices, newest first.
    """
    await journey.drain()
    shown = await ada.get("/seats")
    at_stripe = Quantities(*await journey.stripe.quantities(subscription_of(journey)))
    assert await purchased(ada) == at_stripe
    for seat_type, count in at_stripe:
        assert shown[seat_type.value]["active"] <= count, "somebody is Active without a seat"
        assert shown[seat_type.value]["incoming"] == 0
    invoices = await journey.stripe.invoices(subscription_of(journey))
    told = {}
    for kind in ("account_opened", "quantities_set", "cycle_switched", "settled"):
        for said in journey.published(f"billing.{kind}.v1"):
            if said.data.invoice is not None:
                assert said.data.invoice.id not in told, "an invoice has two causes"
                told[said.data.invoice.id] = said.data.invoice
    for invoice in invoices:
        if invoice["billing_reason"] != "subscription_cycle":
            mine = told.pop(invoice["id"])
            assert (mine.total, mine.amount_paid) == (invoice["total"], invoice["amount_paid"])
    assert told == {}, "an invoice was told that is not there"
    return invoices
