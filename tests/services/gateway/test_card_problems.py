"""A payment that failed, or a card that ends: the reason, the card on file and the one next step, as page and JSON."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.billing import CardOnFile, PlanChanged
from contracts.billing_payments import InvoiceChanged
from contracts.message import Invoice, Owed, Seats
from contracts.payment_vocabulary import InvoiceState, PaymentState
from contracts.seats import CapacityChanged
from contracts.vocabulary import BillingCycle, RejectionCode
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import Forms, Visitor

BILLING = "/admin/agency/billing"
MEMBERS = "/admin/agency/members"
PORTAL, RETRY = f"{BILLING}/portal", f"{BILLING}/retry"
HOSTED = "https://invoice.stripe.example/i/1"


async def on_file(front: GatewayHarness, month: int = 12, year: int = 2034) -> None:
    card = CardOnFile(kind="card", brand="visa", last4="4242", exp_month=month, exp_year=year)
    plan = PlanChanged(
        cycle=BillingCycle.MONTHLY,
        total=18_997,
        renews_at=front.service.clock() + timedelta(days=20),
        payment_state=PaymentState.OK,
        discount=0,
        balance=0,
        prices=(),
        invoices_today=1,
        card=card,
    )
    await front.handle(plan)


async def paused(front: GatewayHarness, code: RejectionCode, decline_code: str | None = None) -> None:
    seats = Seats(base=3, voice=1)
    await front.handle(
        CapacityChanged(
            purchased=seats, incoming=Seats(), waiting=Seats(), paused=code, declined=code, decline_code=decline_code
        )
    )


async def owing(front: GatewayHarness, decline_code: str) -> None:
    invoice = Invoice(id="in_1", number="R-1", total=18_997, amount_paid=0, url=HOSTED)
    await front.handle(InvoiceChanged(invoice=invoice, state=InvoiceState.OPEN, at=front.service.clock()))
    await front.handle(
        CapacityChanged(
            purchased=Seats(base=3, voice=1),
            incoming=Seats(),
            waiting=Seats(),
            paused=RejectionCode.PAST_DUE,
            owed=Owed(invoices=1, amount=18_997, decline_code=decline_code),
        )
    )


async def problem(person: Visitor) -> dict[str, Any]:
    answer = (await person.browser.get("/api/v1/seats")).json()
    found: dict[str, Any] = answer["cardProblem"]
    return found


def primary(page: str) -> str:
    """The label of the one prominent button of the note."""
    note = page.partition('id="payment"')[2].partition('id="adjust-card"')[0]
    assert note.count("btn-primary") == 1
    return " ".join(note.partition("btn-primary")[2].partition(">")[2].partition("<")[0].split())


@pytest.mark.parametrize(
    ("decline_code", "reason", "step", "button"),
    [
        ("expired_card", "The card has expired.", "update_card", "Fix the card"),
        ("insufficient_funds", "There is not enough money or credit left on the card.", "try_again", "Try again"),
        (None, "The bank declined the payment and gave no reason.", "update_card", "Fix the card"),
    ],
)
async def test_a_declined_card_is_shown_with_the_banks_reason_and_the_one_next_step(
    front: GatewayHarness, decline_code: str | None, reason: str, step: str, button: str
) -> None:
    await front.agency()
    person = Visitor(await front.sign_in())
    await on_file(front)
    await paused(front, RejectionCode.PAYMENT_DECLINED, decline_code)
    found = await problem(person)
    assert (found["code"], found["declineCode"], found["nextStep"]) == ("payment_declined", decline_code, step)
    assert reason in found["reason"]
    assert found["card"] == {"kind": "card", "brand": "visa", "last4": "4242", "expMonth": 12, "expYear": 2034}
    await person.open(BILLING)
    assert reason in person.page
    assert "Visa ending in 4242, expires 12/2034" in person.page
    assert primary(person.at.text) == button
    assert {PORTAL, RETRY} <= set(Forms(person.at.text).forms), "the other way stays open"
    await person.open(MEMBERS)
    assert reason in person.page
    assert f'href="{BILLING}#payment"' in person.at.text


async def test_an_unpaid_invoice_that_the_bank_wants_confirmed_leads_to_stripes_page_of_it(
    front: GatewayHarness,
) -> None:
    await front.agency()
    person = Visitor(await front.sign_in())
    await on_file(front)
    await owing(front, "authentication_required")
    found = await problem(person)
    assert (found["code"], found["nextStep"], found["url"]) == ("past_due", "confirm_payment", HOSTED)
    await person.open(BILLING)
    assert "You owe $189.97 for an unpaid invoice." in person.page
    assert primary(person.at.text) == "Confirm with your bank"
    assert person.at.text.count(f'href="{HOSTED}"') == 2, "the button's, and the list of invoices'"


async def test_what_is_owed_is_paid_by_a_card_that_may_pay_and_else_the_card_is_replaced(front: GatewayHarness) -> None:
    await front.agency()
    person = Visitor(await front.sign_in())
    await owing(front, "insufficient_funds")
    await person.open(BILLING)
    assert primary(person.at.text) == "Pay $189.97 now"
    await owing(front, "lost_card")
    await person.open(BILLING)
    assert primary(person.at.text) == "Fix the card"
    note = person.page.partition('id="payment"')[2].partition('id="adjust-card"')[0]
    assert "lost" not in note, "Stripe asks never to reveal it"


async def test_a_purchase_that_the_bank_wants_confirmed_leads_to_the_save_only_while_somebody_waits_for_it(
    front: GatewayHarness,
) -> None:
    await front.agency()
    person = Visitor(await front.sign_in())
    await paused(front, RejectionCode.PAYMENT_ACTION_REQUIRED)
    assert (await problem(person))["nextStep"] == "try_again", "nobody is Blocked for it, so there is nothing to save"
    await person.open(BILLING)
    assert primary(person.at.text) == "Try again"


async def test_a_card_that_ends_says_so_before_and_after(front: GatewayHarness) -> None:
    await front.agency()
    person = Visitor(await front.sign_in())
    now = front.service.clock()
    await on_file(front, now.month, now.year + 1)
    assert await problem(person) is None
    await person.open(BILLING)
    assert "Card on file" in person.page, "beside the portal"
    assert 'id="payment"' not in person.at.text
    front.service.clock.advance(25 * 86_400)
    person = Visitor(await front.sign_in())
    later = front.service.clock()
    await on_file(front, later.month, later.year)
    assert (await problem(person))["code"] == "card_expires_soon"
    await person.open(BILLING)
    assert "The card expires soon" in person.page
    assert "Put another card in at Stripe before it expires" in person.page
    assert f"expires {later.month:02}/{later.year}" in person.page
    assert primary(person.at.text) == "Fix the card"
    await on_file(front, later.month - 1 or 12, later.year - (later.month == 1))
    assert (await problem(person))["code"] == "card_expired"
    await person.open(BILLING)
    assert "The card has expired" in person.page
    assert "expired" in person.page
    assert primary(person.at.text) == "Fix the card"
    assert RETRY not in Forms(person.at.text).forms, "nothing has failed yet"
