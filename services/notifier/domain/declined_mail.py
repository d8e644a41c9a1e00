"""A declined purchase is one mail whatever it was to serve: whom it leaves Blocked is named there, not in the digest.

Who arrives later, while Auto-Add is paused, waited for no purchase and goes into the digest with that reason.
"""

from __future__ import annotations

from uuid import UUID

from contracts.vocabulary import BlockedReason


def is_told_by_the_declined_mail(reason: BlockedReason, operation_id: UUID | None) -> bool:
    """Whether somebody Blocked now is named in a declined purchase's mail; `operation_id` is what they waited for."""
    if operation_id is None:
        return False
    return reason in {BlockedReason.PAYMENT_DECLINED, BlockedReason.PAST_DUE}
