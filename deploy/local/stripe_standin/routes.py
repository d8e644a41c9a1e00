"""The table of endpoints, each with its parameters and its handler."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.local.stripe_standin import (
    balances,
    cancellation,
    cards,
    catalogue,
    coupons,
    customers,
    disputes,
    invoice_items,
    invoices,
    offered_methods,
    pending,
    portal,
    preview,
    refunds,
    schedules,
    subscription_parameters,
    subscriptions,
    taxes,
)
from deploy.local.stripe_standin.billing import subscription_of
from deploy.local.stripe_standin.errors import StripeError
from deploy.local.stripe_standin.listing import Filter, page_of
from deploy.local.stripe_standin.parameters import EXPAND, ListOf, Shape, Text, TimeFilter, listing, shape
from deploy.local.stripe_standin.render import Renderer, list_of
from deploy.local.stripe_standin.world import Draft, Obj

Params = Mapping[str, Any]
Handler = Callable[[Draft, Renderer, str, Params], Obj]

_JUST_EXPAND = shape(expand=EXPAND)
_NOTHING = shape()
# Stripe's list goes back 30 days.
_EVENTS_KEPT_SECONDS = 30 * 86_400
_LIST_EVENTS = listing(type=Text(), types=ListOf(Text(), longest=20), created=TimeFilter())


@dataclass(frozen=True)
class Route:
    """One endpoint. With `locks`, a write locks its customer, its subscription and the object in its path.

    With `dry` the draft is dropped after the response, so that the request changes nothing.
    """

    method: str
    path: str
    parameters: Shape
    handler: Handler
    locks: bool = False
    dry: bool = False

    def match(self, method: str, path: str) -> str | None:
        """Return the id in the path ("" if the path has none), or None if the request is for another endpoint."""
        if method != self.method:
            return None
        match = re.fullmatch(self.path.replace("{id}", "([^/]+)"), path)
        if match is None:
            return None
        return match[1] if match.groups() else ""


def _retrieve(table: str) -> Handler:
    def handler(draft: Draft, renderer: Renderer, key: str, _: Params) -> Obj:
        return renderer.show(draft.get(table, key, in_path=True))

    return handler


def _list(table: str, url: str, keep: Filter) -> Handler:
    def handler(draft: Draft, renderer: Renderer, _: str, params: Params) -> Obj:
        newest_first = [
            row for row in reversed(list(draft.every(table))) if not row.get("deleted") and keep(row, params)
        ]
        return page_of(newest_first, params, url, renderer)

    return handler


def _plain(*names: str) -> Filter:
    def keep(row: Obj, params: Params) -> bool:
        return all(name not in params or row[name] == params[name] for name in names)

    return keep


def _keep_price(row: Obj, params: Params) -> bool:
    recurring = params.get("recurring", {})
    return (
        _plain("active", "product", "currency", "type")(row, params)
        and ("lookup_keys" not in params or row["lookup_key"] in params["lookup_keys"])
        and all((row["recurring"] or {}).get(name) == value for name, value in recurring.items())
    )


def _keep_subscription(row: Obj, params: Params) -> bool:
    ended = {"canceled", "incomplete_expired"}
    match params.get("status"):
        case None:
            of_status = row["status"] not in ended
        case "all":
            of_status = True
        case "ended":
            of_status = row["status"] in ended
        case status:
            of_status = row["status"] == status
    of_price = "price" not in params or any(item["price"] == params["price"] for item in row["_items"])
    return of_status and of_price and _plain("customer", "collection_method")(row, params)


def _keep_invoice(row: Obj, params: Params) -> bool:
    of_subscription = params.get("subscription") in {None, subscription_of(row)}
    return of_subscription and _plain("customer", "status", "collection_method")(row, params)


def _events(draft: Draft, renderer: Renderer, key: str, params: Params) -> Obj:
    def keep(row: Obj, params: Params) -> bool:
        return row["created"] > draft.now - _EVENTS_KEPT_SECONDS and _keep_event(row, params)

    return _list("events", "/v1/events", keep)(draft, renderer, key, params)


def _keep_event(row: Obj, params: Params) -> bool:
    types = [params["type"]] if "type" in params else params.get("types")
    if types is None:
        return True
    return any(
        row["type"] == kind or (kind.endswith(".*") and row["type"].startswith(kind[:-1])) or kind == "*"
        for kind in types
    )


def _lines(draft: Draft, renderer: Renderer, invoice_id: str, params: Params) -> Obj:
    lines = draft.get("invoices", invoice_id, param="invoice", in_path=True)["_lines"]
    return page_of(lines, params, f"/v1/invoices/{invoice_id}/lines", renderer)


def _items(draft: Draft, renderer: Renderer, _: str, params: Params) -> Obj:
    """GET /v1/subscription_items: all items of a subscription, page by page."""
    items = draft.get("subscriptions", params["subscription"], param="subscription")["_items"]
    return page_of(items, params, "/v1/subscription_items", renderer)


def _pending(draft: Draft, renderer: Renderer, _: str, params: Params) -> Obj:
    return page_of(pending.select(draft, params)[::-1], params, "/v1/invoiceitems", renderer)


def _new(handler: Callable[[Draft, Renderer, Params], Obj]) -> Handler:
    def with_id(draft: Draft, renderer: Renderer, _: str, params: Params) -> Obj:
        return handler(draft, renderer, params)

    return with_id


def _no_params(handler: Callable[[Draft, Renderer, str], Obj]) -> Handler:
    def with_params(draft: Draft, renderer: Renderer, key: str, _: Params) -> Obj:
        return handler(draft, renderer, key)

    return with_params


def _payment_methods_of(draft: Draft, renderer: Renderer, customer_id: str, params: Params) -> Obj:
    draft.get("customers", customer_id, param="customer", in_path=True)
    owned = [row for row in draft.every("payment_methods") if row["customer"] == customer_id]
    return page_of(owned[::-1], params, f"/v1/customers/{customer_id}/payment_methods", renderer)


def _transactions_of(draft: Draft, renderer: Renderer, customer_id: str, params: Params) -> Obj:
    draft.get("customers", customer_id, in_path=True)
    owned = [row for row in draft.every("balance_transactions") if row["customer"] == customer_id]
    return page_of(owned[::-1], params, f"/v1/customers/{customer_id}/balance_transactions", renderer)


_make = _new
ROUTES = (
    Route("POST", "/v1/customers", customers.CREATE, _make(customers.create)),
    Route("GET", "/v1/customers", customers.LIST, _list("customers", "/v1/customers", _plain("email"))),
    Route("GET", "/v1/customers/{id}", _JUST_EXPAND, _no_params(customers.retrieve)),
    Route("POST", "/v1/customers/{id}", customers.UPDATE, customers.update, locks=True),
    Route("DELETE", "/v1/customers/{id}", _NOTHING, _no_params(cancellation.delete_customer), locks=True),
    Route("GET", "/v1/customers/{id}/payment_methods", cards.LIST, _payment_methods_of),
    Route("GET", "/v1/customers/{id}/balance_transactions", listing(), _transactions_of),
    Route("POST", "/v1/customers/{id}/balance_transactions", balances.CREATE, balances.create, locks=True),
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
    Route("POST", "/v1/subscriptions", subscription_parameters.CREATE, _make(subscriptions.create), locks=True),
    Route(
        "GET",
        "/v1/subscriptions",
        subscription_parameters.LIST,
        _list("subscriptions", "/v1/subscriptions", _keep_subscription),
    ),
    Route("GET", "/v1/subscriptions/{id}", _JUST_EXPAND, _retrieve("subscriptions")),
    Route("POST", "/v1/subscriptions/{id}", subscription_parameters.UPDATE, subscriptions.update, locks=True),
    Route("DELETE", "/v1/subscriptions/{id}", cancellation.CANCEL, cancellation.cancel, locks=True),
    Route("POST", "/v1/subscriptions/{id}/resume", subscription_parameters.RESUME, subscriptions.resume, locks=True),
    Route("POST", "/v1/subscription_schedules", schedules.CREATE, _make(schedules.create)),
    Route(
        "GET",
        "/v1/subscription_schedules",
        schedules.LIST,
        _list("schedules", "/v1/subscription_schedules", _plain("customer")),
    ),
    Route("GET", "/v1/subscription_schedules/{id}", _JUST_EXPAND, _retrieve("schedules")),
    Route("POST", "/v1/subscription_schedules/{id}/release", schedules.RELEASE, _no_params(schedules.release)),
    Route("POST", "/v1/coupons", coupons.CREATE, _make(coupons.create)),
    Route("GET", "/v1/coupons", coupons.LIST, _list("coupons", "/v1/coupons", _plain())),
    Route("GET", "/v1/coupons/{id}", _JUST_EXPAND, _retrieve("coupons")),
    Route("DELETE", "/v1/coupons/{id}", _NOTHING, _no_params(coupons.delete)),
    Route("POST", "/v1/tax_rates", taxes.CREATE, _make(taxes.create)),
    Route("GET", "/v1/tax_rates", taxes.LIST, _list("tax_rates", "/v1/tax_rates", _plain("active", "inclusive"))),
    Route("GET", "/v1/tax_rates/{id}", _JUST_EXPAND, _retrieve("tax_rates")),
    Route("POST", "/v1/tax_rates/{id}", taxes.UPDATE, taxes.update),
    Route("POST", "/v1/invoices", invoices.CREATE, _make(invoices.create), locks=True),
    Route("GET", "/v1/invoices", invoices.LIST, _list("invoices", "/v1/invoices", _keep_invoice)),
    Route("POST", "/v1/invoices/create_preview", preview.CREATE, _make(preview.create), dry=True),
    Route("GET", "/v1/invoices/{id}", _JUST_EXPAND, _retrieve("invoices")),
    Route("POST", "/v1/invoices/{id}", invoices.UPDATE, invoices.update, locks=True),
    Route("GET", "/v1/invoices/{id}/lines", listing(), _lines),
    Route("GET", "/v1/subscription_items", listing(subscription=Text()), _items),
    Route("POST", "/v1/invoices/{id}/finalize", invoices.FINALIZE, invoices.finalize, locks=True),
    Route("POST", "/v1/invoices/{id}/pay", invoices.PAY, invoices.pay, locks=True),
    Route("POST", "/v1/invoices/{id}/void", invoices.VOID, _no_params(invoices.void), locks=True),
    Route(
        "POST",
        "/v1/invoices/{id}/mark_uncollectible",
        invoices.VOID,
        _no_params(invoices.mark_uncollectible),
        locks=True,
    ),
    Route("DELETE", "/v1/invoices/{id}", _NOTHING, _no_params(invoices.delete)),
    Route("POST", "/v1/invoiceitems", invoice_items.CREATE, _make(invoice_items.create), locks=True),
    Route("DELETE", "/v1/invoiceitems/{id}", _NOTHING, _no_params(invoice_items.delete)),
    Route("POST", "/v1/refunds", refunds.CREATE_REFUND, _make(refunds.create_refund)),
    Route(
        "GET", "/v1/refunds", refunds.LIST_REFUNDS, _list("refunds", "/v1/refunds", _plain("charge", "payment_intent"))
    ),
    Route("GET", "/v1/refunds/{id}", _JUST_EXPAND, _retrieve("refunds")),
    Route("POST", "/v1/credit_notes", refunds.CREATE_NOTE, _make(refunds.create_note)),
    Route(
        "GET",
        "/v1/credit_notes",
        refunds.LIST_NOTES,
        _list("credit_notes", "/v1/credit_notes", _plain("customer", "invoice")),
    ),
    Route("GET", "/v1/credit_notes/{id}", _JUST_EXPAND, _retrieve("credit_notes")),
    Route("GET", "/v1/charges/{id}", _JUST_EXPAND, _retrieve("charges")),
    Route("GET", "/v1/payment_intents/{id}", _JUST_EXPAND, _retrieve("payment_intents")),
    Route("GET", "/v1/disputes", disputes.LIST, _list("disputes", "/v1/disputes", _plain("charge", "payment_intent"))),
    Route("GET", "/v1/disputes/{id}", _JUST_EXPAND, _retrieve("disputes")),
    Route("GET", "/v1/invoiceitems", pending.LIST, _pending),
    Route("GET", "/v1/invoiceitems/{id}", _JUST_EXPAND, _retrieve("invoice_items")),
    Route("GET", "/v1/events", _LIST_EVENTS, _events),
    Route("GET", "/v1/events/{id}", _JUST_EXPAND, _retrieve("events")),
    Route("POST", offered_methods.PATH, offered_methods.CREATE, _make(offered_methods.create)),
    Route("GET", offered_methods.PATH, offered_methods.LIST, _list(*offered_methods.LISTED, _plain("active"))),
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
    """Return the endpoint and the id in its path; Stripe's 404 for an unknown path."""
    for route in ROUTES:
        key = route.match(method, path)
        if key is not None:
            return route, key
    message = f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or contact support."
    raise StripeError(404, message, kept=False)


__all__ = ["ROUTES", "Route", "find_route", "list_of"]
