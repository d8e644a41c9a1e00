"""Which endpoints there are, what each may be sent, and who answers it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.local.stripe_standin import (
    cancellation,
    cards,
    catalogue,
    customers,
    invoices,
    pending,
    portal,
    preview,
    subscriptions,
)
from deploy.local.stripe_standin.errors import StripeError
from deploy.local.stripe_standin.listing import Filter, page_of
from deploy.local.stripe_standin.parameters import EXPAND, ListOf, Moment, Shape, Text, listing, shape
from deploy.local.stripe_standin.render import Renderer, list_of
from deploy.local.stripe_standin.world import Draft, Obj

Params = Mapping[str, Any]
Answer = Callable[[Draft, Renderer, str, Params], Obj]

_JUST_EXPAND = shape(expand=EXPAND)
_NOTHING = shape()
# Stripe's list goes back 30 days.
_EVENTS_KEPT_SECONDS = 30 * 86_400
_LIST_EVENTS = listing(type=Text(), types=ListOf(Text(), longest=20), created=Moment())


@dataclass(frozen=True)
class Route:
    """One endpoint. `locks` says which object a write holds while it runs: the customer, or what is in the path.

    `dry` says that the answer is all there is: what was drafted for it is thrown away.
    """

    method: str
    path: str
    parameters: Shape
    answer: Answer
    locks: bool = False
    dry: bool = False

    def match(self, method: str, path: str) -> str | None:
        """Return the id in the path ("" where there is none), or None when this is another endpoint."""
        if method != self.method:
            return None
        found = re.fullmatch(self.path.replace("{id}", "([^/]+)"), path)
        if found is None:
            return None
        return found[1] if found.groups() else ""


def _retrieve(table: str) -> Answer:
    def answer(draft: Draft, renderer: Renderer, key: str, _: Params) -> Obj:
        return renderer.show(draft.get(table, key, in_path=True))

    return answer


def _list(table: str, url: str, keep: Filter) -> Answer:
    def answer(draft: Draft, renderer: Renderer, _: str, given: Params) -> Obj:
        newest_first = [
            one for one in reversed(list(draft.every(table))) if not one.get("deleted") and keep(one, given)
        ]
        return page_of(newest_first, given, url, renderer)

    return answer


def _plain(*names: str) -> Filter:
    def keep(one: Obj, given: Params) -> bool:
        return all(name not in given or one[name] == given[name] for name in names)

    return keep


def _keep_price(one: Obj, given: Params) -> bool:
    recurring = given.get("recurring", {})
    return (
        _plain("active", "product", "currency", "type")(one, given)
        and ("lookup_keys" not in given or one["lookup_key"] in given["lookup_keys"])
        and all((one["recurring"] or {}).get(name) == value for name, value in recurring.items())
    )


def _keep_subscription(one: Obj, given: Params) -> bool:
    over = {"canceled", "incomplete_expired"}
    match given.get("status"):
        case None:
            of_status = one["status"] not in over
        case "all":
            of_status = True
        case "ended":
            of_status = one["status"] in over
        case status:
            of_status = one["status"] == status
    of_price = "price" not in given or any(item["price"] == given["price"] for item in one["_items"])
    return of_status and of_price and _plain("customer")(one, given)


def _keep_invoice(one: Obj, given: Params) -> bool:
    of_subscription = given.get("subscription") in {None, subscriptions.subscription_of(one)}
    return of_subscription and _plain("customer", "status", "collection_method")(one, given)


def _events(draft: Draft, renderer: Renderer, key: str, given: Params) -> Obj:
    def keep(one: Obj, given: Params) -> bool:
        return one["created"] > draft.now - _EVENTS_KEPT_SECONDS and _keep_event(one, given)

    return _list("events", "/v1/events", keep)(draft, renderer, key, given)


def _keep_event(one: Obj, given: Params) -> bool:
    wanted = [given["type"]] if "type" in given else given.get("types")
    if wanted is None:
        return True
    return any(
        one["type"] == kind or (kind.endswith(".*") and one["type"].startswith(kind[:-1])) or kind == "*"
        for kind in wanted
    )


def _lines(draft: Draft, renderer: Renderer, invoice_id: str, given: Params) -> Obj:
    lines = draft.get("invoices", invoice_id, param="invoice", in_path=True)["_lines"]
    return page_of(lines, given, f"/v1/invoices/{invoice_id}/lines", renderer)


def _pending(draft: Draft, renderer: Renderer, _: str, given: Params) -> Obj:
    return page_of(pending.select(draft, given)[::-1], given, "/v1/invoiceitems", renderer)


def _new(answer: Callable[[Draft, Renderer, Params], Obj]) -> Answer:
    def with_id(draft: Draft, renderer: Renderer, _: str, given: Params) -> Obj:
        return answer(draft, renderer, given)

    return with_id


def _no_params(answer: Callable[[Draft, Renderer, str], Obj]) -> Answer:
    def with_params(draft: Draft, renderer: Renderer, key: str, _: Params) -> Obj:
        return answer(draft, renderer, key)

    return with_params


def _payment_methods_of(draft: Draft, renderer: Renderer, customer_id: str, given: Params) -> Obj:
    draft.get("customers", customer_id, param="customer", in_path=True)
    owned = [one for one in draft.every("payment_methods") if one["customer"] == customer_id]
    return page_of(owned[::-1], given, f"/v1/customers/{customer_id}/payment_methods", renderer)


_make = _new
ROUTES = (
    Route("POST", "/v1/customers", customers.CREATE, _make(customers.create)),
    Route("GET", "/v1/customers", customers.LIST, _list("customers", "/v1/customers", _plain("email"))),
    Route("GET", "/v1/customers/{id}", _JUST_EXPAND, _no_params(customers.retrieve)),
    Route("POST", "/v1/customers/{id}", customers.UPDATE, customers.update, locks=True),
    Route("DELETE", "/v1/customers/{id}", _NOTHING, _no_params(cancellation.delete_customer), locks=True),
    Route("GET", "/v1/customers/{id}/payment_methods", cards.LIST, _payment_methods_of),
    Route("POST", "/v1/payment_methods", cards.CREATE, _make(cards.create)),
    Route(
        "GET", "/v1/payment_methods", cards.LIST, _list("payment_methods", "/v1/payment_methods", _plain("customer"))
    ),
    Route("GET", "/v1/payment_methods/{id}", _JUST_EXPAND, _no_params(cards.retrieve), dry=True),
    Route("POST", "/v1/payment_methods/{id}", cards.UPDATE, cards.update),
    Route("POST", "/v1/payment_methods/{id}/attach", cards.ATTACH, cards.attach, locks=True),
    Route("POST", "/v1/payment_methods/{id}/detach", cards.DETACH, _no_params(cards.detach)),
    Route("POST", "/v1/products", catalogue.CREATE_PRODUCT, _make(catalogue.create_product)),
    Route("GET", "/v1/products", catalogue.LIST_PRODUCTS, _list("products", "/v1/products", _plain("active"))),
    Route("GET", "/v1/products/{id}", _JUST_EXPAND, _retrieve("products")),
    Route("POST", "/v1/products/{id}", catalogue.UPDATE_PRODUCT, catalogue.update_product),
    Route("POST", "/v1/prices", catalogue.CREATE_PRICE, _make(catalogue.create_price)),
    Route("GET", "/v1/prices", catalogue.LIST_PRICES, _list("prices", "/v1/prices", _keep_price)),
    Route("GET", "/v1/prices/{id}", _JUST_EXPAND, _retrieve("prices")),
    Route("POST", "/v1/prices/{id}", catalogue.UPDATE_PRICE, catalogue.update_price),
    Route("POST", "/v1/subscriptions", subscriptions.CREATE, _make(subscriptions.create), locks=True),
    Route(
        "GET",
        "/v1/subscriptions",
        subscriptions.LIST,
        _list("subscriptions", "/v1/subscriptions", _keep_subscription),
    ),
    Route("GET", "/v1/subscriptions/{id}", _JUST_EXPAND, _retrieve("subscriptions")),
    Route("POST", "/v1/subscriptions/{id}", subscriptions.UPDATE, subscriptions.update, locks=True),
    Route("DELETE", "/v1/subscriptions/{id}", cancellation.CANCEL, cancellation.cancel, locks=True),
    Route("POST", "/v1/invoices", invoices.CREATE, _make(invoices.create), locks=True),
    Route("GET", "/v1/invoices", invoices.LIST, _list("invoices", "/v1/invoices", _keep_invoice)),
    Route("POST", "/v1/invoices/create_preview", preview.CREATE, _make(preview.create), dry=True),
    Route("GET", "/v1/invoices/{id}", _JUST_EXPAND, _retrieve("invoices")),
    Route("POST", "/v1/invoices/{id}", invoices.UPDATE, invoices.update, locks=True),
    Route("GET", "/v1/invoices/{id}/lines", listing(), _lines),
    Route("POST", "/v1/invoices/{id}/finalize", invoices.FINALIZE, invoices.finalize, locks=True),
    Route("POST", "/v1/invoices/{id}/pay", invoices.PAY, invoices.pay, locks=True),
    Route("POST", "/v1/invoices/{id}/void", invoices.VOID, _no_params(invoices.void), locks=True),
    Route("GET", "/v1/invoiceitems", pending.LIST, _pending),
    Route("GET", "/v1/invoiceitems/{id}", _JUST_EXPAND, _retrieve("invoice_items")),
    Route("GET", "/v1/events", _LIST_EVENTS, _events),
    Route("GET", "/v1/events/{id}", _JUST_EXPAND, _retrieve("events")),
    Route("POST", "/v1/billing_portal/configurations", portal.CREATE_CONFIGURATION, _make(portal.create_configuration)),
    Route(
        "GET",
        "/v1/billing_portal/configurations",
        portal.LIST_CONFIGURATIONS,
        _list("portal_configurations", "/v1/billing_portal/configurations", _plain("active", "is_default")),
    ),
    Route("GET", "/v1/billing_portal/configurations/{id}", _JUST_EXPAND, _retrieve("portal_configurations")),
    Route("POST", "/v1/billing_portal/configurations/{id}", portal.UPDATE_CONFIGURATION, portal.update_configuration),
    Route("POST", "/v1/billing_portal/sessions", portal.CREATE_SESSION, _make(portal.create_session)),
)


def find_route(method: str, path: str) -> tuple[Route, str]:
    """Return the endpoint and the id in its path, or Stripe's 404 for an address that does not exist."""
    for route in ROUTES:
        key = route.match(method, path)
        if key is not None:
            return route, key
    message = f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or contact support."
    raise StripeError(404, message, kept=False)


__all__ = ["ROUTES", "Route", "find_route", "list_of"]
