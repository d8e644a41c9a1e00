"""A sample of every mail, with plausible data: the gallery shows them, and the tests of the texts quote them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from contracts.decline_reasons import NO_CARD
from contracts.payment_vocabulary import Lapse
from contracts.vocabulary import (
    AutoAddMeasure,
    BaaStage,
    BillingCycle,
    BlockedReason,
    FrozenReason,
    MemberStatus,
    Quantities,
    RejectionCode,
    Role,
    SeatType,
    Service,
    StripeFault,
)
from services.notifier.mails.billing_kinds import (
    AutoAddLimit,
    PaymentAwaited,
    PaymentDeclined,
    PaymentFailed,
    PaymentLapsed,
    PaymentRecovered,
    SeatsAutoAdded,
    SeatsChangedExternally,
    SeatsPaid,
    Settled,
    StripeNotice,
    StripeRefuses,
    StripeTimedOut,
    SubscriptionEnded,
)
from services.notifier.mails.idle_samples import IDLE
from services.notifier.mails.kinds import Mail
from services.notifier.mails.member_kinds import (
    AccountExists,
    CliniciansBlocked,
    CodesLimited,
    Invitation,
    InvitationUndelivered,
    LoginCode,
    NewSignIn,
    NotOpened,
    OtherSpelling,
    Removed,
    RequestDeclined,
    RoleChanged,
    SignBaaAgain,
    Welcome,
    YouAreIn,
)
from services.notifier.mails.news import DisputeLost, EditOverwritten, End, Repriced
from services.notifier.mails.operator_kinds import AgencyParked, OpeningDelayed, ProrationsLost
from services.notifier.mails.parts import BlockedPerson, InvoiceLink, Person
from services.notifier.mails.reduction_samples import REDUCTIONS

AGENCY = "Northside"
PUBLIC_URL = "https://seats.example"
MIA = Person("Mia Chen", "mia@clinic.example", SeatType.VOICE)
NOAH = Person("Noah Okafor", "noah@clinic.example", SeatType.BASE)
TWELVE_PEOPLE = (
    MIA,
    NOAH,
    Person("Dr. Alexandra Papadopoulos-Richardson", "alexandra@clinic.example", SeatType.VOICE),
    Person("Lena Fischer", "lena@clinic.example", SeatType.BASE),
    Person("Omar Haddad", "omar@clinic.example", SeatType.VOICE),
    Person("Priya Raman", "priya@clinic.example", SeatType.BASE),
    Person("Sam O'Neill", "sam@clinic.example", SeatType.VOICE),
    Person("Zoë Müller", "zoe@clinic.example", SeatType.BASE),
    Person("Tomas Novak", "tomas@clinic.example", SeatType.VOICE),
    Person("Grace Lindqvist", "grace@clinic.example", SeatType.BASE),
    Person("Ines Duarte", "ines@clinic.example", SeatType.VOICE),
    Person("Kofi Mensah", "kofi@clinic.example", SeatType.BASE),
)

LOGIN_CODE = LoginCode("0412", f"{PUBLIC_URL}/login/abc", 10, 60)
INVITATION = Invitation(
    agency=AGENCY,
    name="Mia Chen",
    inviter="Ada Admin",
    seat_type=SeatType.VOICE,
    role=Role.CLINICIAN,
    before=None,
    link=f"{PUBLIC_URL}/invite/abc",
    expires_at=datetime(2026, 3, 16, 9, 0, tzinfo=UTC),
)
INVITATION_UNDELIVERED = InvitationUndelivered(AGENCY, MIA, "550 5.1.1 No such user here")
ACCOUNT_EXISTS = AccountExists(AGENCY, "Mia Chen", MemberStatus.ACTIVE)
OTHER_SPELLING = OtherSpelling(AGENCY, MemberStatus.ACTIVE, "mia@clinic.example")
SEATS_AUTO_ADDED = SeatsAutoAdded(
    agency=AGENCY,
    served=(MIA, NOAH),
    before=Quantities(1, 1),
    after=Quantities(2, 2),
    charged=123456,
    new_total=18997,
    cycle=BillingCycle.MONTHLY,
    invoice=InvoiceLink("R-0042", "https://pay.example/R-0042"),
)
SEATS_AUTO_ADDED_FOR_ONE = replace(
    SEATS_AUTO_ADDED, served=(MIA,), after=Quantities(1, 2), charged=3120, new_total=205167, cycle=BillingCycle.ANNUAL
)
SEATS_AUTO_ADDED_UNSETTLED = replace(SEATS_AUTO_ADDED, charged=0, invoice=None, unsettled=True)
SEATS_AUTO_ADDED_FOR_NOTHING = replace(SEATS_AUTO_ADDED, charged=0, invoice=None)
SEATS_AUTO_ADDED_FOR_NOBODY = replace(SEATS_AUTO_ADDED, served=())
CLINICIAN_BLOCKED = CliniciansBlocked(AGENCY, (BlockedPerson(MIA, BlockedReason.NO_SEAT_AVAILABLE),))
CLINICIANS_BLOCKED_BY_PAUSE = CliniciansBlocked(
    AGENCY, tuple(BlockedPerson(person, BlockedReason.PAYMENT_DECLINED) for person in (MIA, NOAH))
)
PAYMENT_DECLINED = PaymentDeclined(AGENCY, RejectionCode.PAYMENT_DECLINED, "insufficient_funds", (MIA, NOAH))
PAYMENT_ACTION_REQUIRED = replace(PAYMENT_DECLINED, code=RejectionCode.PAYMENT_ACTION_REQUIRED, decline_code=None)
PAYMENT_FAILED = PaymentFailed(
    AGENCY, 18997, InvoiceLink("R-0051", "https://pay.example/R-0051"), "expired_card", settling=False
)
PAYMENT_OVERDUE = replace(PAYMENT_FAILED, decline_code=None, overdue=True)
PAYMENT_FAILED_SETTLING = replace(PAYMENT_FAILED, settling=True)
PAYMENT_RECOVERED = PaymentRecovered(AGENCY, (MIA, NOAH))
PAYMENT_RECOVERED_FOR_NOBODY = replace(PAYMENT_RECOVERED, joined=())
PAYMENT_TO_CONFIRM = PaymentAwaited(
    AGENCY, "+2 Voice seats, -1 Base seat", 7496, "usd", confirm=True, until=datetime(2026, 3, 3, 10, 30, tzinfo=UTC)
)
INVOICE_TO_PAY = replace(PAYMENT_TO_CONFIRM, confirm=False, until=datetime(2026, 4, 2, 9, 0, tzinfo=UTC))
INVOICE_BEING_PAID = replace(PAYMENT_TO_CONFIRM, confirm=False, until=None, processing=True)
PAYMENT_LAPSED = PaymentLapsed(AGENCY, "+2 Voice seats", 10598, "usd", Lapse.EXPIRED)
SEATS_PAID = SeatsPaid(
    agency=AGENCY,
    change="+2 Voice seats",
    after=Quantities(2, 3),
    charged=10598,
    new_total=18997,
    cycle=BillingCycle.MONTHLY,
    invoice=InvoiceLink("R-0061", "https://pay.example/R-0061"),
)
SWITCH_TO_CONFIRM = replace(PAYMENT_TO_CONFIRM, change="monthly to annual billing", amount=123456, switch=True)
SWITCH_LAPSED = replace(PAYMENT_LAPSED, change="monthly to annual billing", amount=123456, switch=True)
SWITCH_PAID = replace(
    SEATS_PAID,
    change="monthly to annual billing",
    after=None,
    charged=123456,
    new_total=205167,
    cycle=BillingCycle.ANNUAL,
)
PRORATIONS_LOST = ProrationsLost(AGENCY, Quantities(0, 7), 21840, ended=True)
SETTLED = Settled(AGENCY, Quantities(0, 7), 21840, InvoiceLink("R-0060", "https://pay.example/R-0060"))
SEATS_LOWERED_EXTERNALLY = SeatsChangedExternally(
    AGENCY, Quantities(2, 5), Quantities(2, 3), 18997, BillingCycle.MONTHLY, Quantities(2, 4), thawed=False
)
SEATS_CHANGED_EXTERNALLY = replace(SEATS_LOWERED_EXTERNALLY, active=None)
AGENCY_PARKED = AgencyParked(AGENCY, "019a9f00-0000-7000-8000-00000000a001", Service.SEATS, "members.first_login.v1")
AGENCY_PARKED_AS_KAFKA_REFUSES = replace(AGENCY_PARKED, message_type="seats.auto_add_set.v1", refused=True)
SUBSCRIPTION_ENDED = SubscriptionEnded(AGENCY, FrozenReason.SUBSCRIPTION_CANCELED)
CUSTOMER_DELETED = replace(SUBSCRIPTION_ENDED, reason=FrozenReason.CUSTOMER_DELETED)
SUBSCRIPTION_ENDED_TO_OPERATOR = replace(SUBSCRIPTION_ENDED, to_operator=True)
EDIT_OVERWRITTEN = StripeNotice(AGENCY, EditOverwritten(Quantities(5, 1), Quantities(3, 1)))
REPRICED = StripeNotice(AGENCY, Repriced(11997, BillingCycle.MONTHLY, 9999, BillingCycle.MONTHLY))
CYCLE_MOVED = StripeNotice(AGENCY, Repriced(11997, BillingCycle.MONTHLY, 129567, BillingCycle.ANNUAL))
END_SCHEDULED = StripeNotice(AGENCY, End(datetime(2026, 3, 21, tzinfo=UTC), "scheduled"))
END_NEAR = replace(END_SCHEDULED, news=End(datetime(2026, 3, 21, tzinfo=UTC), "near"))
END_TAKEN_BACK = replace(END_SCHEDULED, news=End(datetime(2026, 3, 21, tzinfo=UTC), "taken_back"))
DISPUTE_LOST = StripeNotice(AGENCY, DisputeLost("R-0051", 18997))
OPENING_DELAYED = OpeningDelayed(AGENCY, datetime(2026, 3, 2, 14, 5, tzinfo=UTC))
STRIPE_TIMED_OUT = StripeTimedOut(AGENCY, datetime(2026, 3, 2, 14, 5, tzinfo=UTC), (MIA,))
AUTO_ADD_LIMIT_NEAR = AutoAddLimit(AGENCY, SeatType.VOICE, AutoAddMeasure.MONTH_SEATS, 4, 5, reached=False)
STRIPE_REFUSES = StripeRefuses(AGENCY, StripeFault.TAX_LOCATION, (MIA, NOAH))
WELCOME = Welcome(AGENCY, "Ada Park", SeatType.BASE)
YOU_ARE_IN = YouAreIn(AGENCY, "Mia Chen", SeatType.VOICE)
ROLE_ADMIN = RoleChanged(AGENCY, "Mia Chen", Role.ADMIN)
ROLE_ADMIN_BY_OPERATOR = replace(ROLE_ADMIN, by_operator=True)
ROLE_CLINICIAN = RoleChanged(AGENCY, "Mia Chen", Role.CLINICIAN)
ROLE_CLINICIAN_BY_SELF = replace(ROLE_CLINICIAN, by_self=True)
REMOVED = Removed(AGENCY, "Mia Chen")
REMOVED_ADMIN = replace(REMOVED, was_admin=True)
CODES_LIMITED_FOR_PERSON = CodesLimited(AGENCY, MIA)
CODES_LIMITED_FOR_AGENCY = CodesLimited(AGENCY, None)
NEW_SIGN_IN = NewSignIn(
    AGENCY, "Ada Admin", datetime(2026, 3, 2, 14, 5, tzinfo=UTC), "Chrome on Windows", "203.0.113.9"
)
SIGN_BAA_AGAIN = SignBaaAgain(AGENCY, "2027-06", datetime(2027, 7, 1, tzinfo=UTC), BaaStage.REQUESTED)
_NOT_ACTIVE = (MemberStatus.INVITED, MemberStatus.BLOCKED, MemberStatus.REMOVED)


def samples(public_url: str) -> Mapping[str, Mail]:
    """Each kind of mail in each of its variants, by the name that the gallery shows; links lead to `public_url`."""
    invitation = replace(INVITATION, link=f"{public_url}/invite/abc")
    many = tuple(BlockedPerson(person, BlockedReason.NO_SEAT_AVAILABLE) for person in TWELVE_PEOPLE)
    return {
        "sign-baa-again": SIGN_BAA_AGAIN,
        "sign-baa-again-near": replace(SIGN_BAA_AGAIN, stage=BaaStage.NEAR),
        "sign-baa-again-lapsed": replace(SIGN_BAA_AGAIN, stage=BaaStage.LAPSED),
        "login-code": replace(LOGIN_CODE, link=f"{public_url}/login/abc"),
        "invitation": invitation,
        "invitation-admin": replace(invitation, inviter=None, role=Role.ADMIN),
        "invitation-again": replace(invitation, before=MemberStatus.INVITED),
        "invitation-blocked": replace(invitation, before=MemberStatus.BLOCKED),
        "account-exists-active": ACCOUNT_EXISTS,
        **{f"account-exists-{status}": replace(ACCOUNT_EXISTS, status=status) for status in _NOT_ACTIVE},
        "other-spelling": OTHER_SPELLING,
        "other-spelling-code": replace(OTHER_SPELLING, signed_up=False),
        "other-spelling-removed": replace(OTHER_SPELLING, status=MemberStatus.REMOVED),
        "seats-auto-added": SEATS_AUTO_ADDED,
        "seats-auto-added-one": SEATS_AUTO_ADDED_FOR_ONE,
        "seats-auto-added-many": replace(
            SEATS_AUTO_ADDED,
            served=TWELVE_PEOPLE,
            after=Quantities(7, 7),
            charged=48213,
            new_total=1062712,
            cycle=BillingCycle.ANNUAL,
        ),
        "seats-auto-added-unsettled": SEATS_AUTO_ADDED_UNSETTLED,
        "seats-auto-added-for-nothing": SEATS_AUTO_ADDED_FOR_NOTHING,
        "seats-auto-added-nobody": SEATS_AUTO_ADDED_FOR_NOBODY,
        "clinicians-blocked-one": CLINICIAN_BLOCKED,
        "clinicians-blocked-many": replace(CLINICIAN_BLOCKED, blocked=many),
        "clinicians-blocked-paused": CLINICIANS_BLOCKED_BY_PAUSE,
        "payment-declined": PAYMENT_DECLINED,
        "payment-without-a-card": replace(PAYMENT_DECLINED, decline_code=NO_CARD),
        "payment-action-required": PAYMENT_ACTION_REQUIRED,
        "payment-failed-renewal": PAYMENT_FAILED,
        "payment-overdue": PAYMENT_OVERDUE,
        "payment-failed-settling": PAYMENT_FAILED_SETTLING,
        "payment-recovered": PAYMENT_RECOVERED,
        "payment-recovered-nobody": PAYMENT_RECOVERED_FOR_NOBODY,
        "settled": SETTLED,
        "prorations-lost-operator": PRORATIONS_LOST,
        "prorations-lost-void-operator": replace(PRORATIONS_LOST, ended=False),
        "payment-to-confirm": PAYMENT_TO_CONFIRM,
        "payment-on-account": INVOICE_TO_PAY,
        "payment-on-account-draft": replace(INVOICE_TO_PAY, until=None),
        "payment-being-paid": INVOICE_BEING_PAID,
        "payment-lapsed": PAYMENT_LAPSED,
        "seats-paid": SEATS_PAID,
        "switch-to-confirm": SWITCH_TO_CONFIRM,
        "switch-on-account": replace(INVOICE_TO_PAY, change="monthly to annual billing", amount=123456, switch=True),
        "switch-lapsed": SWITCH_LAPSED,
        "switch-paid": SWITCH_PAID,
        "seats-changed-externally": SEATS_CHANGED_EXTERNALLY,
        "seats-changed-externally-frozen": SEATS_LOWERED_EXTERNALLY,
        "seats-changed-externally-thawed": replace(SEATS_CHANGED_EXTERNALLY, thawed=True),
        "seats-changed-externally-only-frozen": replace(SEATS_LOWERED_EXTERNALLY, before=None, total=None, cycle=None),
        "agency-parked-operator": AGENCY_PARKED,
        "kafka-refuses-operator": AGENCY_PARKED_AS_KAFKA_REFUSES,
        "opening-delayed-operator": OPENING_DELAYED,
        "opening-given-up-operator": replace(OPENING_DELAYED, since=None),
        "subscription-ended": SUBSCRIPTION_ENDED,
        "subscription-ended-deleted": CUSTOMER_DELETED,
        "subscription-ended-operator": SUBSCRIPTION_ENDED_TO_OPERATOR,
        "edit-overwritten": EDIT_OVERWRITTEN,
        "repriced": REPRICED,
        "cycle-moved": CYCLE_MOVED,
        "dispute-lost": DISPUTE_LOST,
        "dispute-lost-draft": replace(DISPUTE_LOST, news=DisputeLost(None, 18997)),
        "end-scheduled": END_SCHEDULED,
        "end-near": END_NEAR,
        "end-taken-back": END_TAKEN_BACK,
        "stripe-timed-out": STRIPE_TIMED_OUT,
        "stripe-timed-out-nobody": replace(STRIPE_TIMED_OUT, waiting=()),
        "stripe-refuses": STRIPE_REFUSES,
        "stripe-refuses-undo": replace(STRIPE_REFUSES, waiting=(), undo=True),
        "stripe-refuses-undo-operator": replace(STRIPE_REFUSES, waiting=(), undo=True, to_operator=True),
        "stripe-refuses-operator": replace(STRIPE_REFUSES, fault=StripeFault.NOT_ACCEPTED, to_operator=True),
        "auto-add-limit-near": AUTO_ADD_LIMIT_NEAR,
        "auto-add-limit-reached": replace(AUTO_ADD_LIMIT_NEAR, used=5, reached=True),
        **REDUCTIONS,
        "welcome": WELCOME,
        "you-are-in": YOU_ARE_IN,
        "role-changed-admin": ROLE_ADMIN,
        "role-changed-clinician": ROLE_CLINICIAN,
        "role-changed-operator": ROLE_ADMIN_BY_OPERATOR,
        "role-changed-self": ROLE_CLINICIAN_BY_SELF,
        "not-opened": NotOpened(AGENCY, "Ada Park"),
        "removed": REMOVED,
        "request-declined": RequestDeclined(AGENCY, "Mia Chen", SeatType.VOICE, "Please ask in January."),
        "removed-admin": REMOVED_ADMIN,
        **{f"removed-{status}": replace(REMOVED, before=status) for status in _NOT_ACTIVE[:2]},
        "removed-pending": replace(REMOVED, before=MemberStatus.PENDING_LOGIN),
        "codes-limited-address": CODES_LIMITED_FOR_PERSON,
        "codes-limited-first-logins": CODES_LIMITED_FOR_AGENCY,
        "new-sign-in": NEW_SIGN_IN,
        "new-sign-in-unknown": replace(NEW_SIGN_IN, device=None, network=None),
        **IDLE,
        "invitation-undelivered": INVITATION_UNDELIVERED,
        "invitation-hostile-name": replace(
            INVITATION,
            agency="Call +1 (555) 010-0199 now",
            name="Claim $100 at https://evil.example/x",
            inviter="\u202eIT Support\r\nBcc: all@clinic.example www.evil.example",
        ),
        "invitation-right-to-left": replace(INVITATION, agency="מרפאת הצפון", name="נור חדד", inviter="دانا كوهين"),
    }
