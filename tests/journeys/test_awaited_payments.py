"""A change whose invoice is not paid waits: the page, the API, the log and the mails say so, and no seat is given."""

import re
from html import unescape
from typing import Any

import httpx

from contracts.vocabulary import Quantities
from tests.support.journey import Browser, Journey, text_of
from tests.support.money import (
    ADA,
    assert_all_agree,
    customer_of,
    purchased_seats,
    quote_seats,
    save_quote,
    set_card,
    signed_in_admin,
    subscription_of,
    usd,
)

WHY = " because the subscription is on account"


async def on_account(journey: Journey) -> Browser:
    """An agency to which Stripe sends invoices; its admin's browser."""
    ada = await signed_in_admin(journey)
    form = {"collection_method": "send_invoice", "days_until_due": 30}
    await journey.stripe.post(f"subscriptions/{subscription_of(journey)}", **form)
    return ada


async def page(ada: Browser) -> str:
    """The words of Seats & Billing."""
    response = await ada.client.get("/admin/agency/billing")
    assert response.status_code == 200, response.text
    words = re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(script|svg|style).*?</\1>", " ", response.text))
    return " ".join(unescape(words).split())


async def newest_invoice(journey: Journey) -> dict[str, Any]:
    newest: dict[str, Any] = (await journey.stripe.invoices(subscription_of(journey)))[0]
    return newest


async def stripe_event(journey: Journey, kind: str) -> None:
    """Publish Stripe's event about the newest invoice, and let the tasks that it starts run."""
    invoice = await newest_invoice(journey)
    await journey.publish_stripe_events(customer_of(journey), kind, object_id=invoice["id"])
    await journey.pass_time(60, step=30)


async def add_two(ada: Browser) -> httpx.Response:
    return await save_quote(ada, await quote_seats(ada, 4, 1))


async def test_on_account_the_admin_is_told_before_what_will_happen(journey: Journey) -> None:
    ada = await on_account(journey)
    quote = await quote_seats(ada, 4, 1)
    assert quote["onAccount"] is True
    assert quote["sentence"].endswith(
        "Your subscription is on account: Stripe charges no card, and bills it with an invoice."
        " The seats come when the invoice is paid. Until then no other change can be saved."
    )
    form = {"base": 4, "voice": 1}
    headers = {"Origin": journey.public}
    shown = await journey.during(ada.client.post("/admin/agency/billing/preview", data=form, headers=headers))
    assert "Save changes · $59.98 by invoice" in " ".join(shown.text.split())


async def test_on_account_seats_come_when_the_sent_invoice_is_paid(journey: Journey) -> None:
    ada = await on_account(journey)
    response = await add_two(ada)
    invoice = await newest_invoice(journey)
    assert response.status_code == 202, response.text
    payment = response.json()["payment"]
    assert (payment["amount"], payment["confirm"], payment["url"]) == (
        usd(5998),
        False,
        invoice["hosted_invoice_url"],
    )
    seats = await ada.get("/seats")
    assert (seats["base"]["purchased"], seats["base"]["incoming"], seats["payment"]) == (2, 2, payment)
    shown = await page(ada)
    assert "A change waits for its payment" in shown
    number = invoice["number"]
    assert (
        f"+2 Base seats: your subscription is on account, so Stripe has made invoice {number} of $59.98."
        " The seats come as soon as it is paid. It is due at " in shown
    )
    assert "from the balance" not in shown
    operation = response.json()["operation"]
    running = await ada.get(f"/operations/{operation['id']}")
    assert (running["state"], running["payment"]) == ("running", payment)
    await journey.stripe.post(f"invoices/{invoice['id']}/pay", paid_out_of_band="true")
    await stripe_event(journey, "invoice.paid")
    assert await purchased_seats(ada) == Quantities(4, 1)
    await assert_all_agree(journey, ada)
    done = await ada.get(f"/operations/{operation['id']}")
    assert (done["state"], done["result"]["charged"]) == ("done", usd(5998))
    assert (await ada.get("/seats"))["payment"] is None
    assert "A change waits for its payment" not in await page(ada)
    lines = [line for line in (await ada.get("/activity"))["items"] if "changed the seats" in line["sentence"]]
    assert [line["sentence"] for line in lines] == [
        f"Ada Park changed the seats: +2 Base seats · $59.98 today, invoice {number} · new total $179.95/mo",
        "Ada Park changed the seats: +2 Base seats · waits for the payment of $59.98," + WHY,
    ]
    [awaited] = journey.published("billing.payment_awaited.v1")
    assert {line["operationId"] for line in lines} == {str(awaited.data.operation_id)}
    mails = journey.letterbox.to(ADA)
    subjects = [str(mail["Subject"]) for mail in mails]
    assert "$59.98 to pay: +2 Base seats" in subjects
    assert subjects[-1] == "Paid: +2 Base seats"
    assert "The payment has come, so Harbor Clinic has 4 Base and 1 Voice seats now." in text_of(mails[-1])


