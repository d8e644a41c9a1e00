"""The digest of the clinicians who were Blocked: its timer, and its mail when it is due."""

from __future__ import annotations

from chassis.actor import ActorContext
from contracts.vocabulary import BlockedReason
from services.notifier.domain.digest import Digest
from services.notifier.mailing import DIGEST, as_named, mail_admins
from services.notifier.mails import member_kinds, parts
from services.notifier.mails.payloads import DigestTimer
from services.notifier.state import Agency, Person


def digest_due(agency: Agency, timer: DigestTimer, ctx: ActorContext) -> None:
    """Mail the digest if it is due. If a later event has postponed it, set the timer again."""
    digest = agency.digest
    if digest is None or digest.id != timer.digest_id:
        return
    if not digest.is_due(ctx.now):
        set_timer(digest, ctx)
        return
    agency.set_digest(None)
    people = agency.in_digest(digest.id)
    if people:
        more = agency.digest_count - len(people)
        mail = member_kinds.CliniciansBlocked(agency.display_name, tuple(_blocked(person) for person in people), more)
        mail_admins(agency, mail, digest.id, ctx)


def set_timer(digest: Digest, ctx: ActorContext) -> None:
    """Set the timer at which the digest is due; it replaces an earlier one of the digest."""
    timer = DigestTimer(digest_id=digest.id)
    ctx.task(DIGEST, timer, lane=DIGEST, run_at=digest.due_at, key=f"{DIGEST}:{digest.id}")


def _blocked(person: Person) -> parts.BlockedPerson:
    reason = person.blocked_reason or BlockedReason.NO_SEAT_AVAILABLE
    return parts.BlockedPerson(as_named(person), reason, person.blocked_detail)
