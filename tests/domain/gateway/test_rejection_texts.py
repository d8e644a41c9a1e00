"""What a rejection's figures mean, in sentences that a person can act on."""

import pytest

from contracts.rejection_base import FiguresJson
from contracts.vocabulary import MemberStatus, RejectionCode
from services.gateway.domain.gateway_codes import NOT_FOUND
from services.gateway.domain.invitation_link import LinkOver
from services.gateway.texts.messages import invitation_over, login_link_over
from services.gateway.texts.problem import Problem
from services.gateway.texts.problems import problem


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        (
            {"seat_type": "voice", "purchased": 5, "active": 5, "waiting": 0},
            "All 5 Voice seats are taken. Add a Voice seat or remove a member who holds one, then try again.",
        ),
        (
            {"seat_type": "voice", "purchased": 5, "active": 4, "waiting": 1},
            (
                "All 5 Voice seats are taken or waited for (4 Active, 1 waiting in line)."
                " Add a Voice seat or remove a member who holds one, then try again."
            ),
        ),
        (
            {"seat_type": "base", "purchased": 1, "active": 1, "waiting": 0},
            "The only Base seat is taken. Add a Base seat or remove a member who holds one, then try again.",
        ),
        (
            {"seat_type": "base", "purchased": 1, "active": 0, "waiting": 1},
            (
                "The only Base seat is taken or waited for (0 Active, 1 waiting in line)."
                " Add a Base seat or remove a member who holds one, then try again."
            ),
        ),
        (
            {"seat_type": "voice", "purchased": 0, "active": 0, "waiting": 0},
            "Your agency has no Voice seat. Add one under Seats & Billing, then try again.",
        ),
        (
            {"seat_type": "base", "purchased": 5, "active": 3, "waiting": 0, "reinvited": 2},
            (
                "All 5 Base seats are spoken for (3 Active, 2 invited just before)."
                " Add a Base seat or remove a member who holds one, then try again."
            ),
        ),
        (
            {"seat_type": "base", "purchased": 1, "active": 0, "waiting": 0, "reinvited": 1},
            (
                "The only Base seat is spoken for (0 Active, 1 invited just before)."
                " Add a Base seat or remove a member who holds one, then try again."
            ),
        ),
        (
            {"seat_type": "base", "purchased": 5, "active": 4, "waiting": 0},
            "Your seats are being changed, and no Base seat is free at the moment. Try again in a minute.",
        ),
        (
            {"seat_type": "base", "purchased": 5},
            "All 5 Base seats are taken. Add a Base seat or remove a member who holds one, then try again.",
        ),
        ({}, "No seat of that type is free. Add one or remove a member who holds one, then try again."),
    ],
)
def test_no_free_seat_is_explained_with_the_figures_and_the_way_out(figures: FiguresJson, sentence: str) -> None:
    assert problem(RejectionCode.NO_SEAT_AVAILABLE).detail(figures) == sentence


def test_the_rejection_of_frozen_seats_says_whether_there_is_a_subscription() -> None:
    published = problem(RejectionCode.SEATS_REDUCED_ELSEWHERE).detail
    assert published({"frozen": "subscription_canceled"}).startswith(
        "The subscription was canceled at Stripe, so there are no seats."
    )
    assert published({"frozen": "customer_deleted"}).startswith(
        "The account was deleted at Stripe, so there are no seats."
    )
    assert published({"frozen": "seats_reduced_elsewhere"}).endswith("Add seats or remove members.")


@pytest.mark.parametrize("status", [status for status in MemberStatus if status is not MemberStatus.REMOVED])
def test_already_a_member_names_where_they_stand_in_plain_words_and_what_to_do(status: MemberStatus) -> None:
    published = problem(RejectionCode.ALREADY_MEMBER).detail({"status": status.value})
    plain = {
        MemberStatus.ACTIVE: "That address is Active already.",
        MemberStatus.INVITED: "That address is invited already and has not accepted yet. Use Re-invite",
        MemberStatus.PENDING_LOGIN: "That address has signed up already and has not logged in yet. They get in by",
        MemberStatus.BLOCKED: "That address is a member already, and Blocked. Use Re-invite next to the row",
    }
    assert published.startswith(plain[status])
    assert "_" not in published