async def test_a_void_invoice_undoes_the_change_and_says_so_on_page_log_and_mail(journey: Journey) -> None:
    ada = await on_account(journey)
    response = await add_two(ada)
    invoice = await newest_invoice(journey)
    await journey.stripe.post(f"invoices/{invoice['id']}/void")
    await stripe_event(journey, "invoice.voided")
    assert await purchased_seats(ada) == Quantities(2, 1)
    assert await journey.stripe.quantities(subscription_of(journey)) == (2, 1)
    operation = await ada.get(response.json()["operation"]["href"].removeprefix("/api/v1"))
    assert operation["state"] == "refused"
    assert operation["problem"]["code"] == "change_undone"
    assert operation["problem"]["detail"] == (
        "The change is undone, because its invoice was voided at Stripe. Nothing else has changed, and nothing is owed"
        " for it. Save it again if you still want it."
    )
    sentences = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    assert (
        "The change +2 Base seats was undone: its invoice was voided at Stripe · nothing of $59.98 is owed" in sentences
    )
    assert "Seats not added: +2 Base seats was undone" in journey.letterbox.subjects(ADA)
    assert (await add_two(ada)).status_code == 202, "the next change can be made"


async def test_only_one_change_waits_at_a_time(journey: Journey) -> None:
    ada = await on_account(journey)
    await add_two(ada)
    rejected = await ada.post("/seats/quotes", {"base": 5, "voice": 1})
    assert (rejected.status_code, rejected.json()["code"]) == (409, "payment_pending")
    assert rejected.json()["detail"] == (
        "An earlier change waits for its payment, and only one can wait at a time. Pay its invoice first"
        " (GET /api/v1/seats has its address), then try again."
    )
    cycle = await ada.post("/billing/cycle-quotes", {"cycle": "annual"})
    assert cycle.json()["code"] == "payment_pending"


async def test_a_first_login_waits_for_the_awaited_seats(journey: Journey) -> None:
    ada = await on_account(journey)
    await ada.auto_add(True)
    await add_two(ada)
    first, second = journey.browser(), journey.browser()
    assert (await first.join("nia@harbor.example")).json()["member"]["status"] == "active"
    with journey.impatient():
        waits = journey.later(second.join("noa@harbor.example"))
        await journey.until_published("members.first_login.v1", 2)
    await journey.pass_time(15 * 60, step=60)
    assert journey.published("members.blocked.v1") == []
    assert journey.published("seats.purchase_delayed.v1") == []
    invoice = await newest_invoice(journey)
    await journey.stripe.post(f"invoices/{invoice['id']}/pay", paid_out_of_band="true")
    await stripe_event(journey, "invoice.paid")
    await journey.during(waits)
    assert (await ada.get("/seats"))["base"]["active"] == 3


async def with_a_card_to_confirm(journey: Journey, *, auto_add: bool = False) -> Browser:
    """An agency whose bank wants every payment confirmed; its admin's browser."""
    ada = await signed_in_admin(journey, auto_add=auto_add)
    await set_card(journey, "action_required")
    return ada


