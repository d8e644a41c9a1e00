"""The activity log: each event that it records has one exact sentence, and every other event has a reason."""

import json
from types import MappingProxyType
from typing import Any, get_args
from uuid import UUID

import pytest

from contracts import members
from contracts.every_message import every_message
from contracts.message import Event, Invoice, Message
from contracts.payment_vocabulary import InvoiceState
from contracts.seats_purchases import Waiter
from contracts.vocabulary import (
    AUTO_ADD,
    OPERATOR,
    STRIPE,
    Actor,
    ActorKind,
    BlockedDetail,
    BlockedReason,
    ChangedBy,
    FrozenReason,
    MemberStatus,
    RejectionCode,
    SeatShortage,
    SeatType,
    StripeFault,
    member,
)
from contracts.wording import no_seat, stripe_fault
from services.gateway.model.activity import Change, Kind, Person
from services.gateway.model.logged_events import LoggedEvent
from services.gateway.projection.activity.entry import LogEntry
from services.gateway.projection.activity.lines import entry_and_event, line_of
from services.gateway.projection.activity.not_logged import NOT_LOGGED
from services.gateway.projection.activity.table import LOG
from services.gateway.projection.activity_log import log_line
from services.gateway.projection.table import EVENT_HANDLERS
from services.gateway.texts.activity.people import listed, name_of
from tests.contracts.golden import golden
from tests.support.clock import START

ANA, NORA, OLE = (UUID(f"019a9f00-0000-7000-8000-00000000b00{n}") for n in (1, 2, 3))
PEOPLE = MappingProxyType(
    {
        ANA: Person("Ana Admin", "ana@lakeside.example"),
        NORA: Person("Nora Nurse", "nora@lakeside.example"),
        OLE: Person("Ole Ask", "ole@lakeside.example"),
    }
)

TEN = {"seats": 10, "month_seats": 3, "month_amount": 12_000}
FEWER = {"base": 3, "voice": 5}
TWENTY_FIVE = {"seats": 25, "month_seats": 5, "month_amount": 20_000}


def logged(type_: str, **other: object) -> Message:
    """The event of a golden file, with some other values."""
    model = every_message()[type_]
    return model.model_validate_json(json.dumps({**golden(type_).data, **_plain(other)}))


def entry(event: Message) -> LogEntry[Any]:
    """The event's entry in the log's table."""
    return LOG[type(event)]


def _plain(values: dict[str, object]) -> Any:  # noqa: ANN401  any JSON
    return json.loads(json.dumps(values, default=lambda model: model.model_dump(mode="json")))


def by(type_: str) -> Actor:
    """Who says so in the golden file."""
    headers = golden(type_).headers
    assert headers is not None
    return Actor.parse(headers["ce_actor"])


def published(type_: str, actor: Actor | None = None, /, **other: object) -> str:
    """The sentence of a golden file's event, with some other values."""
    event = logged(type_, **other)
    return entry(event).sentence(event, actor or by(type_), PEOPLE)


