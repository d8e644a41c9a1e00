"""The words of the mails about what happened to a subscription at Stripe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from contracts.amounts import money, money_per_cycle
from contracts.moments import day, day_of_year
from contracts.wording import both_types
from services.notifier.mails.news import DisputeLost, EditOverwritten, End, Repriced, StripeNews


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
        case End():
            return _end(news, agency)
        case DisputeLost():
            return _dispute_lost(news, agency)
        case never:
            assert_never(never)


def _repriced(news: Repriced, agency: str) -> NoticeWords:
    moved = news.cycle_before is not None and news.cycle_before is not news.cycle
    what, verb = ("billing cycle", "switched") if moved else ("price", "changed")
    now = money_per_cycle(news.total, news.cycle, news.currency)
    figures = [("New total", now)]
    if news.total_before is not None:
        before = money_per_cycle(news.total_before, news.cycle_before or news.cycle, news.currency)
        figures.insert(0, ("Total before", before))
    return NoticeWords(
        subject=f"The {what} of {agency} was {verb} at Stripe: {now} now",
        heading=f"The {what} was {verb} at Stripe",
        what=f"The {what} of {agency} was {verb} at Stripe, not on our pages.",
        figures=tuple(figures),
        did="we show the new total. Your seats are the same, and we changed nothing at Stripe.",
    )


_AFTER_THE_END = (
    "people who are Active keep their access, and nothing more is charged. From that day on, first logins are blocked"
    " and no seat can be bought."
)


def _end(news: End, agency: str) -> NoticeWords:
    on, figures = day(news.at), (("Ends on", day(news.at)),)
    match news.what:
        case "scheduled":
            return NoticeWords(
                subject=f"The subscription of {agency} ends on {day_of_year(news.at)}",
                heading=f"The subscription ends on {on}",
                what=f"The end of the subscription of {agency} was set at Stripe.",
                figures=figures,
                did=f"nothing yet. On {on}, {_AFTER_THE_END} If the end is not meant, ask us to take it back.",
            )
        case "near":
            return NoticeWords(
                subject=f"The subscription of {agency} ends in 7 days, on {day_of_year(news.at)}",
                heading="The subscription ends in 7 days",
                what=f"The subscription of {agency} ends in 7 days, on {on}, as was set at Stripe.",
                figures=figures,
                did=f"nothing yet. On {on}, {_AFTER_THE_END} If the end is not meant, ask us to take it back.",
            )
        case "taken_back":
            return NoticeWords(
                subject=f"The subscription of {agency} goes on",
                heading="The subscription goes on",
                what=f"The end of the subscription of {agency} on {on} was taken back at Stripe.",
                figures=(),
                did="nothing had to be done. Seats are bought and renewed as before.",
            )
        case never:
            assert_never(never)


def _dispute_lost(news: DisputeLost, agency: str) -> NoticeWords:
    invoice = (("Invoice", news.number),) if news.number is not None else ()
    return NoticeWords(
        subject=f"A disputed payment of {agency} was returned: Auto-Add is paused",
        heading="A disputed payment was returned",
        what=f"A payment of {agency} was disputed, and the bank has returned it to the card's owner.",
        figures=(*invoice, ("Returned", money(news.amount, news.currency))),
        did="nobody loses access, but Auto-Add buys nothing. Settle the payment with us, and then press Try again in"
        " Seats & Billing.",
    )
