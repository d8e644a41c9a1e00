"""The points about amounts: how Stripe rounds, discounts and taxes, and what an invoice takes along."""

from deploy.local.stripe_check.account import Account, amounts, half_of, item_of
from deploy.local.stripe_check.point import Point


async def _floor(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 1999)
    return str(amounts(await account.preview(held, 3, proration_date=half_of(held))))


async def _credit_of_a_rounded_debit(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 1999)
    path, params = account.change(held, 3, proration_date=half_of(held))
    await account.post(path, **params)
    quarter = (half_of(held) + held["items"]["data"][0]["current_period_end"]) // 2
    return str(amounts(await account.preview(held, 1, proration_date=quarter))[0])


async def _proration_date(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3100)
    at = half_of(held)
    details = (await account.preview(held, 2, proration_date=at))["parent"]["subscription_details"]
    return "named" if details.get("subscription_proration_date") == at else "not named"


async def _once(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3000)
    coupon = await account.post("coupons", duration="once", percent_off=50)
    await account.post(f"subscriptions/{held['id']}", discounts=[{"coupon": coupon["id"]}])
    return str(amounts(await account.preview(held, 2, proration_date=half_of(held))))


async def _once_of_no_seats(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3000, 1000)
    coupon = await account.post("coupons", duration="once", percent_off=50)
    items = [{"id": item_of(held, 1), "quantity": 0, "discounts": [{"coupon": coupon["id"]}]}]
    await account.post(f"subscriptions/{held['id']}", items=items, proration_behavior="none")
    renewed = await account.post(f"subscriptions/{held['id']}", billing_cycle_anchor="now", proration_behavior="none")
    return "kept" if renewed["items"]["data"][1]["discounts"] else "used up"


async def _itemized(account: Account) -> str:
    mode = {"type": "flexible", "flexible": {"proration_discounts": "itemized"}}
    coupon = await account.post("coupons", duration="forever", percent_off=10)
    terms = {"discounts": [{"coupon": coupon["id"]}], "billing_mode": mode}
    held = await account.subscribe(await account.customer(), 1999, **terms)
    shown = await account.preview(held, 3, proration_date=half_of(held))
    off = [sum(part["amount"] for part in line["discount_amounts"]) for line in shown["lines"]["data"]]
    return f"{amounts(shown)} off {off}, total {shown['total']}"


async def _amount_off(account: Account) -> str:
    held = await account.subscribe(await account.customer(), 3000, 1000)
    coupon = await account.post("coupons", duration="forever", amount_off=400, currency="usd")
    await account.post(f"subscriptions/{held['id']}", discounts=[{"coupon": coupon["id"]}])
    return str(amounts(await account.preview(held, 2, proration_date=half_of(held))))


async def _tax_rounding(account: Account) -> str:
    rate = await account.post("tax_rates", display_name="check", percentage=20, inclusive=False)
    held = await account.subscribe(
        await account.customer(), 5998, 5999, default_tax_rates=[rate["id"]], expand=["latest_invoice"]
    )
    return str(held["latest_invoice"]["total"])


async def _foreign_item(account: Account) -> str:
    customer = await account.customer()
    held = await account.subscribe(customer, 3100)
    await account.post("invoiceitems", customer=customer, amount=700, currency="usd")
    return "taken" if 700 in amounts(await account.preview(held, 2)) else "left"  # noqa: PLR2004 - the item's amount


AMOUNTS = (
    Point(_floor, "Is each proration rounded down?", "[-1000, 2998]"),
    Point(
        _credit_of_a_rounded_debit, "Is a credit of the debit before (-1500) or after (-1499) its rounding?", "-1500"
    ),
    Point(_proration_date, "Does a preview name its second?", "named"),
    Point(_once, "Does a coupon for once discount a proration?", "[-1500, 3000]"),
    Point(_once_of_no_seats, "Does a period of no seats use an item's coupon for once up?", "kept"),
    Point(_itemized, "How are itemized discounts of prorations rounded?", "[-1000, 2998] off [-100, 300], total 1798"),
    Point(_amount_off, "How does an amount off discount a proration?", "[-1500, 2828]"),
    Point(_tax_rounding, "Is tax rounded for each line (14397) or each invoice (14396)?", "14397"),
    Point(_foreign_item, "Does an update's invoice take the customer's other pending items?", "taken"),
)