# One exact sentence a type, of the message in its golden file.
SENTENCES = {
    "members.agency_founded.v1": "The operator opened Lakeside Clinic with the auto-join domain lakeside.example;"
    " ana@lakeside.example is its first admin",
    "members.signed_up.v1": "nora@lakeside.example signed up for a Voice seat",
    "members.sign_up_rejected.v1": "nora@lakeside.example signed up again, but was removed:"
    " only an invitation lets them back in",
    "members.activated.v1": "nora@lakeside.example logged in for the first time and is Active in a Voice seat",
    "members.blocked.v1": "nora@lakeside.example was Blocked: Stripe refuses changes: the customer's address is missing"
    " for tax",
    "members.details_changed.v1": "Ana Admin corrected the name from Silly Clown to Nora Nurse, address from"
    " nora+x@lakeside.example to nora@lakeside.example, seat type from Voice to Base of nora@lakeside.example",
    "members.role_changed.v1": "Ana Admin made nora@lakeside.example an admin",
    "members.removed.v1": "Ana Admin removed nora@lakeside.example: their Voice seat is freed and stays purchased",
    "members.erased.v1": "Ana Admin erased the name and the addresses of nora@lakeside.example",
    "members.invited.v1": "Ana Admin invited noor.haddad@harbor.example anew, as a clinician, to a Voice seat",
    "members.invite_accepted.v1": "nora@lakeside.example accepted the invitation to a Voice seat",
    "members.domain_changed.v1": "Ana Admin changed the auto-join domain from harbor.example to harbor-health.example",
    "members.moving_line_set.v1": "Ana Admin set that the line of blocked people gets free seats by itself",
    "members.agency_renamed.v1": "Ana Admin renamed the agency from Harbor Clinic to Harbor Health",
    "members.baa_outdated.v1": "Admin actions were locked: version 2027-06 of the BAA is not signed yet",
    "members.baa_signed.v1": "Ana Admin signed the BAA, version 2026-11, as Ana Admin, Practice owner",
    "seats.seat_swapped.v1": "Ana Admin moved nora@lakeside.example from a Base seat to a Voice seat",
    "seats.seats_exchanged.v1": "Ana Admin exchanged seats in one step: ole@lakeside.example holds Base,"
    " nora@lakeside.example holds Voice",
    "seats.seats_auto_added.v1": "Auto-Add bought 1 Voice seat for nora@lakeside.example"
    " · charged later, with one settling invoice",
    "seats.seats_adjusted.v1": "Ana Admin changed the seats: +2 Voice seats, -1 Base seat"
    " · let in nora@lakeside.example"
    " · nothing was charged today: somebody had set the same seats at Stripe, so $14.50 is on the next invoice"
    " · new total $189.97/mo",
    "seats.purchase_declined.v1": "Auto-Add could not buy seats for nora@lakeside.example: the card was declined;"
    " nothing was charged, and Auto-Add is paused",
    "seats.purchase_delayed.v1": "Stripe has not completed the purchase for nora@lakeside.example since 09:20 UTC:"
    " we go on trying",
    "seats.auto_add_set.v1": "Ana Admin switched Auto-Add Seats ON",
    "seats.auto_add_limits_set.v1": "Ana Admin set the limits of Auto-Add: Base up to 10 seats in all and 3 seats"
    " bought a month and $120.00 of new seats a month, Voice up to 25 seats in all and 5 seats bought a month"
    " and $200.00 of new seats a month",
    "members.approved.v1": "Nora Nurse approved nora@lakeside.example for a free Voice seat",
    "seats.seat_policies_set.v1": "Ana Admin set who gets a seat: Base approve each, Voice buy when full",
    "seats.auto_add_limit_near.v1": "Auto-Add reached its limit: 4 of 5 Voice seats bought this month",
    "seats.reduction_scheduled.v1": "The renewal moved to 1 December 2026, and the scheduled reduction with it:"
    " Base to 3 seats and Voice to 5 seats",
    "seats.reduction_taken_back.v1": "The reduction for the renewal on 1 December 2026 is off:"
    " the subscription has ended",
    "seats.reduction_near.v1": "The renewal on 1 December 2026 can only reduce the seats to 3 Base and 6 Voice,"
    " because 2 Base and 6 Voice are Active",
    "seats.reduction_made.v1": "The seats were reduced for the renewal on 1 December 2026: -1 Base seat, -2 Voice seats"
    " · new total $189.97/mo · less than scheduled (Base to 3 seats and Voice to 5 seats),"
    " because 2 Base and 6 Voice are Active",
    "seats.reduction_missed.v1": "Nothing was reduced for the renewal on 1 December 2026"
    " (Base to 3 seats and Voice to 5 seats): an invoice was unpaid",
    "seats.step_up_set.v1": "Ana Admin set that a change of more than 25 seats or $1,200.00 needs a fresh code",
    "seats.auto_add_resumed.v1": "Ana Admin ended Auto-Add's pause; nora@lakeside.example waits for a seat",
    "seats.frozen.v1": "The seats were frozen: Stripe has 1 Base and 1 Voice, and 2 Base and 1 Voice are Active;"
    " nobody is suspended, and nothing is bought",
    "seats.thawed.v1": "The seats are no longer frozen: 2 Base and 1 Voice are purchased",
    "billing.account_opened.v1": "The plan began with 2 Base seats and 1 Voice seat for $119.97/mo"
    " · $119.97 today, invoice R-0001",
    "billing.cycle_switched.v1": "Ana Admin switched from monthly to annual billing"
    " · $1,933.20 today, invoice R-0042 · new total $2,051.64/yr",
    "billing.subscription_changed.v1": "Seats were changed in Stripe's dashboard: -1 Base seat, and annual to monthly"
    " billing · new total $90.99/mo",
    "billing.edit_overwritten.v1": "Somebody set 5 Base and 1 Voice at Stripe during a change made here, which set"
    " 3 Base and 1 Voice",
    "billing.subscription_ended.v1": "The subscription was canceled in Stripe's dashboard: no seat is paid for anymore",
    "billing.end_scheduled.v1": "The end of the subscription was set at Stripe: it ends on 21 March 2027 instead of"
    " 1 April 2027",
    "billing.end_taken_back.v1": "The end of the subscription on 21 March 2027 was taken back at Stripe: it goes on",
    "billing.invoice_changed.v1": "Invoice R-0042 of $31.20 was paid",
    "billing.payment_awaited.v1": "Ana Admin switched from monthly to annual billing · waits for the payment of €31.20,"
    " because the bank wants the payment confirmed",
    "billing.payment_lapsed.v1": "The switch from monthly to annual billing was undone: the payment was not confirmed"
    " in time · nothing of €31.20 is owed",
    "billing.payment_reversed.v1": "$10.00 of invoice R-0042 of $31.20 was refunded at Stripe",
    "billing.payment_failed.v1": "Invoice R-0042 of $31.20, for seats added earlier, could not be paid:"
    " nobody is suspended, and Auto-Add is paused",
    "billing.prorations_lost.v1": "$31.20 for 1 Base seat and 2 Voice seats added earlier will never be charged: their"
    " invoice was voided",
    "billing.payment_recovered.v1": "Nothing is owed anymore: invoice R-0042 of €31.20 was the last",
    "billing.settled.v1": "One invoice settled 1 Base seat and 2 Voice seats added earlier"
    " · $31.20 today, invoice R-0042",
    "billing.stripe_timed_out.v1": "A change that was not paid could not be undone: Stripe refuses changes: the"
    " customer's address is missing for tax. We try again every hour for a day",
    "billing.card_changed.v1": "The card on file changed at Stripe",
    "gateway.codes_limited.v1": "Too many wrong codes for nora@lakeside.example:"
    " codes are off for now, the links in the emails go on working",
    "gateway.reminded.v1": "Ana Admin reminded nora@lakeside.example of the seat",
    "gateway.api_key_created.v1": (
        "Ana Admin created the API key “Payroll export” for read, members, until 31 January 2027"
    ),
    "gateway.api_key_revoked.v1": "Ana Admin revoked the API key “Payroll export”",
    "notifier.mail_failed.v1": "The email “clinicians blocked” to ana@lakeside.example could not be delivered:"
    " “550 no such mailbox”",
}


