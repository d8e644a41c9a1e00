"""Payment methods: the bank's answer to a charge, and attaching a card or a bank account to a customer."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin.errors import StripeError, action_required, card_declined, invalid, no_such
from deploy.local.stripe_standin.parameters import EXPAND, Metadata, OneOf, Text, listing, shape
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.test_methods import CARD_KINDS, TEST_METHODS, TOKEN_OF_KIND, new_method
from deploy.local.stripe_standin.world import Draft, Obj


def attach_to(draft: Draft, renderer: Renderer, token_or_id: str, customer_id: str) -> Obj:
    """Attach a card to a customer; a test token makes a new payment method, as at Stripe.

    Raises 402 for a card that the bank declines already when it is saved.
    """
    customer = draft.get("customers", customer_id, param="customer")
    card = TEST_METHODS.get(token_or_id)
    if card is not None:
        if card.on_attach is not None:
            raise card_declined(card.on_attach)
        method = new_method(draft, token_or_id, card)
    else:
        held = draft.find("payment_methods", token_or_id)
        if held is None:
            raise no_such("PaymentMethod", token_or_id, param="payment_method")
        if held["customer"] not in {None, customer_id}:
            raise invalid("The payment method you provided has already been attached to a customer.")
        method = draft.edit("payment_methods", token_or_id)
    already = method["customer"] == customer_id
    method["customer"] = customer["id"]
    if not already:
        draft.emit("payment_method.attached", renderer.show(method))
    return method


def of_customer(draft: Draft, token_or_id: str, customer_id: str, param: str) -> str:
    """Return the id of a customer's payment method; `token_or_id` may be the test token that it was made from."""
    held = draft.find("payment_methods", token_or_id)
    if held is not None and held["customer"] == customer_id:
        return token_or_id
    if token_or_id in TEST_METHODS:
        made = [
            method["id"]
            for method in draft.every("payment_methods")
            if method["_token"] == token_or_id and method["customer"] == customer_id
        ]
        if made:
            return str(made[-1])
    message = (
        f"The customer does not have a payment method with the ID {token_or_id}."
        " The payment method must be attached to the customer."
    )
    raise invalid(message, param=param, code="resource_missing")


def card_that_pays(draft: Draft, customer: Obj, subscription: Obj | None) -> str | None:
    """Return the payment method that an invoice is charged to: the subscription's own, else the customer's default.

    None if there is neither, or if the subscription does not take its type.
    """
    own = subscription["default_payment_method"] if subscription is not None else None
    chosen: str | None = own or customer["invoice_settings"]["default_payment_method"]
    types = subscription["payment_settings"]["payment_method_types"] if subscription is not None else None
    if chosen is not None and types and draft.get("payment_methods", chosen)["type"] not in types:
        return None
    return chosen


def charge(draft: Draft, payment_method: str, *, present: bool = False, of_update: bool = False) -> StripeError | None:
    """Charge the card: None when the bank pays, otherwise a 402 with the reason. A fault that matches goes first.

    `present` is True when the cardholder is there to authenticate if the bank demands it.
    """
    fault = draft.charge_fault(of_update)
    if fault is not None:
        return fault
    outcome = draft.get("payment_methods", payment_method)["_on_charge"]
    match outcome:
        case None:
            return None
        case "action_required":
            return None if present else action_required(of_update=of_update)
        case _:
            return card_declined(outcome)


def set_card_kind(draft: Draft, renderer: Renderer, customer_id: str, kind: str, code: str | None = None) -> Obj:
    """Make a customer's card good, declining or wanting authentication, and return it.

    A card starts to fail at the bank without a Stripe event. A good card is a new card: it is attached and becomes
    the default everywhere, each with its event. So is a bank account.
    """
    default = draft.get("customers", customer_id, in_path=True)["invoice_settings"]["default_payment_method"]
    is_card = default is not None and draft.get("payment_methods", default)["type"] == "card"
    if kind not in CARD_KINDS or kind == "good" or not is_card:
        return enter_new_card(draft, renderer, customer_id, kind)
    own = [
        subscription["default_payment_method"]
        for subscription in draft.every("subscriptions")
        if subscription["customer"] == customer_id and subscription["default_payment_method"]
    ]
    for method_id in {default, *own}:
        draft.edit("payment_methods", method_id)["_on_charge"] = code or CARD_KINDS[kind]
    return draft.edit("payment_methods", default)