async def test_an_admin_confirms_a_payment_one_click_away_and_the_seats_come(journey: Journey) -> None:
    ada = await with_a_card_to_confirm(journey)
    response = await add_two(ada)
    assert response.status_code == 202, response.text
    payment, invoice = response.json()["payment"], await newest_invoice(journey)
    assert (payment["confirm"], payment["amount"], payment["url"]) == (True, usd(5998), invoice["hosted_invoice_url"])
    html = (await ada.client.get("/admin/agency/billing")).text
    assert f'href="{payment["url"]}"' in html
    shown = await page(ada)
    assert (
        "Confirm the payment +2 Base seats: the bank wants the card's owner to confirm the payment of $59.98."
        " The seats come as soon as it is confirmed. Without it the change is given up at " in shown
    )
    assert "Confirm at Stripe" in shown
    assert await purchased_seats(ada) == Quantities(2, 1)
    await journey.stripe.confirm(payment["url"])
    await stripe_event(journey, "customer.subscription.pending_update_applied")
    assert await purchased_seats(ada) == Quantities(4, 1)
    await assert_all_agree(journey, ada)
    operation = await ada.get(f"/operations/{response.json()['operation']['id']}")
    assert (operation["state"], operation["result"]["charged"]) == ("done", usd(5998))
    sentences = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    number = invoice["number"]
    assert sentences[:1] == [
        f"Ada Park changed the seats: +2 Base seats · $59.98 today, invoice {number} · new total $179.95/mo"
    ]
    assert (
        "Ada Park changed the seats: +2 Base seats · waits for the payment of $59.98, because the bank wants the"
        " payment confirmed" in sentences
    )
    subjects = journey.letterbox.subjects(ADA)
    assert "Confirm a payment of $59.98: +2 Base seats" in subjects
    assert "Paid: +2 Base seats" in subjects


async def test_a_payment_that_is_not_confirmed_in_time_is_undone_and_reported(journey: Journey) -> None:
    ada = await with_a_card_to_confirm(journey)
    response = await add_two(ada)
    await journey.advance(23 * 3600 + 61)
    await journey.pass_time(60, step=30)
    assert (await newest_invoice(journey))["status"] == "void"
    await ada.log_in(ADA)
    assert await purchased_seats(ada) == Quantities(2, 1)
    operation = await ada.get(f"/operations/{response.json()['operation']['id']}")
    assert operation["problem"]["detail"].startswith("The change is undone, because the payment was not confirmed in")
    sentences = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    assert (
        "The change +2 Base seats was undone: the payment was not confirmed in time · nothing of $59.98 is owed"
        in sentences
    )
    mail = next(mail for mail in journey.letterbox.to(ADA) if str(mail["Subject"]).startswith("Seats not added"))
    assert "was undone, because the payment was not confirmed in time. No seat was added" in text_of(mail)


async def by_form(journey: Journey, ada: Browser, action: str, key: str) -> str:
    """Press a button of Seats & Billing; the words of the page after it."""
    posting = ada.client.post(f"/admin/agency/billing/{action}", data={"key": key}, headers={"Origin": journey.public})
    answer = await journey.during(posting)
    assert answer.is_redirect, answer.text
    shown = await ada.client.get(answer.headers["location"])
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", shown.text)).split())


async def test_an_admin_cancels_the_change_that_waits_and_saves_another_one(journey: Journey) -> None:
    ada = await with_a_card_to_confirm(journey)
    waiting = await add_two(ada)
    assert waiting.status_code == 202, waiting.text
    invoice = await newest_invoice(journey)
    due = f"${invoice['total'] / 100:,.2f}"
    assert "Cancel the change" in await page(ada)
    canceled = await ada.post("/billing/cancel-change", {})
    assert canceled.status_code == 200, canceled.text
    assert canceled.json() == {
        "before": {"base": 2, "voice": 1},
        "after": {"base": 4, "voice": 1},
        "cycle": None,
        "amount": usd(invoice["total"]),
    }
    await journey.drain()
    operation = await ada.get(f"/operations/{waiting.json()['operation']['id']}")
    assert (operation["state"], operation["problem"]["code"]) == ("refused", "change_undone")
    assert operation["problem"]["detail"].startswith("The change is undone, because an admin canceled it. ")
    held = await journey.stripe.get(f"subscriptions/{subscription_of(journey)}")
    assert ((await newest_invoice(journey))["status"], held["pending_update"]) == ("void", None)
    assert (await ada.get("/seats"))["payment"] is None
    assert await purchased_seats(ada) == Quantities(2, 1)
    lines = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    assert f"Ada Park canceled the change +2 Base seats · nothing of {due} is owed" in lines
    await journey.pass_time(60, step=30)
    [mail] = [mail for mail in journey.letterbox.to(ADA) if "was undone" in str(mail["Subject"])]
    assert "was undone, because an admin canceled it." in text_of(mail)

    again = await ada.post("/billing/cancel-change", {})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_awaited")
    await set_card(journey, "good")
    assert (await add_two(ada)).status_code == 200
    assert await purchased_seats(ada) == Quantities(*await journey.stripe.quantities(subscription_of(journey)))