@pytest.mark.parametrize("type_", sorted(SENTENCES))
def test_each_event_has_its_own_exact_sentence(type_: str) -> None:
    assert published(type_) == SENTENCES[type_]


def test_every_logged_event_has_a_sentence_here_and_no_two_have_the_same() -> None:
    assert set(SENTENCES) == {kind.type for kind in LOG}
    assert len(set(SENTENCES.values())) == len(SENTENCES)


def test_the_table_has_an_entry_for_each_event_that_is_logged_and_the_projection_logs_just_those() -> None:
    assert set(LOG) == set(get_args(LoggedEvent))
    assert set(LOG) == {event for event, handlers in EVENT_HANDLERS.items() if log_line in handlers}


def test_every_event_of_the_contracts_is_logged_or_is_listed_with_the_reason_why_not() -> None:
    events: set[type[Message]] = {kind for kind in every_message().values() if issubclass(kind, Event)}
    assert set(LOG) | set(NOT_LOGGED) == events
    assert set(LOG) & set(NOT_LOGGED) == set()
    assert all(NOT_LOGGED.values())


@pytest.mark.parametrize(
    ("type_", "actor", "other", "words"),
    [
        (
            "members.baa_outdated.v1",
            OPERATOR,
            {"stage": "requested"},
            "Version 2027-06 of the BAA is to be signed by 1 July 2027, 00:00 UTC",
        ),
        ("members.activated.v1", OPERATOR, {}, "nora@lakeside.example is Active in a Voice seat"),
        ("members.activated.v1", None, {"before": None}, "nora@lakeside.example is Active in a Voice seat"),
        (
            "members.activated.v1",
            None,
            {"before": "blocked"},
            "nora@lakeside.example is no longer Blocked, and Active in a Voice seat",
        ),
        (
            "members.details_changed.v1",
            member(NORA),
            {"name": "Silly Clown", "email": "nora+x@lakeside.example"},
            "nora@lakeside.example changed their seat type from Voice to Base",
        ),
        ("members.role_changed.v1", None, {"role": "clinician"}, "Ana Admin made nora@lakeside.example a clinician"),
        (
            "members.role_changed.v1",
            member(NORA),
            {"role": "clinician"},
            "Nora Nurse became a clinician, by their own choice",
        ),
        (
            "members.removed.v1",
            None,
            {"plan_type": None},
            "Ana Admin removed nora@lakeside.example: their seat is freed and stays purchased",
        ),
        (
            "members.removed.v1",
            None,
            {"before": "pending_login", "plan_type": None},
            "Ana Admin removed nora@lakeside.example, who was Pending login",
        ),
        (
            "members.invited.v1",
            OPERATOR,
            {"before": None, "role": "admin", "seat_type": "base"},
            "The operator invited noor.haddad@harbor.example, as an admin, to a Base seat",
        ),
        (
            "members.invited.v1",
            None,
            {"before": "pending_login"},
            "Ana Admin invited noor.haddad@harbor.example, as a clinician, to a Voice seat",
        ),
        (
            "members.invited.v1",
            None,
            {"before": "removed"},
            "Ana Admin invited noor.haddad@harbor.example back, as a clinician, to a Voice seat",
        ),
        (
            "seats.reduction_scheduled.v1",
            None,
            {"moved": False, "to": {"base": None, "voice": 1}},
            "Ana Admin scheduled a reduction for the renewal on 1 December 2026: Voice to 1 seat",
        ),
        (
            "seats.reduction_taken_back.v1",
            None,
            {"ended": False},
            (
                "Ana Admin took back the reduction for the renewal on 1 December 2026:"
                " Base to 3 seats and Voice to 5 seats"
            ),
        ),
        (
            "seats.reduction_made.v1",
            None,
            {"after": {"base": 4, "voice": 8}, "new_total": None, "to": {"base": None, "voice": 8}},
            "Nothing was reduced for the renewal on 1 December 2026",
        ),
        ("seats.auto_add_set.v1", None, {"enabled": False}, "Ana Admin switched Auto-Add Seats OFF"),
        (
            "gateway.api_key_created.v1",
            None,
            {"scopes": [], "expires_at": None},
            "Ana Admin created the API key “Payroll export”",
        ),
        (
            "seats.auto_add_resumed.v1",
            STRIPE,
            {"joined": [], "joined_count": 0},
            "Auto-Add's pause is over: the payment is in order at Stripe",
        ),
        (
            "seats.auto_add_resumed.v1",
            STRIPE,
            {
                "joined": [{"member_id": str(member_id), "seat_type": "base"} for member_id in (NORA, OLE)],
                "joined_count": 2,
            },
            (
                "Auto-Add's pause is over: the payment is in order at Stripe;"
                " nora@lakeside.example and ole@lakeside.example wait for seats"
            ),
        ),
        (
            "billing.account_opened.v1",
            None,
            {"invoice": None, "purchased": {"base": 0, "voice": 1}, "cycle": "annual"},
            "The plan began with 1 Voice seat for $119.97/yr",
        ),
        (
            "billing.subscription_changed.v1",
            None,
            {"after": {"base": 2, "voice": 1}, "whose": "portal", "repriced": False},
            "The plan changed in the billing portal · new total $90.99/mo",
        ),
        (
            "billing.subscription_changed.v1",
            None,
            {"after": {"base": 2, "voice": 1}, "cycle": "annual"},
            "The price was changed in Stripe's dashboard: it was $982.69/yr · new total $90.99/yr",
        ),
        (
            "billing.subscription_changed.v1",
            None,
            {"after": {"base": 2, "voice": 1}},
            "The billing cycle was changed in Stripe's dashboard: annual to monthly billing · new total $90.99/mo",
        ),
        (
            "billing.subscription_changed.v1",
            None,
            {"cycle": "annual"},
            "Seats were changed in Stripe's dashboard: -1 Base seat, and another price · new total $90.99/yr",
        ),
        (
            "billing.payment_reversed.v1",
            None,
            {"kind": "credit_note"},
            "A credit note over $10.00 was made at Stripe for invoice R-0042 of $31.20",
        ),
        (
            "billing.payment_reversed.v1",
            None,
            {"kind": "dispute_opened"},
            "The payment of invoice R-0042 of $31.20 is disputed: the bank holds $10.00 until it decides",
        ),
        (
            "billing.payment_reversed.v1",
            None,
            {"kind": "dispute_won"},
            "The dispute of invoice R-0042 of $31.20 was won: $10.00 came back",
        ),
        (
            "billing.payment_reversed.v1",
            None,
            {"kind": "dispute_lost"},
            (
                "The dispute of invoice R-0042 of $31.20 was lost, and $10.00 with it: Auto-Add is paused until an"
                " admin tries again"
            ),
        ),
        (
            "billing.end_scheduled.v1",
            None,
            {"before": None},
            "The end of the subscription was set at Stripe: it ends on 21 March 2027",
        ),
        ("billing.invoice_changed.v1", None, {"state": "void"}, "Invoice R-0042 of $31.20 was voided: nothing is owed"),
        (
            "billing.payment_failed.v1",
            None,
            {"settling": False},
            "Invoice R-0042 of $31.20 could not be paid: the card was declined",
        ),
        (
            "billing.payment_failed.v1",
            None,
            {"settling": False, "overdue": True},
            "Invoice R-0042 of $31.20 is overdue: it was sent, and is not paid yet",
        ),
        ("billing.payment_recovered.v1", None, {"invoice": None}, "Nothing is owed anymore"),
        (
            "gateway.codes_limited.v1",
            None,
            {"scope": "first_logins", "member_id": None},
            "Too many wrong codes at first logins: codes are off for now, the links in the emails go on working",
        ),
    ],
)
def test_a_sentence_follows_the_values_of_its_event(
    type_: str, actor: Actor | None, other: dict[str, object], words: str
) -> None:
    assert published(type_, actor, **other) == words


