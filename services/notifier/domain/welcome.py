"""The first admin of a new agency gets one welcome mail, when the agency is open and they hold a seat.

Only the first admin is an admin before they are Active for the first time, so the mail is sent once for an agency.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from contracts.vocabulary import MemberStatus, Role

WELCOME_AFTER: Final = timedelta(minutes=1)
"""The mail waits for so long: the admin is signing in, and is to find the code's mail without another beside it."""


def is_welcomed(role: Role, before: MemberStatus) -> bool:
    """Whether a person who becomes Active now is the first admin. `role` and `before` are those until now."""
    return role is Role.ADMIN and before is MemberStatus.PENDING_LOGIN