async def test_on_account_the_button_cancels_a_change_and_its_seats_are_taken_back_without_a_credit(
    journey: Journey,
) -> None:
    ada = await on_account(journey)
    assert (await add_two(ada)).status_code == 202
    assert await journey.stripe.quantities(subscription_of(journey)) == (4, 1)
    by_hand = {"customer": customer_of(journey), "subscription": subscription_of(journey), "amount": 700}
    charge = await journey.stripe.post("invoiceitems", **by_hand, currency="usd")
    shown = await by_form(journey, ada, "cancel-change", "cancels-by-form-01")
    assert "Canceled The change is canceled. Nothing was charged for it, and everything is as before." in shown
    assert await journey.stripe.quantities(subscription_of(journey)) == (2, 1)
    assert (await newest_invoice(journey))["status"] == "void"
    pending = await journey.stripe.get("invoiceitems", customer=customer_of(journey), pending="true")
    assert [item["id"] for item in pending["data"]] == [charge["id"]], "what is charged by hand meanwhile is left"
    assert (await journey.stripe.get(f"customers/{customer_of(journey)}"))["balance"] == 0
    assert "Cancel the change" not in await page(ada)


async def test_a_change_that_is_paid_before_it_can_be_canceled_is_made(journey: Journey) -> None:
    ada = await with_a_card_to_confirm(journey)
    waiting = await add_two(ada)
    await journey.stripe.confirm(waiting.json()["payment"]["url"])
    canceled = await ada.post("/billing/cancel-change", {})
    assert (canceled.status_code, canceled.json()["code"]) == (409, "nothing_awaited")
    assert canceled.json()["detail"].startswith("No change waits for a payment")
    await journey.pass_time(60, step=30)
    assert await purchased_seats(ada) == Quantities(4, 1)
    assert (await ada.get(f"/operations/{waiting.json()['operation']['id']}"))["state"] == "done"
    await assert_all_agree(journey, ada)


async def test_people_blocked_for_confirmation_lead_the_admin_to_exactly_that_save(journey: Journey) -> None:
    ada = await with_a_card_to_confirm(journey, auto_add=True)
    nia, noa, voz = journey.browser(), journey.browser(), journey.browser()
    assert (await nia.join("nia@harbor.example")).json()["member"]["status"] == "active"
    joined = [await noa.join("noa@harbor.example"), await voz.join("voz@harbor.example", "base")]
    await journey.pass_time(10)
    for response, browser in zip(joined, (noa, voz), strict=True):
        assert response.status_code in {201, 202}
        assert (await browser.me())["blockedReason"] == "payment_action_required"
    mail = next(mail for mail in journey.letterbox.to(ADA) if str(mail["Subject"]).startswith("Confirm a payment"))
    link = f"{journey.public}/admin/agency/billing?add=blocked"
    assert f"Add their seats and confirm the payment, or use another card:\n{link}" in text_of(mail)
    assert (
        'href="/admin/agency/billing?add=blocked#adjust-card"' in (await ada.client.get("/admin/agency/billing")).text
    )
    shown = await journey.during(ada.client.get("/admin/agency/billing?add=blocked"))
    words = " ".join(shown.text.split())
    assert "Change: +2 Base seats. New plan total: $179.95/mo" in words
    assert re.search(r"Save changes · [$]59.9[78] today", words), words[words.index("Save changes") - 300 :][:600]
    assert (await add_two(ada)).status_code == 202
    await journey.stripe.confirm((await newest_invoice(journey))["hosted_invoice_url"])
    await stripe_event(journey, "customer.subscription.pending_update_applied")
    for browser in (noa, voz):
        assert (await browser.me())["status"] == "active"
    assert (await ada.get("/seats"))["autoAdd"]["paused"] is None