INVOICE = {"id": "in_1", "number": "R-0042", "total": 3120, "amount_paid": 3120, "url": None}


@pytest.mark.parametrize(
    ("charged", "invoice", "words"),
    [
        (3120, INVOICE, "$31.20 today, invoice R-0042"),
        (3120, {**INVOICE, "number": None}, "$31.20 today"),
        (0, {**INVOICE, "amount_paid": 0}, "$31.20 from the balance, invoice R-0042"),
        (1000, {**INVOICE, "amount_paid": 1000}, "$10.00 today and $21.20 from the balance, invoice R-0042"),
        (0, {**INVOICE, "amount_paid": 0, "is_paid": False}, "$31.20 to be paid by invoice, invoice R-0042"),
        (0, {**INVOICE, "total": -3120, "amount_paid": 0}, "$31.20 credited, invoice R-0042"),
        (0, None, "$0.00 today"),
    ],
)
def test_a_sentence_states_the_exact_cost_of_a_change(
    charged: int, invoice: dict[str, object] | None, words: str
) -> None:
    event = published("seats.seats_auto_added.v1", charged=charged, invoice=invoice, unsettled=False)
    assert event == f"Auto-Add bought 1 Voice seat for nora@lakeside.example · {words}"
    usual = {"cycle": "annual", "let_in_for": None, "on_next_invoice": None}
    adjusted = published("seats.seats_adjusted.v1", charged=charged, invoice=invoice, **usual)
    assert adjusted == f"Ana Admin changed the seats: +2 Voice seats, -1 Base seat · {words} · new total $189.97/yr"


def test_a_purchase_names_the_first_few_members_it_serves_and_the_seats_left_free() -> None:
    many = [{"member_id": str(UUID(int=n)), "seat_type": "voice"} for n in range(4)]
    some: dict[str, Any] = {"before": {"base": 2, "voice": 1}, "unsettled": False, "invoice": INVOICE}
    five: dict[str, Any] = {"served": many, "served_count": 5, "after": {"base": 4, "voice": 4}}
    assert published("seats.seats_auto_added.v1", **five, **some) == (
        "Auto-Add bought 2 Base seats and 3 Voice seats for somebody, somebody, somebody and 2 others"
        " · $31.20 today, invoice R-0042"
    )
    assert published("seats.seats_auto_added.v1", after={"base": 2, "voice": 3}, **some) == (
        "Auto-Add bought 2 Voice seats for nora@lakeside.example, 1 of them free now · $31.20 today, invoice R-0042"
    )
    assert published("seats.seats_auto_added.v1", served=[], served_count=0, after={"base": 2, "voice": 2}, **some) == (
        "Auto-Add bought 1 Voice seat, free now: nobody waits for it anymore · $31.20 today, invoice R-0042"
    )


