"""An address gets at most five code mails an hour from unknown browsers: three from a browser, four from a network.

A known browser has a reserve of ten an hour, which no stranger can use up. A request beyond these limits gets the same
response as any other; nothing is mailed, and the code that its browser has stays good. A browser that signs in is known
from then on, also for the mails that it caused before.

A link lives as long as the limits count, and a mail whose code or link was used counts no more. So when strangers have
used up the mails of the hour, the newest of them is in the mailbox, and its link signs the owner in, in any browser:
nobody is locked out by the mails of others.

Spellings of one mailbox with a plus-tag share five mails an hour, unless somebody has signed in with the spelling: a
stranger who signs up with many of them floods nobody, and takes no mail from the address without a tag.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

WINDOW = timedelta(hours=1)
LINK_LIFE = WINDOW
"""A shorter life would leave the owner without a link and without a new mail."""


@dataclass(frozen=True, slots=True)
class CodeMailLimits:
    """Code mails an hour for one address. Unproven spellings of a mailbox have those of an address together."""

    per_address: int
    per_browser: int
    per_network: int
    per_known_browser: int


@dataclass(frozen=True, slots=True)
class CodeMail:
    """A code mail of the last hour, or the one that is requested now, by what caused it."""

    browser: bytes
    network: bytes
    known: bool


def is_mailed(earlier: Sequence[CodeMail], request: CodeMail, limits: CodeMailLimits) -> bool:
    """Whether a code is mailed for this request. `earlier`: the address's unused mails of the last hour."""
    by_browser = sum(1 for mail in earlier if mail.browser == request.browser)
    if request.known:
        return by_browser < limits.per_known_browser
    of_strangers = [mail for mail in earlier if not mail.known]
    by_network = sum(1 for mail in of_strangers if mail.network == request.network)
    return (
        len(of_strangers) < limits.per_address and by_browser < limits.per_browser and by_network < limits.per_network
    )


def is_one_spelling_too_many(
    email: str, mailbox: str, spellings_mailed: int, limits: CodeMailLimits, *, is_proven: bool
) -> bool:
    """Whether a recorded code is not mailed after all: it would go to one unproven spelling of a mailbox too many."""
    return email != mailbox and not is_proven and spellings_mailed >= limits.per_address