def test_already_a_member_without_a_status_still_says_where_to_look() -> None:
    published = problem(RejectionCode.ALREADY_MEMBER).detail({})
    assert published == "That address belongs to a member already. Find the member in the list."


@pytest.mark.parametrize(
    ("figures", "begins"),
    [
        ({"status": "removed"}, "The member is removed. Invite the address again"),
        ({"status": "invited"}, "The member is Invited and holds no seat yet."),
        ({"status": "pending_login"}, "The member has signed up and not logged in yet."),
        ({"status": "blocked"}, "The member is Blocked and holds no seat. Re-invite them first"),
        ({"status": "active"}, "The member is Active already, and needs no invitation."),
        (
            {"status": "pending_login", "requested": "reinvite"},
            (
                "The member has signed up already and has not logged in yet."
                " They get in by signing in; no invitation is needed."
            ),
        ),
        ({"status": "blocked", "requested": "reinvite"}, "The member is Blocked and holds no seat."),
        ({"status": "invited", "waits": 1}, "The member has asked for a seat and waits for it just now."),
        ({"signer_name": "Ada Park"}, "The BAA is signed already, by Ada Park."),
        ({}, "The member's status does not allow that. Refresh the list"),
    ],
)
def test_a_wrong_status_says_where_the_member_stands_and_what_to_do(figures: FiguresJson, begins: str) -> None:
    assert problem(RejectionCode.WRONG_STATUS).detail(figures).startswith(begins)


@pytest.mark.parametrize(
    ("why", "says"),
    [
        ("used", "accepted already. Sign in with your address"),
        ("replaced", "newest email, or ask your agency's admin"),
        ("expired", "has expired. Ask your agency's admin to send you a new one."),
        ("ended", "no longer good. Ask your agency's admin to send you a new one."),
        ("unknown", "use the whole link in it."),
    ],
)
def test_an_invitation_that_is_over_says_whom_to_ask(why: str, says: str) -> None:
    assert says in problem(RejectionCode.LINK_EXPIRED).detail({"invitation": why})


@pytest.mark.parametrize("over", list(LinkOver))
def test_a_link_that_does_nothing_any_more_says_why(over: LinkOver) -> None:
    sentences = {login_link_over(over).sentence, invitation_over(over).sentence}
    assert len(sentences) == 2
    assert all(sentence.endswith(".") for sentence in sentences)


def test_a_login_link_that_is_over_leads_to_the_sign_in_page() -> None:
    assert problem(RejectionCode.LINK_EXPIRED).detail({}).endswith("Ask for a new one on the sign-in page.")


def test_an_api_key_that_signs_out_learns_how_to_revoke_a_key() -> None:
    assert "revoke it" in problem(RejectionCode.NOT_SIGNED_IN).detail({"credential": "api_key"})
    assert "Sign in" in problem(RejectionCode.NOT_SIGNED_IN).detail({})


def test_a_dead_key_and_a_missing_operator_key_are_named_as_keys_and_not_as_sessions() -> None:
    published = problem(RejectionCode.NOT_SIGNED_IN).detail
    assert published({"credential": "dead_api_key"}) == (
        "This API key is not good: it was revoked, or the admin who made it is an admin no more. Make a new one under"
        " Settings."
    )
    assert published({"credential": "operator_key"}).startswith("This takes the operator's key")


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        (
            {"tries_left": 4},
            (
                "That code is not right, or codes are off for now. You have 4 tries left with it. The link in the same"
                " email works for an hour, in any browser."
            ),
        ),
        (
            {"tries_left": 1},
            (
                "That code is not right, or codes are off for now. You have 1 try left with it. The link in the same"
                " email works for an hour, in any browser."
            ),
        ),
        (
            {"tries_left": 0},
            (
                "That code is not right, or it no longer works: a code is good for 10 minutes and 5 tries, once, in the"
                " browser that asked for it. The link in the same email works for an hour, in any browser. Or ask for a"
                " new code."
            ),
        ),
        ({}, "That code is not right, or it has expired. Ask for a new one."),
    ],
)
def test_a_code_without_tries_left_is_replaced_and_not_tried_again(figures: FiguresJson, sentence: str) -> None:
    assert problem(RejectionCode.INVALID_CODE).detail(figures) == sentence


