"""An invitation can be taken back until it is accepted. A member who has accepted is only ever removed."""

from __future__ import annotations

from datetime import datetime

from contracts.member_rejections import WrongStatus
from contracts.vocabulary import MemberStatus
from services.members.domain.admin_action import AdminRequest, Reject, admin_action
from services.members.domain.remove import Removed, remove


def cancel_invitation(request: AdminRequest, now: datetime) -> Removed | Reject:
    """Decide the command: the invited person is removed, and holds and waits for nothing."""
    subject = admin_action(request, ends_an_admin=False)
    if isinstance(subject, Reject):
        return subject
    if subject.status is not MemberStatus.INVITED or subject.waiting:
        return Reject(WrongStatus(subject.status, requested="cancel_invitation"))
    return remove(request, now)
