"""The debits for an item's time, and the credits for its unused time.

Flexible billing mode credits what was debited: one line for each debit of the time, at that debit's price, quantity,
discounts and tax, and nothing for a change that debited nothing (`proration_behavior=none`). Classic billing mode
credits one line at the item's present price and quantity, whether they were debited or not.
[Compare classic and flexible billing mode; Prorations: Credit prorations]

Both presume that the debits were paid [Prorations: Prorations and unpaid invoices].
"""

from collections.abc import Iterator
from fractions import Fraction

from deploy.local.stripe_standin.discounts import Net, itemize, net_of_item
from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.lines import Billed, Span, credit_line, debit_line, full_lines
from deploy.local.stripe_standin.pricing import exact_amount, is_metered
from deploy.local.stripe_standin.taxes import rates_of
from deploy.local.stripe_standin.world import Draft, Obj


def price_of(draft: Draft, item: Obj) -> Obj:
    """Return the item's price, in the currency of its subscription."""
    return {**draft.get("prices", item["price"]), **item.get("_priced_as", {})}


def is_flexible(subscription: Obj) -> bool:
    """Whether the subscription is in flexible billing mode."""
    return bool(subscription["billing_mode"]["type"] == "flexible")


def is_itemized(subscription: Obj) -> bool:
    """Whether prorations are shown before their discounts, with these beside them."""
    flexible = subscription["billing_mode"]["flexible"] or {}
    return bool(flexible.get("proration_discounts") == "itemized")


def bill_period(draft: Draft, subscription: Obj, item: Obj) -> list[Obj]:
    """Return the lines of the item's whole period, and remember them as its debit."""
    price = price_of(draft, item)
    span = Span(item["current_period_start"], item["current_period_end"])
    lines = full_lines(draft, item, price, span)
    cost = net_of_item(draft, subscription, item, whole_period=True)
    for line in lines:
        line["_discounts"] = cost.discounts
        line["_rates"] = rates_of(draft, subscription, item)
    item["_debits"] = []
    if item.get("quantity"):
        _remember(item, lines[0], cost, span, span)
    return lines


def debit_rest(draft: Draft, subscription: Obj, item: Obj, at: int) -> Obj | None:
    """Return the debit for the rest of the period from `at`, and remember it; None for no seats."""
    price = price_of(draft, item)
    if is_metered(price) or not item["quantity"]:
        return None
    check_moment(item, at)
    period = Span(item["current_period_start"], item["current_period_end"])
    span = Span(at, period.end)
    cost = net_of_item(draft, subscription, item, whole_period=False)
    share = _share(span, period)
    line = debit_line(draft, Billed(item, price, item["quantity"]), cost.net * share, span)
    if is_itemized(subscription):
        itemize(line, cost.gross * share, cost.off)
    line["_rates"] = rates_of(draft, subscription, item)
    _remember(item, line, cost, span, period)
    return line


def credit_rest(draft: Draft, subscription: Obj, item: Obj, at: int) -> list[Obj]:
    """Return the credits for the item's time from `at` on, and forget the debits of that time."""
    check_moment(item, at)
    if not is_flexible(subscription):
        return _credit_as_it_is(draft, subscription, item, at)
    lines = []
    for debit in _reaching_beyond(item, at):
        span = Span(max(at, debit["start"]), debit["until"])
        share = _share(span, Span(debit["period_start"], debit["period_end"]))
        price = {**draft.get("prices", debit["price"]), **debit["priced_as"]}
        billed = Billed(item, price, debit["quantity"])
        line = credit_line(draft, billed, Fraction(debit["net"]) * share, span)
        if is_itemized(subscription):
            off = {discount: Fraction(exact) for discount, exact in debit["off"].items()}
            itemize(line, -Fraction(debit["gross"]) * share, off)
        line["_rates"] = debit["rates"]
        if debit["invoice"] is not None:
            credited: Obj = {"invoice": debit["invoice"], "invoice_line_items": [debit["line"]]}
            line["parent"]["subscription_item_details"]["proration_details"] = {"credited_items": credited}
        lines.append(line)
    item["_debits"] = [{**debit, "until": min(debit["until"], at)} for debit in item["_debits"] if debit["start"] < at]
    return lines


def note_invoice(subscription: Obj, invoice: Obj) -> None:
    """Note which invoice bills each debit, for the credits that will refer to it."""
    of_line = {line["id"] for line in invoice["_lines"]}
    for item in subscription["_items"]:
        for debit in item["_debits"]:
            if debit["line"] in of_line:
                debit["invoice"] = invoice["id"]


def check_moment(item: Obj, at: int) -> None:
    """Raise Stripe's 400 for a proration outside of the item's period."""
    if not item["current_period_start"] <= at <= item["current_period_end"]:
        raise invalid("Cannot specify a proration date outside of the current period.", param="proration_date")


def _credit_as_it_is(draft: Draft, subscription: Obj, item: Obj, at: int) -> list[Obj]:
    price = price_of(draft, item)
    item["_debits"] = []
    if not item.get("quantity"):
        return []
    period = Span(item["current_period_start"], item["current_period_end"])
    span = Span(at, period.end)
    gross = exact_amount(price, item["quantity"])
    factor = Fraction(item.get("_last_factor", 1))
    line = credit_line(draft, Billed(item, price, item["quantity"]), gross * factor * _share(span, period), span)
    line["_rates"] = rates_of(draft, subscription, item)
    return [line]


def _reaching_beyond(item: Obj, at: int) -> Iterator[Obj]:
    return (debit for debit in item["_debits"] if debit["until"] > at)


def _remember(item: Obj, line: Obj, net: Net, span: Span, period: Span) -> None:
    item["_last_factor"] = str(net.net / net.gross) if net.gross else "1"
    item["_debits"].append(
        {
            "line": line["id"],
            "invoice": None,
            "price": item["price"],
            "priced_as": item.get("_priced_as", {}),
            "quantity": item["quantity"],
            # The exact amount of a whole period, after discounts; before them, and what each took off.
            "net": str(net.net),
            "gross": str(net.gross),
            "off": {discount: str(exact) for discount, exact in net.off.items()},
            "rates": line["_rates"],
            "start": span.start,
            "until": span.end,
            "period_start": period.start,
            "period_end": period.end,
        }
    )


def _share(span: Span, period: Span) -> Fraction:
    return Fraction(span.end - span.start, period.end - period.start)