def test_an_exchange_names_only_those_who_changed_their_seat_type() -> None:
    moves = [
        {"member_id": str(NORA), "before": "base", "seat_type": "voice"},
        {"member_id": str(ANA), "before": "base", "seat_type": "voice"},
        {"member_id": str(OLE), "before": "base", "seat_type": "base"},
    ]
    event = logged("seats.seats_exchanged.v1", moves=moves)
    sentence = entry(event).sentence(event, member(ANA), PEOPLE)
    assert sentence.endswith("in one step: nora@lakeside.example and ana@lakeside.example hold Voice")


def test_a_list_of_people_never_ends_in_one_other() -> None:
    four = [Waiter(member_id=person, seat_type=SeatType.BASE) for person in (ANA, NORA, OLE, UUID(int=9))]
    assert listed([], 0, PEOPLE) == "nobody"
    assert listed(four, 4, PEOPLE) == ("ana@lakeside.example, nora@lakeside.example, ole@lakeside.example and somebody")
    assert listed(four, 5, PEOPLE).endswith("ole@lakeside.example and 2 others")
    assert listed(four, 20_000, PEOPLE).endswith("ole@lakeside.example and 19,997 others"), "however few are named"


@pytest.mark.parametrize("reason", [reason for reason in BlockedReason if reason is not BlockedReason.REQUEST_DECLINED])
def test_each_reason_for_a_block_has_its_own_sentence(reason: BlockedReason) -> None:
    words = {
        BlockedReason.NO_SEAT_AVAILABLE: "no Voice seat was free",
        BlockedReason.PAYMENT_DECLINED: "the card was declined, so no Voice seat was bought",
        BlockedReason.PAYMENT_ACTION_REQUIRED: "the bank wants the payment confirmed, so no Voice seat was bought",
        BlockedReason.PAST_DUE: "an invoice is unpaid, so no Voice seat was bought",
        BlockedReason.BILLING_UNAVAILABLE: "Stripe did not complete the purchase within 24 hours",
        BlockedReason.SEATS_REDUCED_ELSEWHERE: "Voice seats were lowered at Stripe, below those in use",
        BlockedReason.AUTO_ADD_LIMIT: "no Voice seat was free, and Auto-Add was at its limit",
        BlockedReason.AWAITING_APPROVAL: "an admin approves each Voice seat",
    }
    assert (
        published("members.blocked.v1", reason=reason, detail=None)
        == f"nora@lakeside.example was Blocked: {words[reason]}"
    )


@pytest.mark.parametrize("detail", [*StripeFault, *SeatShortage])
def test_each_detail_of_a_block_has_its_own_sentence(detail: BlockedDetail) -> None:
    if isinstance(detail, StripeFault):
        line = published("members.blocked.v1", reason=BlockedReason.BILLING_UNAVAILABLE, detail=detail)
        assert line.endswith(f": {stripe_fault(detail)}")
    else:
        line = published("members.blocked.v1", reason=BlockedReason.SEATS_REDUCED_ELSEWHERE, detail=detail)
        assert line.endswith(f": {no_seat(detail, SeatType.VOICE)}")


@pytest.mark.parametrize(
    "code", [RejectionCode.PAYMENT_DECLINED, RejectionCode.PAYMENT_ACTION_REQUIRED, RejectionCode.PAST_DUE]
)
def test_each_reason_for_a_decline_has_its_own_sentence(code: RejectionCode) -> None:
    words = {
        RejectionCode.PAYMENT_DECLINED: "the card was declined",
        RejectionCode.PAYMENT_ACTION_REQUIRED: "the bank wants the payment confirmed",
        RejectionCode.PAST_DUE: "an invoice is unpaid",
    }
    assert f": {words[code]}; nothing was charged" in published("seats.purchase_declined.v1", code=code)


@pytest.mark.parametrize("fault", StripeFault)
def test_each_fault_of_stripe_is_named_in_the_log(fault: StripeFault) -> None:
    line = published("seats.purchase_declined.v1", code=RejectionCode.BILLING_UNAVAILABLE, fault=fault)
    assert f": {stripe_fault(fault)}; nothing was charged" in line
    undone = published("billing.stripe_timed_out.v1", fault=fault)
    assert (
        undone
        == f"A change that was not paid could not be undone: {stripe_fault(fault)}. We try again every hour for a day"
    )


def test_silence_of_stripe_is_in_the_log_with_its_beginning() -> None:
    line = published("billing.stripe_timed_out.v1", fault=None, undo=False)
    assert line == "Stripe has not answered since 09:20 UTC: we go on trying, and nothing is charged twice"
    line = published("billing.stripe_timed_out.v1", fault=None)
    assert line == (
        "Stripe has not answered since 09:20 UTC: a change that was not paid is undone as soon as it answers"
    )


