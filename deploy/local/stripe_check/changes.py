"""The points about changes of a subscription: what Stripe makes of them, and how it refuses them."""

from deploy.local.stripe_check.account import Account, half_of, item_of
from deploy.local.stripe_check.point import Point

_WAITS = "pending_if_incomplete"
_MANY_INVOICES = 12


async def _metadata_of_the_update(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100)
    path, params = account.change(held, 2, metadata={"operation_id": "o"})
    invoice = (await account.post(path, **params))["latest_invoice"]
    return str(invoice["parent"]["subscription_details"]["metadata"])


async def _invoice_after_a_decline(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100)
    await account.pay_with(held["customer"], "pm_card_chargeCustomerFail")
    path, params = account.change(held, 2, payment_behavior="error_if_incomplete")
    await account.refusal(path, **params)
    listed = await account.get("invoices", customer=held["customer"])
    return str([invoice["status"] for invoice in listed["data"]])


async def _no_card(account: Account) -> str:
    price = await account.price(3100)
    items = [{"price": price, "quantity": 1}]
    customer = await account.customer(None)
    refused = await account.refusal("subscriptions", customer=customer, items=items)
    return f"{refused.status} {refused.code} {refused.param}" if refused else "accepted"


async def _sent_invoice(account: Account) -> str:
    terms = {"collection_method": "send_invoice", "days_until_due": 30, "expand": ["latest_invoice"]}
    held = await account.subscribe(await account.customer(), 3100, **terms)
    path, params = account.change(held, 2)
    changed = await account.post(path, **params)
    return f"first {held['latest_invoice']['status']}, update {changed['latest_invoice']['status']}"


async def _code_of_an_update(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100)
    await account.pay_with(held["customer"], "pm_card_authenticationRequired")
    path, params = account.change(held, 2, payment_behavior="error_if_incomplete", off_session=True)
    refused = await account.refusal(path, **params)
    return f"{refused.status} {refused.code}" if refused else "accepted"


async def _code_of_a_payment(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100)
    await account.pay_with(held["customer"], "pm_card_authenticationRequired")
    path, params = account.change(held, 2, payment_behavior="allow_incomplete")
    invoice = (await account.post(path, **params))["latest_invoice"]
    refused = await account.refusal(f"invoices/{invoice['id']}/pay", off_session=True)
    return f"{refused.status} {refused.code}" if refused else "accepted"


async def _pending_metadata(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100)
    await account.pay_with(held["customer"], "pm_card_authenticationRequired")
    path, params = account.change(held, 2, payment_behavior=_WAITS, metadata={"operation_id": "o"})
    refused = await account.refusal(path, **params)
    if refused:
        return f"refused: {refused.param}"
    after = await account.get(f"subscriptions/{held['id']}", expand=["latest_invoice"])
    on_invoice = after["latest_invoice"]["parent"]["subscription_details"]["metadata"]
    return f"waits {after['pending_update']['metadata']}, invoice {on_invoice}"


async def _another_change(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100)
    await account.pay_with(held["customer"], "pm_card_authenticationRequired")
    path, params = account.change(held, 2, payment_behavior=_WAITS)
    waiting = (await account.post(path, **params))["latest_invoice"]["id"]
    await account.pay_with(held["customer"], "pm_card_visa")
    path, params = account.change(held, 3)
    refused = await account.refusal(path, **params)
    status = (await account.get(f"invoices/{waiting}"))["status"]
    return f"{'refused' if refused else 'made'}, first invoice {status}"


async def _pending_switch(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100)
    await account.pay_with(held["customer"], "pm_card_authenticationRequired")
    items = [{"id": item_of(held), "price": await account.price(33480, "year"), "quantity": 1}]
    more = {"items": items, "payment_behavior": _WAITS, "billing_cycle_anchor": "now"}
    path, params = account.change(held, 1, **more)
    refused = await account.refusal(path, **params)
    if refused:
        return f"refused: {refused.param}"
    after = await account.get(f"subscriptions/{held['id']}")
    kept = after["billing_cycle_anchor"] == held["billing_cycle_anchor"]
    return f"waits {after['pending_update'] is not None}, anchor kept {kept}"


async def _moved_billing_date(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100)
    moved = await account.post(f"subscriptions/{held['id']}", trial_end=half_of(held), proration_behavior="none")
    listed = await account.get("invoices", customer=held["customer"])
    return f"{moved['status']}, {len(listed['data'])} invoice"


