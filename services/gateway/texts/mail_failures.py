"""Mails that could not be delivered, in words for admins. The mail server's own text stands in quotes."""

from __future__ import annotations

from contracts.wording import isolated

INVITATION = "invitation"
_TO_DO = "Check the address, correct it if it is wrong, and re-invite."


def could_not_be_delivered(reason: str) -> str:
    """Why a mail did not arrive, as the end of a sentence."""
    return f"could not be delivered: “{isolated(reason)}”"


def on_the_row(reason: str) -> str:
    """The mark on the row of the member, with what to do."""
    return f"Email {could_not_be_delivered(reason)}. {_TO_DO}"
