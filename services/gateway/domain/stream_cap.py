"""A session has at most 8 open streams, and a member at most 16: a page needs one, and each asks the database.

Without the cap one person could hold so many that everybody's changes come late.
"""

from __future__ import annotations

MOST_OF_A_SESSION = 8
MOST_OF_A_MEMBER = 16
"""Over all sessions and API keys of the member, in one process."""


def has_room_for_a_stream(of_session: int, of_member: int) -> bool:
    """Whether a session and its member with so many open streams may open another."""
    return of_session < MOST_OF_A_SESSION and of_member < MOST_OF_A_MEMBER