@pytest.mark.parametrize("reason", FrozenReason)
def test_each_reason_for_frozen_seats_and_for_an_end_has_its_own_sentence(reason: FrozenReason) -> None:
    frozen = {
        FrozenReason.SEATS_REDUCED_ELSEWHERE: "Stripe has 1 Base and 1 Voice, and 2 Base and 1 Voice are Active",
        FrozenReason.SUBSCRIPTION_CANCELED: "the subscription has ended",
        FrozenReason.CUSTOMER_DELETED: "the subscription has ended",
    }
    ended = {
        FrozenReason.SEATS_REDUCED_ELSEWHERE: "The seats were reduced",
        FrozenReason.SUBSCRIPTION_CANCELED: "The subscription was canceled",
        FrozenReason.CUSTOMER_DELETED: "The customer was deleted",
    }
    assert published("seats.frozen.v1", reason=reason).startswith(f"The seats were frozen: {frozen[reason]};")
    assert published("billing.subscription_ended.v1", reason=reason, whose="ours").startswith(
        f"{ended[reason]} by an operation of ours:"
    )


@pytest.mark.parametrize("whose", ChangedBy)
def test_a_change_at_stripe_says_whose_it_was(whose: ChangedBy) -> None:
    where = {
        ChangedBy.OURS: "by an operation of ours",
        ChangedBy.PORTAL: "in the billing portal",
        ChangedBy.DASHBOARD: "in Stripe's dashboard",
        ChangedBy.STRIPE: "by Stripe",
    }
    assert published("billing.subscription_changed.v1", whose=whose).startswith(f"Seats were changed {where[whose]}: ")


@pytest.mark.parametrize("state", InvoiceState)
def test_an_invoice_says_how_it_stands(state: InvoiceState) -> None:
    stands = {
        InvoiceState.DRAFT: "was made",
        InvoiceState.OPEN: "was made",
        InvoiceState.PAID: "was paid",
        InvoiceState.VOID: "was voided: nothing is owed",
        InvoiceState.UNCOLLECTIBLE: "was given up as uncollectible",
    }
    invoice = {**INVOICE, "number": None}
    assert (
        published("billing.invoice_changed.v1", state=state, invoice=invoice) == f"An invoice of $31.20 {stands[state]}"
    )


def test_the_actor_has_a_name() -> None:
    named = {ActorKind.ANYONE: "Somebody", ActorKind.AUTO_ADD: "Auto-Add", ActorKind.STRIPE: "Stripe"}
    named |= {ActorKind.OPERATOR: "The operator", ActorKind.MEMBER: "Somebody"}
    assert {kind: name_of(Actor(kind), PEOPLE) for kind in ActorKind} == named
    assert name_of(member(ANA), PEOPLE) == "Ana Admin"
    assert name_of(member(UUID(int=9)), PEOPLE) == "Somebody"


@pytest.mark.parametrize(
    ("type_", "other", "recorded"),
    [
        ("members.sign_up_rejected.v1", {}, True),
        ("members.sign_up_rejected.v1", {"status": "active"}, False),
        ("members.role_changed.v1", {"before": "admin"}, False),
        (
            "members.details_changed.v1",
            {"before": {"email": "nora@lakeside.example", "name": "Nora Nurse", "seat_type": "base"}},
            False,
        ),
        ("members.domain_changed.v1", {"before": "harbor-health.example"}, False),
        ("members.agency_renamed.v1", {"before": "Harbor Health"}, False),
        ("members.moving_line_set.v1", {"before": True}, False),
        ("members.baa_signed.v1", {}, False),
        ("members.baa_outdated.v1", {}, True),
        ("members.baa_outdated.v1", {"stage": "requested"}, True),
        ("members.baa_outdated.v1", {"stage": "near"}, False),
        ("members.baa_signed.v1", {"again": False}, True),
        ("seats.auto_add_set.v1", {}, False),
        ("seats.auto_add_set.v1", {"before": None}, True),
        ("seats.auto_add_set.v1", {"before": False}, True),
        ("seats.auto_add_limits_set.v1", {}, True),
        ("seats.seat_policies_set.v1", {"base_before": "approve_each", "voice_before": "buy"}, False),
        ("seats.auto_add_limits_set.v1", {"base_before": TEN, "voice_before": TWENTY_FIVE}, False),
        ("seats.reduction_scheduled.v1", {"before": FEWER, "moved": False}, False),
        ("seats.reduction_scheduled.v1", {"before": None, "moved": False}, True),
        ("seats.step_up_set.v1", {"seats_before": 25, "amount_before": 120_000}, False),
        ("seats.step_up_set.v1", {"seats_before": 25}, True),
        ("seats.step_up_set.v1", {"seats_before": None, "amount_before": None}, True),
        ("seats.seat_swapped.v1", {"before": "voice"}, False),
        (
            "seats.seats_exchanged.v1",
            {"moves": [{"member_id": str(NORA), "before": "base", "seat_type": "base"}]},
            False,
        ),
        ("billing.invoice_changed.v1", {}, False),
        ("billing.invoice_changed.v1", {"operation_id": None}, True),
        ("billing.invoice_changed.v1", {"operation_id": None, "state": "draft"}, False),
        ("billing.invoice_changed.v1", {"operation_id": None, "state": "open"}, False),
        ("billing.invoice_changed.v1", {"state": "void"}, True),
        ("members.removed.v1", {}, True),
    ],
)
def test_an_event_that_changed_nothing_makes_no_line(type_: str, other: dict[str, object], recorded: bool) -> None:
    event = logged(type_, **other)
    assert entry(event).recorded_if(event) is recorded
    assert (line_of(event, START, by(type_), ANA) is not None) is recorded


