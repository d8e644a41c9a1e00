"""The help center's own words, beside its pages."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.wording import counted, isolated


@dataclass(frozen=True, slots=True)
class HelpLink:
    """A link to the section of a help page that explains what a person is about to do."""

    label: str
    address: str


_AUTO_ADD, _SEATS = "/help/auto-add-seats", "/help/managing-seats-and-billing"
AUTO_ADD = HelpLink("How Auto-Add works", _AUTO_ADD)
BLOCKED = HelpLink("What Blocked means", f"{_AUTO_ADD}#what-happens-when-auto-add-is-off-and-capacity-is-hit")
BILLING = HelpLink("How seats and billing work", _SEATS)
REINVITE = HelpLink("Who counts toward your seats", f"{_SEATS}#cap-behavior-only-active-counts")
SWAP = HelpLink("How changing a seat works", f"{_SEATS}#change-a-member-s-seat-type")
ROLE = HelpLink("How roles work", f"{_SEATS}#promote-a-clinician-to-admin-and-vice-versa")
LINKS = (AUTO_ADD, BLOCKED, BILLING, REINVITE, SWAP, ROLE)


def results(count: int, q: str) -> str:
    """How many sections a search has found."""
    return f"Nothing matches “{isolated(q)}”" if not count else f"{counted(count, 'result')} for “{isolated(q)}”"