async def _schedule(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100)
    await account.post("subscription_schedules", from_subscription=held["id"])
    path, params = account.change(held, 2)
    refused = await account.refusal(path, **params)
    details = {"items": params["items"]}
    previewed = await account.refusal("invoices/create_preview", subscription=held["id"], subscription_details=details)
    answers = [f"{refusal.status} {refusal.code}" if refusal else "accepted" for refusal in (refused, previewed)]
    return f"update {answers[0]}, preview {answers[1]}"


async def _planned_end(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100)
    planned = await account.post(f"subscriptions/{held['id']}", cancel_at_period_end=True)
    return f"{planned['cancel_at_period_end']}, cancel_at {'set' if planned['cancel_at'] else 'unset'}"


async def _moved_end(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100)
    await account.post(f"subscriptions/{held['id']}", cancel_at_period_end=True)
    items = [{"id": item_of(held), "price": await account.price(33480, "year"), "quantity": 1}]
    path, params = account.change(held, 1, items=items, billing_cycle_anchor="now")
    moved = await account.post(path, **params)
    at_end = moved["cancel_at"] == moved["items"]["data"][0]["current_period_end"]
    return f"kept {moved['cancel_at_period_end']}, moved {at_end}"


async def _interval(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100)
    items = [{"id": item_of(held), "price": await account.price(33480, "year"), "quantity": 1}]
    changed = await account.post(f"subscriptions/{held['id']}", items=items, expand=["latest_invoice"])
    invoice, item = changed["latest_invoice"], changed["items"]["data"][0]
    kept = changed["billing_cycle_anchor"] == held["billing_cycle_anchor"]
    began = item["current_period_start"] == held["billing_cycle_anchor"]
    at_once = invoice["billing_reason"] == "subscription_update"
    return f"anchor kept {kept}, period from the anchor {began}, invoice at once {at_once}"


async def _empty_invoice(account: Account) -> str:
    customer = await account.customer()
    held = await account.subscribe(customer, 3100)
    refused = await account.refusal("invoices", customer=customer, subscription=held["id"])
    return f"{refused.status} {refused.code}" if refused else "accepted"


async def _bank_account(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100, payment_settings={"payment_method_types": ["card"]})
    await account.pay_with(held["customer"], "pm_usBankAccount_success")
    path, params = account.change(held, 2, payment_behavior="error_if_incomplete")
    refused = await account.refusal(path, **params)
    return f"{refused.status} {refused.code}" if refused else "accepted"


async def _invoice_limit(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100)
    for quantity in range(2, _MANY_INVOICES):
        path, params = account.change(held, quantity)
        refused = await account.refusal(path, **params)
        if refused:
            return f"{refused.status} {refused.code} {refused.reason}"
    return "no limit"


CHANGES = (
    Point(
        _metadata_of_the_update, "Does an update's invoice bear the metadata of that update?", "{'operation_id': 'o'}"
    ),
    Point(_invoice_after_a_decline, "What does `error_if_incomplete` leave?", "['paid']"),
    Point(_no_card, "How is a customer without a card refused?", "400 resource_missing None"),
    Point(_sent_invoice, "Are sent invoices open at once?", "first open, update open"),
    Point(_code_of_an_update, "How does an update off session ask for authentication?", "402 authentication_required"),
    Point(
        _code_of_a_payment,
        "How does a payment off session ask for authentication?",
        "402 invoice_payment_intent_requires_action",
    ),
    Point(
        _pending_metadata,
        "Does metadata wait with a pending update, and is it on its invoice?",
        "waits {'operation_id': 'o'}, invoice {}",
    ),
    Point(_another_change, "What becomes of a pending update at another change?", "made, first invoice void"),
    Point(
        _pending_switch,
        "Does a switch of the interval with a new anchor wait as a pending update?",
        "waits True, anchor kept True",
    ),
    Point(_moved_billing_date, "Does `trial_end` without prorations make an invoice?", "trialing, 1 invoice"),
    Point(_schedule, "Is a managed subscription's preview refused too?", "update 400 None, preview 400 None"),
    Point(_planned_end, "What does `cancel_at_period_end` set?", "True, cancel_at set"),
    Point(_moved_end, "Does a switch of the interval move an end with the period?", "kept True, moved True"),
    Point(
        _interval,
        "What does a new interval without a new anchor do?",
        "anchor kept True, period from the anchor True, invoice at once True",
    ),
    Point(_empty_invoice, "How is an invoice of nothing refused?", "400 invoice_no_subscription_line_items"),
    Point(_bank_account, "Is a bank account refused where only cards are taken?", "400 resource_missing"),
    Point(_invoice_limit, "How is the 11th invoice of a minute refused?", "429 rate_limit resource-specific"),
)