def test_a_line_keeps_no_secret_and_has_the_sentence_of_its_event() -> None:
    for kind in LOG:
        event = logged(kind.type)
        line = line_of(event, START, by(kind.type), ANA)
        if line is None:
            continue
        assert "sealed" not in line.data
        assert "pm_card" not in line.data
        stored, again = entry_and_event(line.type, json.loads(line.data))
        assert stored.sentence(again, by(kind.type), PEOPLE) == SENTENCES[kind.type]


def test_money_is_in_every_line_that_costs_something() -> None:
    costs = {kind.type for kind in LOG if (line := line_of(logged(kind.type), START, STRIPE, ANA)) and line.costs}
    purchases = {
        *("seats.seats_auto_added.v1", "seats.seats_adjusted.v1", "seats.reduction_made.v1"),
        *("billing.subscription_changed.v1", "billing.edit_overwritten.v1"),
    }
    money = {kind.type for kind in LOG if LOG[every_message()[kind.type]].kind is Kind.MONEY}
    assert costs == (money | purchases) - {"billing.invoice_changed.v1"}
    assert {LOG[every_message()[type_]].kind for type_ in purchases} == {Kind.SEAT}


def _limits(*values: int) -> dict[str, int]:
    names = [f"{kind}{name}" for kind in ("base", "voice") for name in ("Seats", "MonthSeats", "MonthAmount")]
    return dict(zip(names, values, strict=True))


# Before and after by the names that they have in the API.
CHANGES: dict[str, tuple[Any, Any]] = {
    "members.agency_founded.v1": (None, {"name": "Lakeside Clinic", "domain": "lakeside.example"}),
    "members.signed_up.v1": (None, {"status": "pending_login", "seatType": "voice"}),
    "members.activated.v1": ({"status": "pending_login"}, {"status": "active", "planType": "voice"}),
    "members.blocked.v1": (
        {"status": "pending_login"},
        {"status": "blocked", "blockedReason": "billing_unavailable"},
    ),
    "members.details_changed.v1": (
        {"email": "nora+x@lakeside.example", "name": "Silly Clown", "seatType": "voice"},
        {"email": "nora@lakeside.example", "name": "Nora Nurse", "seatType": "base"},
    ),
    "members.role_changed.v1": ({"role": "clinician"}, {"role": "admin"}),
    "members.removed.v1": ({"status": "active", "planType": "voice"}, {"status": "removed", "planType": None}),
    "members.invited.v1": ({"status": "blocked"}, {"status": "invited", "seatType": "voice", "role": "clinician"}),
    "members.domain_changed.v1": ({"domain": "harbor.example"}, {"domain": "harbor-health.example"}),
    "members.moving_line_set.v1": ({"movingLine": False}, {"movingLine": True}),
    "members.agency_renamed.v1": ({"name": "Harbor Clinic"}, {"name": "Harbor Health"}),
    "members.baa_signed.v1": ({"baaVersion": None}, {"baaVersion": "2026-11"}),
    "seats.seat_swapped.v1": ({"planType": "base"}, {"planType": "voice"}),
    "seats.seats_auto_added.v1": ({"base": 2, "voice": 1}, {"base": 2, "voice": 2}),
    "seats.seats_adjusted.v1": ({"base": 2, "voice": 1}, {"base": 1, "voice": 3}),
    "billing.subscription_changed.v1": (
        {"base": 2, "voice": 1, "cycle": "annual"},
        {"base": 1, "voice": 1, "cycle": "monthly"},
    ),
    "billing.end_scheduled.v1": ({"endsAt": "2027-04-01T09:00:00+00:00"}, {"endsAt": "2027-03-21T09:00:00+00:00"}),
    "billing.end_taken_back.v1": ({"endsAt": "2027-03-21T09:00:00+00:00"}, {"endsAt": None}),
    "billing.edit_overwritten.v1": ({"base": 5, "voice": 1}, {"base": 3, "voice": 1}),
    "seats.auto_add_set.v1": ({"autoAdd": True}, {"autoAdd": True}),
    "seats.auto_add_limits_set.v1": (
        _limits(25, 5, 20_000, 10, 3, 12_000),
        _limits(10, 3, 12_000, 25, 5, 20_000),
    ),
    "seats.reduction_scheduled.v1": (
        {"reducedBase": 4, "reducedVoice": 6},
        {"reducedBase": 3, "reducedVoice": 5},
    ),
    "seats.reduction_taken_back.v1": (
        {"reducedBase": 3, "reducedVoice": 5},
        {"reducedBase": None, "reducedVoice": None},
    ),
    "seats.reduction_made.v1": ({"base": 4, "voice": 8}, {"base": 3, "voice": 6}),
    "seats.reduction_missed.v1": (
        {"reducedBase": 3, "reducedVoice": 5},
        {"reducedBase": None, "reducedVoice": None},
    ),
    "seats.seat_policies_set.v1": (
        {"basePolicy": "ask", "voicePolicy": "ask"},
        {"basePolicy": "approve_each", "voicePolicy": "buy"},
    ),
    "seats.step_up_set.v1": (
        {"stepUpSeats": 10, "stepUpAmount": 50_000},
        {"stepUpSeats": 25, "stepUpAmount": 120_000},
    ),
    "seats.purchase_declined.v1": ({"paused": None}, {"paused": "payment_declined"}),
    "seats.auto_add_resumed.v1": (None, {"paused": None}),
    "seats.frozen.v1": ({"frozen": None}, {"frozen": "seats_reduced_elsewhere"}),
    "seats.thawed.v1": (None, {"frozen": None}),
    "billing.account_opened.v1": (None, {"base": 2, "voice": 1, "cycle": "monthly"}),
    "billing.cycle_switched.v1": ({"cycle": "monthly"}, {"cycle": "annual"}),
    "billing.invoice_changed.v1": (None, {"state": "paid"}),
    "gateway.api_key_created.v1": (None, {"apiKey": "Payroll export", "scopes": "read, members"}),
    "gateway.api_key_revoked.v1": ({"apiKey": "Payroll export"}, None),
}