@pytest.mark.parametrize(
    ("figures", "wait"),
    [
        ({"retry_after": 1}, "Try again in a minute."),
        ({"retry_after": 61}, "Try again in 2 minutes."),
        ({"retry_after": 3600}, "Try again in 60 minutes."),
        ({}, "Try again later."),
    ],
)
def test_too_many_attempts_name_the_wait_in_minutes(figures: FiguresJson, wait: str) -> None:
    assert (
        problem(RejectionCode.TOO_MANY_ATTEMPTS).detail(figures)
        == f"There were too many attempts within the hour. {wait}"
    )


def test_a_limit_of_invitations_names_its_reason_and_what_to_do() -> None:
    of_agency = problem(RejectionCode.TOO_MANY_ATTEMPTS).detail(
        {"retry_after": 15 * 3600 + 1, "limit": "invitations_of_agency"}
    )
    assert of_agency == (
        "Your agency sent as many invitations today as its seats allow. Nobody was invited by this request."
        " Try again in 16 hours, or add seats first."
    )
    to_person = problem(RejectionCode.TOO_MANY_ATTEMPTS).detail(
        {"retry_after": 91 * 60, "limit": "invitations_to_person", "person": "noor@xn--strae-oqa.example"}
    )
    assert to_person == (
        "noor@straße.example got several invitations today. Nobody was invited by this request."
        " Try again in 2 hours, or leave this person out."
    )


def test_an_unknown_agency_is_named_as_an_agency() -> None:
    assert problem(NOT_FOUND).detail({"what": "agency"}).startswith("There is no agency with this id.")
    assert "at this address" in problem(NOT_FOUND).detail({})


def test_a_count_below_active_names_the_seat_type() -> None:
    published = problem(RejectionCode.BELOW_ACTIVE).detail({"seat_type": "voice", "active": 5})
    assert published == "You have 5 Active Voice members. Remove members first to free seats."


@pytest.mark.parametrize("figures", [{"seat_type": "voice"}, {"purchased": 2, "active": 2}, {"purchased": "two"}])
def test_no_free_seat_without_figures_has_a_general_sentence(figures: FiguresJson) -> None:
    assert problem(RejectionCode.NO_SEAT_AVAILABLE).detail(figures) == (
        "No seat of that type is free. Add one or remove a member who holds one, then try again."
    )


def test_seats_that_are_spoken_for_count_the_waiting_line_too() -> None:
    figures: FiguresJson = {"seat_type": "voice", "purchased": 5, "active": 2, "waiting": 1, "reinvited": 2}
    assert problem(RejectionCode.NO_SEAT_AVAILABLE).detail(figures) == (
        "All 5 Voice seats are spoken for (2 Active, 1 waiting in line, 2 invited just before)."
        " Add a Voice seat or remove a member who holds one, then try again."
    )


def test_a_figure_that_is_no_number_counts_as_missing() -> None:
    figures: FiguresJson = {"seat_type": "voice", "purchased": "5", "active": 5}
    assert "No seat of that type is free." in problem(RejectionCode.NO_SEAT_AVAILABLE).detail(figures)


def test_a_sentence_that_lacks_its_figure_ends_before_it() -> None:
    known = Problem("Taken", "These are taken: {names}, and more")
    assert known.detail({"names": "A and B"}) == "These are taken: A and B, and more"
    assert known.detail({"names": None}) == "These are taken."
    assert Problem("Taken", "Try at {time}: then {what}", "Try again later.").detail({"time": "9"}) == (
        "Try again later."
    )


def test_a_sentence_without_its_figures_ends_before_the_first_of_them() -> None:
    assert Problem("Full", "Plan X: {base} Base, {voice} Voice").detail({"voice": 3}) == "Plan X."
