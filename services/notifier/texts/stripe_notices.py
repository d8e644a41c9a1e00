"""The words of the mails about what happened to a subscription at Stripe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.wording import both_types

if TYPE_CHECKING:
    from services.notifier.mails.news import StripeNews


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """A mail's words. `what` happened, the figures that go with it, and what we `did` or what to do."""

    subject: str
    heading: str
    what: str
    figures: tuple[tuple[str, str], ...]
    did: str


def notice_words(news: StripeNews, agency: str) -> NoticeWords:
    """The words about this news for the admins of the agency, whose name is ready to be shown."""
    return NoticeWords(
        subject=f"An edit of the seats of {agency} at Stripe was replaced",
        heading="An edit at Stripe was replaced",
        what=f"Somebody changed the seats of {agency} at Stripe in the same moment as a change was made here.",
        figures=(("Set at Stripe", both_types(news.edited)), ("Now", both_types(news.after))),
        did="the change made here came last and replaced the edit. If the edit was meant, save those numbers in"
        " Seats & Billing. The edit may have made an invoice of its own: see Invoices there.",
    )
