"""Every mail with sample data: for the page that shows them, and for looking at them in a browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from contracts.vocabulary import (
    BillingCycle,
    BlockedReason,
    FrozenReason,
    MemberStatus,
    Quantities,
    RejectionCode,
    Role,
    SeatType,
)
from services.notifier.mails.branding import Branding
from services.notifier.mails.kinds import (
    AccountExists,
    BlockedPerson,
    CliniciansBlocked,
    CodesLimited,
    Invitation,
    InvoiceLink,
    LoginCode,
    Mail,
    PaymentDeclined,
    PaymentFailed,
    PaymentRecovered,
    Person,
    Removed,
    RoleChanged,
    SeatsAutoAdded,
    SeatsChangedExternally,
    Settled,
    StripeTimedOut,
    SubscriptionEnded,
    YouAreIn,
)
from services.notifier.mails.rendering import Renderer, Words

_AGENCY = "Northside Pediatrics"
_NAMES = (
    "Mia Chen",
    "Noah Okafor",
    "Dr. Alexandra Papadopoulos-Richardson",
    "Lena Fischer",
    "Omar Haddad",
    "Priya Raman",
    "Sam O'Neill",
    "Zoë Müller",
)


def _people(count: int) -> tuple[Person, ...]:
    types = (SeatType.VOICE, SeatType.BASE)
    return tuple(
        Person(_NAMES[n % len(_NAMES)], f"clinician{n + 1}@northside.example", types[n % 2]) for n in range(count)
    )


def _invitation(public_url: str, before: MemberStatus | None) -> Invitation:
    return Invitation(
        agency=_AGENCY,
        name="Mia Chen",
        inviter="Robin Hale",
        seat_type=SeatType.VOICE,
        role=Role.CLINICIAN,
        before=before,
        link=f"{public_url}/invite/sample",
        expires_at=datetime(2026, 3, 16, 14, 5, tzinfo=UTC),
    )


def samples(public_url: str) -> Mapping[str, Mail]:
    """A mail of each kind, and each kind's other faces, by a name for the page."""
    one, twelve = _people(1), _people(12)
    invoice = InvoiceLink("R-0042", "https://invoice.example/R-0042")
    full, card = BlockedReason.NO_SEAT_AVAILABLE, BlockedReason.PAYMENT_DECLINED
    silent_since = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
    return {
        "login-code": LoginCode("0412", f"{public_url}/login/sample", 10),
        "invitation": _invitation(public_url, None),
        "invitation-admin": replace(_invitation(public_url, None), inviter=None, role=Role.ADMIN),
        "invitation-again": _invitation(public_url, MemberStatus.INVITED),
        "invitation-blocked": _invitation(public_url, MemberStatus.BLOCKED),
        "account-exists-active": AccountExists(_AGENCY, "Mia Chen", MemberStatus.ACTIVE),
        "account-exists-invited": AccountExists(_AGENCY, "Mia Chen", MemberStatus.INVITED),
        "account-exists-blocked": AccountExists(_AGENCY, "Mia Chen", MemberStatus.BLOCKED),
        "account-exists-removed": AccountExists(_AGENCY, "Mia Chen", MemberStatus.REMOVED),
        "seats-auto-added-one": SeatsAutoAdded(
            _AGENCY, one, Quantities(4, 4), Quantities(4, 5), 3120, 38891, BillingCycle.MONTHLY, invoice
        ),
        "seats-auto-added-many": SeatsAutoAdded(
            _AGENCY, twelve, Quantities(4, 5), Quantities(10, 11), 48213, 1062712, BillingCycle.ANNUAL, invoice
        ),
        "seats-auto-added-unsettled": SeatsAutoAdded(
            _AGENCY, one, Quantities(4, 4), Quantities(4, 5), 0, 38891, BillingCycle.MONTHLY, None, unsettled=True
        ),
        "seats-auto-added-for-nothing": SeatsAutoAdded(
            _AGENCY, one, Quantities(4, 4), Quantities(4, 5), 0, 38891, BillingCycle.MONTHLY, None
        ),
        "seats-auto-added-nobody": SeatsAutoAdded(
            _AGENCY, (), Quantities(4, 4), Quantities(4, 5), 3120, 38891, BillingCycle.MONTHLY, invoice
        ),
        "clinicians-blocked-one": CliniciansBlocked(_AGENCY, (BlockedPerson(one[0], full),)),
        "clinicians-blocked-many": CliniciansBlocked(_AGENCY, tuple(BlockedPerson(who, full) for who in twelve)),
        "clinicians-blocked-paused": CliniciansBlocked(_AGENCY, tuple(BlockedPerson(who, card) for who in twelve[:2])),
        "payment-declined": PaymentDeclined(_AGENCY, RejectionCode.PAYMENT_DECLINED, "insufficient_funds", twelve[:3]),
        "payment-action-required": PaymentDeclined(_AGENCY, RejectionCode.PAYMENT_ACTION_REQUIRED, None, one),
        "payment-failed-renewal": PaymentFailed(_AGENCY, 38891, invoice, "expired_card", settling=False),
        "payment-failed-settling": PaymentFailed(_AGENCY, 21840, invoice, None, settling=True),
        "payment-recovered": PaymentRecovered(_AGENCY, twelve[:3]),
        "payment-recovered-nobody": PaymentRecovered(_AGENCY, ()),
        "settled": Settled(_AGENCY, Quantities(2, 5), 21840, invoice),
        "seats-changed-elsewhere": SeatsChangedExternally(
            _AGENCY, Quantities(4, 5), Quantities(4, 8), 49490, BillingCycle.MONTHLY, None, thawed=False
        ),
        "seats-changed-elsewhere-frozen": SeatsChangedExternally(
            _AGENCY, Quantities(4, 8), Quantities(4, 5), 38891, BillingCycle.MONTHLY, Quantities(4, 7), thawed=False
        ),
        "seats-changed-elsewhere-thawed": SeatsChangedExternally(
            _AGENCY, Quantities(4, 5), Quantities(4, 8), 533000, BillingCycle.ANNUAL, None, thawed=True
        ),
        "seats-changed-elsewhere-learnt": SeatsChangedExternally(
            _AGENCY, None, Quantities(4, 5), None, None, Quantities(4, 7), thawed=False
        ),
        "subscription-ended": SubscriptionEnded(_AGENCY, FrozenReason.SUBSCRIPTION_CANCELED),
        "subscription-ended-deleted": SubscriptionEnded(_AGENCY, FrozenReason.CUSTOMER_DELETED),
        "subscription-ended-operator": SubscriptionEnded(_AGENCY, FrozenReason.SUBSCRIPTION_CANCELED, to_operator=True),
        "stripe-silent": StripeTimedOut(_AGENCY, silent_since, twelve[:2]),
        "you-are-in": YouAreIn(_AGENCY, "Mia Chen", SeatType.VOICE),
        "role-changed-admin": RoleChanged(_AGENCY, "Mia Chen", Role.ADMIN),
        "role-changed-clinician": RoleChanged(_AGENCY, "Mia Chen", Role.CLINICIAN),
        "role-changed-operator": RoleChanged(_AGENCY, "Mia Chen", Role.ADMIN, by_operator=True),
        "role-changed-self": RoleChanged(_AGENCY, "Mia Chen", Role.CLINICIAN, by_self=True),
        "removed": Removed(_AGENCY, "Mia Chen"),
        "removed-admin": Removed(_AGENCY, "Mia Chen", was_admin=True),
        "removed-blocked": Removed(_AGENCY, "Mia Chen", MemberStatus.BLOCKED),
        "removed-invited": Removed(_AGENCY, "Mia Chen", MemberStatus.INVITED),
        "removed-pending": Removed(_AGENCY, "Mia Chen", MemberStatus.PENDING_LOGIN),
        "codes-limited-address": CodesLimited(_AGENCY, one[0]),
        "codes-limited-first-logins": CodesLimited(_AGENCY, None),
    }


def gallery(branding: Branding) -> Mapping[str, Words]:
    """Every sample, rendered."""
    renderer = Renderer(branding)
    return {name: renderer.words(mail) for name, mail in samples(branding.public_url).items()}