@pytest.mark.parametrize("kind", LOG, ids=lambda kind: str(kind.type))
def test_each_line_has_the_values_before_and_after_its_event(kind: type[LoggedEvent]) -> None:
    event = logged(kind.type)
    assert entry(event).change(event) == Change(*CHANGES.get(kind.type, (None, None)))


def test_values_before_are_left_out_when_the_event_does_not_carry_them() -> None:
    for type_ in ("members.activated.v1", "members.invited.v1", "seats.auto_add_set.v1"):
        event = logged(type_, before=None)
        assert entry(event).change(event).before is None
    event = logged("seats.step_up_set.v1", seats_before=None, amount_before=None)
    assert entry(event).change(event).before is None
    event = logged("gateway.api_key_created.v1", scopes=[], expires_at=None)
    assert entry(event).change(event).after == {"apiKey": "Payroll export"}


def its_invoice(type_: str) -> Invoice | None:
    """The invoice that the event's line shows."""
    event = logged(type_)
    return entry(event).invoice(event)


def its_members(type_: str, **other: object) -> tuple[UUID, ...]:
    """The members that the event's line names."""
    event = logged(type_, **other)
    return entry(event).members(event)


def test_a_line_names_its_invoice_and_its_members() -> None:
    assert its_invoice("seats.seats_auto_added.v1") == Invoice(
        id="in_1Lakeside0042",
        number="R-0042",
        total=3120,
        amount_paid=3120,
        url="https://invoice.stripe.com/i/lakeside42",
    )
    with_invoice = {kind.type for kind in LOG if its_invoice(kind.type) is not None}
    assert with_invoice == {kind.type for kind in LOG if "invoice" in kind.model_fields}
    named = {kind.type: its_members(kind.type) for kind in LOG}
    nobody = {type_ for type_, them in named.items() if not them}
    assert {kind.type for kind in LOG if "member_id" in kind.model_fields} - {"notifier.mail_failed.v1"} == {
        type_ for type_, them in named.items() if them == (NORA,)
    } - {
        "seats.seats_auto_added.v1",
        "seats.seats_adjusted.v1",
        "seats.purchase_declined.v1",
        "seats.purchase_delayed.v1",
        "seats.auto_add_resumed.v1",
    }
    assert its_members("gateway.codes_limited.v1", member_id=None) == ()
    assert its_members("notifier.mail_failed.v1", member_id=None) == ()
    assert named["members.agency_founded.v1"] == (ANA,)
    for served in ("seats.seats_auto_added.v1", "seats.purchase_declined.v1", "seats.auto_add_resumed.v1"):
        assert named[served] == (NORA,)
    assert named["members.removed.v1"] == named["gateway.codes_limited.v1"] == (NORA,)
    assert {"members.baa_signed.v1", "billing.card_changed.v1", "seats.frozen.v1"} <= nobody


def test_a_status_has_the_same_name_as_on_the_pages() -> None:
    assert published("members.removed.v1", before=MemberStatus.BLOCKED, plan_type=None).endswith("who was Blocked")


def test_an_invitation_taken_back_and_a_removal_undone_are_named_as_such() -> None:
    canceled = published("members.removed.v1", before=MemberStatus.INVITED, plan_type=None)
    assert canceled == "Ana Admin canceled the invitation of nora@lakeside.example"
    undone = published("members.activated.v1", before=MemberStatus.REMOVED, seat_type=SeatType.VOICE)
    assert undone.endswith("undid the removal of nora@lakeside.example, who is Active again in a Voice seat")


def test_a_declined_request_is_logged_with_the_admin_and_the_note() -> None:
    entry = LOG[members.Blocked]
    declined = members.Blocked(
        member_id=NORA,
        seat_type=SeatType.VOICE,
        reason=BlockedReason.REQUEST_DECLINED,
        before=MemberStatus.BLOCKED,
        note="Ask again in May",
    )
    sentence = "Ana Admin declined the request of nora@lakeside.example"
    assert entry.sentence(declined, member(ANA), PEOPLE) == f"{sentence}: “Ask again in May”"
    assert entry.sentence(declined.model_copy(update={"note": None}), member(ANA), PEOPLE) == sentence
    by_nobody = entry.sentence(declined, AUTO_ADD, PEOPLE)
    assert by_nobody == "nora@lakeside.example was Blocked: the request was declined"
