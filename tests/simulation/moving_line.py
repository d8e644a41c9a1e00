"""The line that moves by itself: at rest, nobody is Blocked for want of a seat that is free."""

from __future__ import annotations

from database.postgres import Db
from services.members.domain.moving_line import DECIDED_BY_ADMINS
from tests.simulation.invariants import Violation

_LEFT_BEHIND = """
SELECT m.agency_id, m.member_id, m.seat_type, m.seat_offered FROM members.members m
JOIN members.agencies a USING (agency_id) JOIN members.capacities c USING (agency_id)
JOIN seats.ledgers l USING (agency_id)
WHERE a.moving_line AND NOT a.rejected AND c.frozen IS NULL
  AND m.status = 'blocked' AND m.blocked_reason <> ALL($1)
  AND CASE m.seat_type WHEN 'base' THEN l.policy_base ELSE l.policy_voice END IS DISTINCT FROM 'approve_each'
  AND CASE m.seat_type WHEN 'base' THEN c.purchased_base - c.active_base - c.waiting_base
                       ELSE c.purchased_voice - c.active_voice - c.waiting_voice END > 0
"""


async def the_line_has_moved(db: Db) -> None:
    """Check that each free seat of a line that moves has gone to somebody who was Blocked for want of it."""
    for row in await db.fetch(_LEFT_BEHIND, [str(reason) for reason in DECIDED_BY_ADMINS]):
        offered = "was offered one" if row["seat_offered"] else "was offered none"
        raise Violation(
            "the line moves",
            f"{row['agency_id']}: {row['member_id']} is Blocked beside a free {row['seat_type']} seat, and {offered}",
        )