def enter_new_card(draft: Draft, renderer: Renderer, customer_id: str, kind: str) -> Obj:
    """Attach a new card of this kind to a customer, and make it the default everywhere."""
    token = TOKEN_OF_KIND.get(kind)
    if token is None:
        raise invalid("There is no such card.", param="kind")
    before = renderer.show(draft.get("customers", customer_id, in_path=True))
    method = attach_to(draft, renderer, token, customer_id)
    edited = draft.edit("customers", customer_id)
    edited["invoice_settings"]["default_payment_method"] = method["id"]
    draft.emit_update("customer.updated", before, renderer.show(edited))
    for held in list(draft.every("subscriptions")):
        if held["customer"] == customer_id and held["default_payment_method"] and held["status"] != "canceled":
            shown = renderer.show(held)
            changed = draft.edit("subscriptions", held["id"])
            changed["default_payment_method"] = method["id"]
            draft.emit_update("customer.subscription.updated", shown, renderer.show(changed))
    return method


def set_expiry(draft: Draft, renderer: Renderer, customer_id: str, expires: str) -> Obj:
    """Give the customer's card another last month ("2026-12"), as its network does when the bank renews it."""
    default = draft.get("customers", customer_id, in_path=True)["invoice_settings"]["default_payment_method"]
    if default is None or draft.get("payment_methods", default)["type"] != "card":
        raise invalid("The customer has no card.", param="expires")
    before = renderer.show(draft.get("payment_methods", default))
    method = draft.edit("payment_methods", default)
    year, month = expires.split("-")
    method["card"] = {**method["card"], "exp_year": int(year), "exp_month": int(month)}
    draft.emit_update("payment_method.automatically_updated", before, renderer.show(method))
    return method


def take_away(draft: Draft, renderer: Renderer, customer_id: str) -> None:
    """Detach every payment method of a customer: there is no card at all then."""
    draft.get("customers", customer_id, in_path=True)
    for method in list(draft.every("payment_methods")):
        if method["customer"] == customer_id:
            detach(draft, renderer, method["id"])


CREATE = shape("type", type=OneOf(("card",)), card=shape("token", token=Text()), metadata=Metadata(), expand=EXPAND)
ATTACH = shape("customer", customer=Text(), expand=EXPAND)
DETACH = shape(expand=EXPAND)
UPDATE = shape(metadata=Metadata(), expand=EXPAND)
LIST = listing(customer=Text(), type=OneOf(("card", "us_bank_account")))

# The tokens of Stripe's older API that stand for the same test cards.
_BY_CARD_TOKEN = {
    "tok_visa": "pm_card_visa",
    "tok_mastercard": "pm_card_mastercard",
    "tok_chargeCustomerFail": "pm_card_chargeCustomerFail",
    "tok_chargeDeclined": "pm_card_chargeDeclined",
}


def create(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/payment_methods: a card from a test token, not attached yet."""
    token = params["card"]["token"]
    name = _BY_CARD_TOKEN.get(token)
    if name is None:
        raise no_such("token", token, param="card[token]")
    return renderer.show(new_method(draft, name, TEST_METHODS[name]))


def retrieve(draft: Draft, renderer: Renderer, method_id: str) -> Obj:
    """GET /v1/payment_methods/{id}; a test token can be retrieved without being attached."""
    if method_id in TEST_METHODS and draft.find("payment_methods", method_id) is None:
        shown = renderer.show(new_method(draft, method_id, TEST_METHODS[method_id]))
        return {**shown, "id": method_id}
    return renderer.show(draft.get("payment_methods", method_id, param="payment_method", in_path=True))


def attach(draft: Draft, renderer: Renderer, method_id: str, params: Mapping[str, Any]) -> Obj:
    """POST /v1/payment_methods/{id}/attach."""
    return renderer.show(attach_to(draft, renderer, method_id, params["customer"]))


def detach(draft: Draft, renderer: Renderer, method_id: str) -> Obj:
    """POST /v1/payment_methods/{id}/detach: no customer's card or default any more."""
    draft.get("payment_methods", method_id, param="payment_method", in_path=True)
    method = draft.edit("payment_methods", method_id)
    owner = method["customer"]
    if owner is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    method["customer"] = None
    if draft.get("customers", owner)["invoice_settings"]["default_payment_method"] == method_id:
        draft.edit("customers", owner)["invoice_settings"]["default_payment_method"] = None
    for held in list(draft.every("subscriptions")):
        if held["default_payment_method"] == method_id:
            draft.edit("subscriptions", held["id"])["default_payment_method"] = None
    draft.emit("payment_method.detached", renderer.show(method), {"customer": owner})
    return renderer.show(method)


def update(draft: Draft, renderer: Renderer, method_id: str, params: Mapping[str, Any]) -> Obj:
    """POST /v1/payment_methods/{id}: only the metadata is implemented."""
    draft.get("payment_methods", method_id, param="payment_method", in_path=True)
    method = draft.edit("payment_methods", method_id)
    if "metadata" in params:
        method["metadata"] = params["metadata"] or {}
    return renderer.show(method)
