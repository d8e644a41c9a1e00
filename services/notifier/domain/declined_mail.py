"""The people whom a declined purchase leaves Blocked belong to its one mail, and not to the digest.

A person who logs in later, while Auto-Add is paused, waits for no purchase and is named in the digest. So is a person
whose wait ended after a day: no purchase was declined.
"""

from __future__ import annotations

from uuid import UUID

from contracts.vocabulary import BlockedDetail, BlockedReason, StripeFault


def is_named_in_declined_mail(reason: BlockedReason, detail: BlockedDetail | None, operation_id: UUID | None) -> bool:
    """Whether a declined purchase's mail names this Blocked person; `operation_id` is the purchase they waited for."""
    if operation_id is None:
        return False
    if reason is BlockedReason.BILLING_UNAVAILABLE:
        return isinstance(detail, StripeFault)
    return reason in {
        BlockedReason.PAYMENT_DECLINED,
        BlockedReason.PAYMENT_ACTION_REQUIRED,
        BlockedReason.PAST_DUE,
    }
