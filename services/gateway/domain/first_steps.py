"""A new agency has first steps: sign the BAA, bring people in, and look at Auto-Add and the billing email.

The steps are done when the BAA is signed and somebody besides the first admin is in, or invited. Auto-Add and the
billing email are worth a look, and hold nothing up: OFF is a decision too, and only Stripe knows the email.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """The steps, in the order in which they are best done."""

    SIGN_BAA = "sign_baa"
    SHARE_SIGN_UP_LINK = "share_sign_up_link"
    INVITE = "invite"
    AUTO_ADD = "auto_add"
    BILLING_EMAIL = "billing_email"


@dataclass(frozen=True, slots=True)
class FirstStep:
    """A step of the list, and whether it is done."""

    step: Step
    done: bool


def first_steps(*, baa_signed: bool, others: int, auto_add: bool) -> tuple[FirstStep, ...]:
    """The list; empty once the steps are done. `others`: the members besides the admin, the invited among them."""
    if baa_signed and others:
        return ()
    done = {Step.SIGN_BAA: baa_signed, Step.SHARE_SIGN_UP_LINK: bool(others), Step.AUTO_ADD: auto_add}
    return tuple(FirstStep(step, done.get(step, False)) for step in Step)
