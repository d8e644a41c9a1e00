"""Configurations of payment methods: which of them a page of Stripe's offers, by their display preferences.

[API: Payment Method Configurations; changelog 2025-11-17.clover: a payment method configuration in the customer portal]
Those that are implemented are cards, and bank accounts of the USA. A preference that is left out is the account's.
"""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.parameters import EXPAND, Flag, OneOf, Text, listing, shape
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.test_methods import TEST_METHODS, TOKEN_OF_KIND
from deploy.local.stripe_standin.world import Draft, Obj

# The payment methods that can be saved for later charges, and whether the account offers them.
_METHODS = {
    "acss_debit": "off",
    "amazon_pay": "off",
    "apple_pay": "on",
    "au_becs_debit": "off",
    "bacs_debit": "off",
    "card": "on",
    "cashapp": "off",
    "customer_balance": "off",
    "google_pay": "on",
    "kakao_pay": "off",
    "kr_card": "off",
    "link": "on",
    "naver_pay": "off",
    "nz_bank_account": "off",
    "paypal": "off",
    "payto": "off",
    "revolut_pay": "off",
    "sepa_debit": "off",
    "us_bank_account": "on",
}
PATH = "/v1/payment_method_configurations"
LISTED = ("method_configurations", PATH)
_PREFERENCE = shape(display_preference=shape(preference=OneOf(("none", "off", "on"))))
CREATE = shape(name=Text(), expand=EXPAND, **dict.fromkeys(_METHODS, _PREFERENCE))
LIST = listing(active=Flag())


def create(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/payment_method_configurations."""
    configuration: Obj = {
        "id": new_id("pmc"),
        "object": "payment_method_configuration",
        "active": True,
        "application": None,
        "is_default": False,
        "livemode": False,
        "name": params.get("name", ""),
        "parent": None,
    }
    for method, usual in _METHODS.items():
        preference = params.get(method, {}).get("display_preference", {}).get("preference", "none")
        value = usual if preference == "none" else preference
        shown = {"overridable": None, "preference": preference, "value": value}
        configuration[method] = {"available": value == "on", "display_preference": shown}
    draft.add("method_configurations", configuration)
    return renderer.show(configuration)


def offers(draft: Draft, configuration_id: str | None, method: str) -> bool:
    """Whether a page with this configuration offers a payment method; without one, the account's is used."""
    if configuration_id is None:
        return _METHODS[method] == "on"
    configuration = draft.get("method_configurations", configuration_id)
    return bool(configuration[method]["display_preference"]["value"] == "on")


def type_of_kind(kind: str) -> str:
    """Return the type of the payment method that the stand-in's pages name with this word."""
    test = TEST_METHODS.get(TOKEN_OF_KIND.get(kind, ""))
    return "us_bank_account" if test is not None and test.brand is None else "card"
