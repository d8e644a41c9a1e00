"""The first steps of a new agency, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.gateway.domain.first_steps import Step

TITLE = "First steps"
DONE = "Done"


@dataclass(frozen=True, slots=True)
class StepText:
    """The label of the link to the step, and its purpose."""

    label: str
    purpose: str


STEPS: Mapping[Step, StepText] = {
    Step.SIGN_BAA: StepText("Sign the BAA", "It unlocks invitations, seat changes, and Auto-Add."),
    Step.SHARE_SIGN_UP_LINK: StepText(
        "Share the sign-up link", "Clinicians with your email domain pick a seat and join without an invitation."
    ),
    Step.INVITE: StepText("Invite people by email", "Do this for anybody whose address is on another domain."),
    Step.AUTO_ADD: StepText(
        "Decide about Auto-Add", "When ON, a first login that finds no free seat buys one, so that nobody is blocked."
    ),
    Step.BILLING_EMAIL: StepText(
        "Check the billing email", "You find it in the Billing Portal, beside the card and the invoices."
    ),
}
