"""Stripe's test cards and test bank accounts: how each behaves when it is saved, charged and settled."""

from dataclasses import dataclass

from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.world import Draft, Obj


@dataclass(frozen=True)
class TestMethod:
    """How a test method behaves: `on_attach` and `on_charge` are decline codes, "action_required", or None for good.

    A bank account has no brand; its debit is refused days after the charge where `on_settle` is True.
    """

    brand: str | None = "visa"
    last4: str = "4242"
    on_attach: str | None = None
    on_charge: str | None = None
    on_settle: bool = False


def _declines_at_once(decline_code: str, last4: str) -> TestMethod:
    return TestMethod(last4=last4, on_attach=decline_code, on_charge=decline_code)


# Stripe's documentation, "Test card numbers", "Declined payments" and "ACH Direct Debit: Test your integration".
TEST_METHODS = {
    "pm_card_visa": TestMethod(),
    "pm_card_mastercard": TestMethod(brand="mastercard", last4="4444"),
    "pm_card_amex": TestMethod(brand="amex", last4="8431"),
    "pm_card_visa_debit": TestMethod(last4="5556"),
    "pm_card_chargeCustomerFail": TestMethod(last4="0341", on_charge="generic_decline"),
    "pm_card_authenticationRequired": TestMethod(last4="3184", on_charge="action_required"),
    "pm_card_threeDSecure2Required": TestMethod(last4="3220", on_charge="action_required"),
    "pm_card_visa_chargeDeclined": _declines_at_once("generic_decline", "0002"),
    "pm_card_chargeDeclined": _declines_at_once("generic_decline", "0002"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": _declines_at_once("insufficient_funds", "9995"),
    "pm_card_chargeDeclinedInsufficientFunds": _declines_at_once("insufficient_funds", "9995"),
    "pm_card_chargeDeclinedExpiredCard": _declines_at_once("expired_card", "0069"),
    "pm_card_chargeDeclinedIncorrectCvc": _declines_at_once("incorrect_cvc", "0127"),
    "pm_card_chargeDeclinedProcessingError": _declines_at_once("processing_error", "0119"),
    "pm_usBankAccount_success": TestMethod(brand=None, last4="6789"),
    "pm_usBankAccount_insufficientFunds": TestMethod(brand=None, last4="2227", on_settle=True),
}

# The kinds of card that the stand-in's controls name, and the two kinds of bank account.
CARD_KINDS: dict[str, str | None] = {"good": None, "declining": "generic_decline", "action_required": "action_required"}
TOKEN_OF_KIND = {
    "good": "pm_card_visa",
    "declining": "pm_card_chargeCustomerFail",
    "action_required": "pm_card_authenticationRequired",
    "bank_debit": "pm_usBankAccount_success",
    "bank_debit_failing": "pm_usBankAccount_insufficientFunds",
}

_EXPIRES_YEAR = 2034


def named(method: Obj, joint: str = " ending in ") -> str:
    """Name a payment method for people."""
    if method["type"] == "card":
        return f"{method['card']['brand'].capitalize()}{joint}{method['card']['last4']}"
    return f"Bank account{joint}{method['us_bank_account']['last4']}"


def new_method(draft: Draft, token: str, test: TestMethod) -> Obj:
    """Add a payment method that behaves as the test method says."""
    kind = {"type": "card", "card": _card(test)} if test.brand else _bank_account(test)
    return draft.add(
        "payment_methods",
        {
            "id": new_id("pm"),
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
            "created": draft.now,
            "customer": None,
            "livemode": False,
            "metadata": {},
            **kind,
            "_token": token,
            "_on_charge": test.on_charge,
            "_on_settle": test.on_settle,
        },
    )


def _card(test: TestMethod) -> Obj:
    return {
        "brand": test.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": test.brand,
        "exp_month": 12,
        "exp_year": _EXPIRES_YEAR,
        "fingerprint": f"standin{test.last4}",
        "funding": "credit",
        "generated_from": None,
        "last4": test.last4,
        "networks": {"available": [test.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _bank_account(test: TestMethod) -> Obj:
    account = {
        "account_holder_type": "company",
        "account_type": "checking",
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "fingerprint": f"standin{test.last4}",
        "last4": test.last4,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": "110000000",
        "status_details": None,
    }
    return {"type": "us_bank_account", "us_bank_account": account}
