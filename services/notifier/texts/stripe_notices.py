"""The words of the mails about what happened to a subscription at Stripe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from contracts.wording import both_types, per_cycle
from services.notifier.mails.news import EditOverwritten, Repriced, StripeNews


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
    match news:
        case EditOverwritten():
            return NoticeWords(
                subject=f"An edit of the seats of {agency} at Stripe was replaced",
                heading="An edit at Stripe was replaced",
                what=f"Somebody changed the seats of {agency} at Stripe in the same moment as a change was made here.",
                figures=(("Set at Stripe", both_types(news.edited)), ("Now", both_types(news.after))),
                did="the change made here came last and replaced the edit. If the edit was meant, save those numbers in"
                " Seats & Billing. The edit may have made an invoice of its own: see Invoices there.",
            )
        case Repriced():
            return _repriced(news, agency)
        case never:
            assert_never(never)


def _repriced(news: Repriced, agency: str) -> NoticeWords:
    moved = news.cycle_before is not None and news.cycle_before is not news.cycle
    what, verb = ("billing cycle", "switched") if moved else ("price", "changed")
    now = per_cycle(news.total, news.cycle)
    figures = [("New total", now)]
    if news.total_before is not None:
        figures.insert(0, ("Total before", per_cycle(news.total_before, news.cycle_before or news.cycle)))
    return NoticeWords(
        subject=f"The {what} of {agency} was {verb} at Stripe: {now} now",
        heading=f"The {what} was {verb} at Stripe",
        what=f"The {what} of {agency} was {verb} at Stripe, not on our pages.",
        figures=tuple(figures),
        did="we show the new total. Your seats are the same, and we changed nothing at Stripe.",
    )
