"""The gateway's small rules."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.vocabulary import MemberStatus, RejectionCode, Role, SeatType
from services.gateway.domain.first_pick import Wish
from services.gateway.domain.idempotency import Earlier, OperationState, Replay, command_id, replay
from services.gateway.domain.invitation_link import LinkOver
from services.gateway.domain.one_click_link import SentLink, login_link_over, proves
from services.gateway.domain.request_limits import DAY, HOUR, retry_after, window_end
from services.gateway.domain.same_origin import allowed, cookie_is_secure, origin_of
from services.gateway.domain.seat_meters import Meter
from services.gateway.domain.session_rights import Need, rejection_of
from services.gateway.domain.sign_in_identity import (
    Candidate,
    NoMember,
    OneMember,
    SeveralMembers,
    first_login_agencies,
    identify,
    member_in,
)
from services.gateway.domain.webhook_signature import is_stripes
from services.gateway.texts.problems import PROBLEMS, problem

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OURS = "https://seats.example"


def candidate(number: int, status: MemberStatus = MemberStatus.ACTIVE) -> Candidate:
    return Candidate(
        *(UUID(int=number), UUID(int=number), f"Agency {number}", f"{number}.example"),
        status=status,
        email="a@b.example",
        wish=Wish("Ann", SeatType.BASE),
        has_logged_in=status is not MemberStatus.PENDING_LOGIN,
    )


def test_only_a_pending_login_that_nobody_has_proven_awaits_its_first_login() -> None:
    pending = candidate(1, MemberStatus.PENDING_LOGIN)
    assert pending.awaits_first_login
    assert not replace(pending, has_logged_in=True).awaits_first_login
    assert not candidate(1).awaits_first_login


def test_a_link_proves_once_and_until_it_expires() -> None:
    later = NOW + timedelta(minutes=1)
    assert proves(SentLink(later, used=False), NOW)
    assert not proves(SentLink(later, used=True), NOW)
    assert not proves(SentLink(NOW, used=False), NOW)
    assert not proves(None, NOW)


def test_a_link_that_proves_nothing_has_a_reason() -> None:
    later = NOW + timedelta(seconds=1)
    links = (None, SentLink(later, used=True), SentLink(NOW, used=False), SentLink(later, used=False))
    reasons = [login_link_over(link, NOW) for link in links]
    assert reasons == [LinkOver.UNKNOWN, LinkOver.USED, LinkOver.EXPIRED, None]


def test_one_address_of_several_agencies_has_to_choose_and_a_removed_member_is_nobody() -> None:
    one, two = candidate(1), candidate(2)
    assert identify([one], None) == OneMember(one)
    assert identify([two, one], None) == SeveralMembers((one, two))
    assert identify([one, two], UUID(int=2)) == OneMember(two)
    assert identify([candidate(1, MemberStatus.REMOVED)], None) == NoMember()
    assert identify([one], UUID(int=9)) == NoMember()


def test_the_member_of_an_address_is_looked_up_in_one_agency_alone() -> None:
    one, two = candidate(1), candidate(2)
    assert member_in(one.agency_id, OneMember(one)) == one.member_id
    assert member_in(two.agency_id, SeveralMembers((one, two))) == two.member_id
    assert member_in(two.agency_id, OneMember(one)) is None
    assert member_in(one.agency_id, NoMember()) is None


def test_wrong_codes_count_against_the_first_logins_of_every_agency_that_the_code_would_enter() -> None:
    pending, invited, domain = MemberStatus.PENDING_LOGIN, MemberStatus.INVITED, UUID(int=9)
    assert first_login_agencies(OneMember(candidate(1, pending)), domain) == (UUID(int=1),)
    several = (candidate(1), candidate(2, invited), candidate(3, pending))
    assert first_login_agencies(SeveralMembers(several), domain) == (UUID(int=2), UUID(int=3))
    assert first_login_agencies(NoMember(), domain) == (domain,), "as a pending address of that domain"
    assert first_login_agencies(OneMember(candidate(1)), domain) == ()
    assert first_login_agencies(SeveralMembers((candidate(1), candidate(2))), domain) == ()


def test_two_callers_with_one_key_have_two_command_ids_and_one_caller_has_one() -> None:
    assert command_id("member:1", "k") == command_id("member:1", "k")
    assert command_id("member:1", "k") != command_id("member:2", "k")


@pytest.mark.parametrize(
    ("earlier", "body", "expected"),
    [
        (Earlier(b"a", OperationState.DONE, secret=False, sealed=False), b"a", Replay.SAME_ANSWER),
        (Earlier(b"a", OperationState.DONE, secret=False, sealed=False), b"b", Replay.KEY_REUSED),
        (Earlier(b"a", OperationState.DONE, secret=True, sealed=False), b"a", Replay.ALREADY_ANSWERED),
        (Earlier(b"a", OperationState.DONE, secret=True, sealed=True), b"a", Replay.SAME_ANSWER),
        (Earlier(b"a", OperationState.REJECTED, secret=True, sealed=False), b"a", Replay.SAME_ANSWER),
    ],
)
def test_a_repeated_key_gets_the_same_response_but_a_secret_only_once(
    earlier: Earlier, body: bytes, expected: Replay
) -> None:
    assert replay(earlier, body) is expected


@pytest.mark.parametrize(
    ("need", "status", "role", "expected"),
    [
        (Need.SESSION, MemberStatus.BLOCKED, Role.CLINICIAN, None),
        (Need.SESSION, MemberStatus.REMOVED, Role.ADMIN, RejectionCode.NOT_SIGNED_IN),
        (Need.STREAM, MemberStatus.BLOCKED, Role.CLINICIAN, None),
        (Need.READ, MemberStatus.ACTIVE, Role.CLINICIAN, RejectionCode.NOT_AN_ADMIN),
        (Need.MEMBERS, MemberStatus.ACTIVE, Role.CLINICIAN, RejectionCode.NOT_AN_ADMIN),
        (Need.BILLING, MemberStatus.BLOCKED, Role.ADMIN, RejectionCode.NOT_ACTIVE),
        (Need.ACTIVE, MemberStatus.BLOCKED, Role.ADMIN, RejectionCode.NOT_ACTIVE),
        (Need.ACTIVE, MemberStatus.ACTIVE, Role.CLINICIAN, None),
        (Need.ADMIN, MemberStatus.ACTIVE, Role.CLINICIAN, RejectionCode.NOT_AN_ADMIN),
        (Need.ADMIN, MemberStatus.ACTIVE, Role.ADMIN, None),
    ],
)
def test_a_session_reads_me_and_admin_calls_need_an_active_admin(
    need: Need, status: MemberStatus, role: Role, expected: RejectionCode | None
) -> None:
    assert rejection_of(need, status, role) is expected


@pytest.mark.parametrize(
    ("method", "origin", "with_cookie", "expected"),
    [
        ("GET", "https://evil.example", True, True),
        ("POST", None, False, True),
        ("POST", None, True, False),
        ("POST", OURS, True, True),
        ("POST", "https://SEATS.example:443", True, True),
        ("POST", "https://evil.example", False, False),
        ("POST", "null", False, False),
        ("DELETE", "https://seats.example:notaport", True, False),
    ],
)
def test_a_write_with_our_cookie_comes_from_our_own_pages(
    method: str, origin: str | None, with_cookie: bool, expected: bool
) -> None:
    assert allowed(method, origin, ours=OURS, with_cookie=with_cookie) is expected


def test_cookies_travel_over_tls_unless_the_public_address_is_http_on_loopback() -> None:
    assert cookie_is_secure("https://seats.example")
    assert cookie_is_secure("http://seats.example")
    assert not cookie_is_secure("http://localhost:8000")
    assert not cookie_is_secure("http://127.0.0.1:8000")
    assert origin_of("http://localhost:8000/x") == "http://localhost:8000"


def test_a_webhook_is_stripes_when_one_fresh_v1_of_the_raw_body_is_right() -> None:
    at, body = int(NOW.timestamp()), b'{"id": "evt_1"}'
    good = hmac.new(b"whsec", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert is_stripes(f"t={at},v1={good}", body, ["whsec"], NOW)
    assert is_stripes(f"t={at},v0=x,v1=bad,v1={good}", body, ["old", "whsec"], NOW)
    assert is_stripes(f"t={at},v1={good}", body, ["whsec"], NOW + timedelta(seconds=300))
    assert not is_stripes(f"t={at},v1={good}", body, ["whsec"], NOW + timedelta(seconds=301))
    assert not is_stripes(f"t={at},v1={good}", body, ["whsec"], NOW - timedelta(seconds=301))
    assert not is_stripes(f"t={at},v1={good}", body + b" ", ["whsec"], NOW)
    assert not is_stripes(f"t={at + 1},v1={good}", body, ["whsec"], NOW)
    assert not is_stripes(f"v1={good}", body, ["whsec"], NOW)
    assert not is_stripes(f"t=now,v1={good}", body, ["whsec"], NOW)


def test_counting_starts_again_each_hour_or_day_and_shows_the_seconds_left() -> None:
    assert window_end(NOW + timedelta(minutes=59), HOUR) == window_end(NOW, HOUR) == NOW + HOUR
    assert retry_after(NOW + timedelta(minutes=59), HOUR) == 61
    assert retry_after(NOW, HOUR) == 3601
    assert window_end(NOW, DAY) == datetime(2026, 3, 3, tzinfo=UTC)
    assert retry_after(NOW, DAY) == 15 * 3600 + 1


def test_free_seats_are_never_below_zero() -> None:
    assert Meter(3, 1, 0, 0).available == 2
    assert Meter(1, 3, 0, 0).available == 0


@pytest.mark.parametrize("code", list(RejectionCode))
def test_every_rejection_code_has_a_title_and_a_sentence(code: RejectionCode) -> None:
    words = PROBLEMS[code]
    assert words.title
    sentence = words.detail({})
    assert "{" not in sentence
    assert sentence.endswith(".")


def test_a_sentence_carries_its_figures_and_an_unknown_code_reads_as_our_fault() -> None:
    detail = PROBLEMS[RejectionCode.NO_SEAT_AVAILABLE].detail({"purchased": 5, "seat_type": "voice", "active": None})
    assert detail == "All 5 Voice seats are taken. Add a Voice seat or remove a member who holds one, then try again."
    assert problem("no_such_code") == PROBLEMS[RejectionCode.INTERNAL_ERROR]


def test_in_the_last_second_of_an_hour_one_second_is_left() -> None:
    assert retry_after(datetime(2026, 3, 2, 9, 59, 59, 500_000, tzinfo=UTC), HOUR) == 1


@pytest.mark.parametrize("address", ["https://", "https:///path", "ftp://clinic.example", "clinic.example"])
def test_an_address_without_scheme_or_host_has_no_origin(address: str) -> None:
    assert origin_of(address) is None
