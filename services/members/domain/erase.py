"""Only a Removed member can be erased. The row stays without name and address, and the mailbox is nobody's.

An admin or the operator may do it, and it cannot be undone. Erasing somebody again repeats the work in every service.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.member_rejections import UnknownMember, WrongStatus
from contracts.personal import ERASED_NAME, erased_address
from contracts.vocabulary import Actor, ActorKind, MemberStatus
from services.members.domain.admin_action import AdminRequest, Reject, admin_action
from services.members.domain.agency import Agency, Member, comes_back, stands


@dataclass(frozen=True, slots=True)
class Erased:
    """The member and the agency without the name. `mailbox` and `signature` are what they were until now."""

    member: Member
    agency: Agency
    mailbox: str
    signature: str | None


def erase(request: AdminRequest, actor: Actor) -> Erased | Reject:
    """Decide the command. The signature under the BAA stays, without the name of the person who signed."""
    subject, agency = _allowed(request, actor), request.agency
    if isinstance(subject, Reject):
        return subject
    if comes_back(subject):
        return Reject(WrongStatus(subject.status, waits=1))
    if subject.status is not MemberStatus.REMOVED or agency is None:
        return Reject(WrongStatus(subject.status, requested="erase"))
    gone = replace(subject, email=erased_address(subject.id), name=ERASED_NAME, removal=None)
    if agency.baa is None or agency.baa.signer_id != subject.id:
        return Erased(gone, agency, subject.mailbox, None)
    unsigned = replace(agency.baa, signer_name=ERASED_NAME, signer_title=ERASED_NAME)
    return Erased(gone, replace(agency, baa=unsigned), subject.mailbox, agency.baa.signer_name)


def _allowed(request: AdminRequest, actor: Actor) -> Member | Reject:
    if actor.kind is not ActorKind.OPERATOR:
        return admin_action(request, ends_an_admin=False)
    if not stands(request.agency):
        return Reject(WrongStatus(agency="unknown" if request.agency is None else "refused"))
    return request.subject or Reject(UnknownMember())
