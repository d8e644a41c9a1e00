"""The activity log's entries of what members publishes."""

from __future__ import annotations

from contracts import members, members_agencies, members_erasure, members_invitations, members_requests, moving_line
from contracts.vocabulary import BaaStage, MemberStatus
from services.gateway.model.activity import Change, Kind
from services.gateway.projection.activity.entry import (
    LogEntry,
    always,
    details_values,
    its_member,
    no_invoice,
    no_values,
    nobody,
    status_values,
)
from services.gateway.texts.activity import of_members

# Without an annotation: with one, mypy would not compare an entry's functions with the type of its event.
ENTRIES = (
    LogEntry(
        event=members_agencies.AgencyFounded,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change(None, {"name": event.name, "domain": event.domain}),
        members=lambda event: (event.admin_id,),
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members.SignedUp,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change(None, {"status": MemberStatus.PENDING_LOGIN, "seatType": event.seat_type}),
        members=its_member,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members.DetailsChanged,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change(details_values(event.before), details_values(event)),
        members=its_member,
        invoice=no_invoice,
        recorded_if=lambda event: details_values(event.before) != details_values(event),
    ),
    LogEntry(
        event=members.SignUpRejected,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=no_values,
        members=its_member,
        invoice=no_invoice,
        # A removed member tries to come back. A sign-up with any other known address changes nothing.
        recorded_if=lambda event: event.status is MemberStatus.REMOVED,
    ),
    LogEntry(
        event=members.Activated,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change(
            status_values(event.before), {"status": MemberStatus.ACTIVE, "planType": event.seat_type}
        ),
        members=its_member,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members.Blocked,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change(
            status_values(event.before), {"status": MemberStatus.BLOCKED, "blockedReason": event.reason}
        ),
        members=its_member,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members_requests.Approved,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=no_values,
        members=its_member,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=moving_line.MovingLineSet,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change({"movingLine": event.before}, {"movingLine": event.enabled}),
        members=nobody,
        invoice=no_invoice,
        recorded_if=lambda event: event.before is not event.enabled,
    ),
    LogEntry(
        event=members.RoleChanged,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change({"role": event.before}, {"role": event.role}),
        members=its_member,
        invoice=no_invoice,
        recorded_if=lambda event: event.before is not event.role,
    ),
    LogEntry(
        event=members.Removed,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change(
            {"status": event.before, "planType": event.plan_type}, {"status": MemberStatus.REMOVED, "planType": None}
        ),
        members=its_member,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members_invitations.Invited,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change(
            status_values(event.before),
            {"status": MemberStatus.INVITED, "seatType": event.seat_type, "role": event.role},
        ),
        members=its_member,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members_invitations.InviteAccepted,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=no_values,
        members=its_member,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members_erasure.Erased,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=no_values,
        members=its_member,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members_agencies.DomainChanged,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change({"domain": event.before}, {"domain": event.domain}),
        members=nobody,
        invoice=no_invoice,
        recorded_if=lambda event: event.before != event.domain,
    ),
    LogEntry(
        event=members_agencies.AgencyRenamed,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change({"name": event.before}, {"name": event.name}),
        members=nobody,
        invoice=no_invoice,
        recorded_if=lambda event: event.before != event.name,
    ),
    LogEntry(
        event=members_agencies.BaaSigned,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change({"baaVersion": None}, {"baaVersion": event.version}),
        members=nobody,
        invoice=no_invoice,
        recorded_if=lambda event: not event.again,
    ),
    LogEntry(
        event=members_agencies.BaaOutdated,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_members.sentence,
        change=no_values,
        members=nobody,
        invoice=no_invoice,
        # The reminder in between is a mail only.
        recorded_if=lambda event: event.stage is not BaaStage.NEAR,
    ),
)
