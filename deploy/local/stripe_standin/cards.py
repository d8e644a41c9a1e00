"""Cards: Stripe's test tokens, the bank's answer to a charge, and attaching a card to a customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.local.stripe_standin.errors import StripeError, action_required, card_declined, invalid, no_such
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.parameters import EXPAND, Metadata, OneOf, Text, listing, shape
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj


@dataclass(frozen=True)
class TestCard:
    """How a test card behaves: `on_attach` and `on_charge` are decline codes, "action_required", or None for good."""

    brand: str = "visa"
    last4: str = "4242"
    on_attach: str | None = None
    on_charge: str | None = None


def _declines_at_once(decline_code: str, last4: str) -> TestCard:
    return TestCard(last4=last4, on_attach=decline_code, on_charge=decline_code)


# Stripe's documentation, "Test card numbers" and "Declined payments".
TEST_CARDS = {
    "pm_card_visa": TestCard(),
    "pm_card_mastercard": TestCard(brand="mastercard", last4="4444"),
    "pm_card_amex": TestCard(brand="amex", last4="8431"),
    "pm_card_visa_debit": TestCard(last4="5556"),
    "pm_card_chargeCustomerFail": TestCard(last4="0341", on_charge="generic_decline"),
    "pm_card_authenticationRequired": TestCard(last4="3184", on_charge="action_required"),
    "pm_card_threeDSecure2Required": TestCard(last4="3220", on_charge="action_required"),
    "pm_card_visa_chargeDeclined": _declines_at_once("generic_decline", "0002"),
    "pm_card_chargeDeclined": _declines_at_once("generic_decline", "0002"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": _declines_at_once("insufficient_funds", "9995"),
    "pm_card_chargeDeclinedInsufficientFunds": _declines_at_once("insufficient_funds", "9995"),
    "pm_card_chargeDeclinedExpiredCard": _declines_at_once("expired_card", "0069"),
    "pm_card_chargeDeclinedIncorrectCvc": _declines_at_once("incorrect_cvc", "0127"),
    "pm_card_chargeDeclinedProcessingError": _declines_at_once("processing_error", "0119"),
}

# The three kinds of card that the stand-in's controls name.
CARD_KINDS: dict[str, str | None] = {"good": None, "declining": "generic_decline", "action_required": "action_required"}

_EXPIRES_YEAR = 2034


def new_card(draft: Draft, token: str, card: TestCard) -> Obj:
    """Add a payment method that behaves as the test card says."""
    return draft.add(
        "payment_methods",
        {
            "id": new_id("pm"),
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
            "card": {
                "brand": card.brand,
                "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
                "country": "US",
                "display_brand": card.brand,
                "exp_month": 12,
                "exp_year": _EXPIRES_YEAR,
                "fingerprint": f"standin{card.last4}",
                "funding": "credit",
                "generated_from": None,
                "last4": card.last4,
                "networks": {"available": [card.brand], "preferred": None},
                "regulated_status": "unregulated",
                "three_d_secure_usage": {"supported": True},
                "wallet": None,
            },
            "created": draft.now,
            "customer": None,
            "livemode": False,
            "metadata": {},
            "type": "card",
            "_token": token,
            "_on_charge": card.on_charge,
        },
    )


def attach_to(draft: Draft, renderer: Renderer, token_or_id: str, customer_id: str) -> Obj:
    """Attach a card to a customer; a test token makes a new payment method, as at Stripe.

    Raises 402 for a card that the bank declines already when it is saved.
    """
    customer = draft.get("customers", customer_id, param="customer")
    card = TEST_CARDS.get(token_or_id)
    if card is not None:
        if card.on_attach is not None:
            raise card_declined(card.on_attach)
        method = new_card(draft, token_or_id, card)
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
    if token_or_id in TEST_CARDS:
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


def card_that_pays(customer: Obj, subscription: Obj | None) -> str | None:
    """Return the payment method that an invoice is charged to: the subscription's own, else the customer's default."""
    own = subscription["default_payment_method"] if subscription is not None else None
    chosen: str | None = own or customer["invoice_settings"]["default_payment_method"]
    return chosen


def charge(draft: Draft, payment_method: str, *, present: bool = False) -> StripeError | None:
    """Charge the card: None when the bank pays, otherwise a 402 with the reason. A fault that matches goes first.

    `present` is True when the cardholder is there to authenticate if the bank demands it.
    """
    fault = draft.charge_fault()
    if fault is not None:
        return fault
    outcome = draft.get("payment_methods", payment_method)["_on_charge"]
    match outcome:
        case None:
            return None
        case "action_required":
            return None if present else action_required()
        case _:
            return card_declined(outcome)


def set_card_kind(draft: Draft, renderer: Renderer, customer_id: str, kind: str) -> Obj:
    """Make a customer's card good, declining or wanting authentication, and return it.

    A card starts to fail at the bank without a Stripe event. A good card is a new card: it is attached and becomes
    the default everywhere, each with its event.
    """
    default = draft.get("customers", customer_id, in_path=True)["invoice_settings"]["default_payment_method"]
    if kind == "good" or default is None:
        return enter_new_card(draft, renderer, customer_id, kind)
    own = [
        subscription["default_payment_method"]
        for subscription in draft.every("subscriptions")
        if subscription["customer"] == customer_id and subscription["default_payment_method"]
    ]
    for method_id in {default, *own}:
        draft.edit("payment_methods", method_id)["_on_charge"] = CARD_KINDS[kind]
    return draft.edit("payment_methods", default)


_TOKEN_OF_KIND = {
    "good": "pm_card_visa",
    "declining": "pm_card_chargeCustomerFail",
    "action_required": "pm_card_authenticationRequired",
}


def enter_new_card(draft: Draft, renderer: Renderer, customer_id: str, kind: str) -> Obj:
    """Attach a new card of this kind to a customer, and make it the default everywhere."""
    token = _TOKEN_OF_KIND.get(kind)
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


CREATE = shape("type", type=OneOf(("card",)), card=shape("token", token=Text()), metadata=Metadata(), expand=EXPAND)
ATTACH = shape("customer", customer=Text(), expand=EXPAND)
DETACH = shape(expand=EXPAND)
UPDATE = shape(metadata=Metadata(), expand=EXPAND)
LIST = listing(customer=Text(), type=OneOf(("card",)))

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
    return renderer.show(new_card(draft, name, TEST_CARDS[name]))


def retrieve(draft: Draft, renderer: Renderer, method_id: str) -> Obj:
    """GET /v1/payment_methods/{id}; a test token can be retrieved without being attached."""
    if method_id in TEST_CARDS and draft.find("payment_methods", method_id) is None:
        shown = renderer.show(new_card(draft, method_id, TEST_CARDS[method_id]))
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
    draft.emit("payment_method.detached", renderer.show(method), {"customer": owner})
    return renderer.show(method)


def update(draft: Draft, renderer: Renderer, method_id: str, params: Mapping[str, Any]) -> Obj:
    """POST /v1/payment_methods/{id}: only the metadata is implemented."""
    draft.get("payment_methods", method_id, param="payment_method", in_path=True)
    method = draft.edit("payment_methods", method_id)
    if "metadata" in params:
        method["metadata"] = params["metadata"] or {}
    return renderer.show(method)
