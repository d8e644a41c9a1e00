"""A mailbox gets a few code mails an hour from strangers; a known browser has a reserve of its own."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.code_mails import (
    LINK_LIFE,
    WINDOW,
    CodeMail,
    CodeMailLimits,
    is_mailed,
    is_one_spelling_too_many,
)

LIMITS = CodeMailLimits(per_address=5, per_browser=3, per_network=4, per_known_browser=10)


def stranger(browser: int, network: int = 0) -> CodeMail:
    return CodeMail(b"stranger %d" % browser, b"network %d" % network, known=False)


OWNER = CodeMail(b"owner", b"network 0", known=True)


def test_a_browser_causes_three_mails_an_hour() -> None:
    assert is_mailed([stranger(1)] * 2, stranger(1), LIMITS)
    assert not is_mailed([stranger(1)] * 3, stranger(1), LIMITS)
    assert is_mailed([stranger(1)] * 3, stranger(2), LIMITS)


def test_a_network_causes_four_mails_an_hour_whatever_its_browsers() -> None:
    earlier = [stranger(browser) for browser in range(4)]
    assert not is_mailed(earlier, stranger(9), LIMITS)
    assert is_mailed(earlier, stranger(9, network=1), LIMITS)


def test_all_strangers_together_cause_five_mails_an_hour() -> None:
    earlier = [stranger(browser, network=browser) for browser in range(5)]
    assert is_mailed(earlier[:4], stranger(9, network=9), LIMITS)
    assert not is_mailed(earlier, stranger(9, network=9), LIMITS)


def test_a_known_browser_has_ten_mails_an_hour_of_its_own() -> None:
    assert is_mailed([OWNER] * 9, OWNER, LIMITS)
    assert not is_mailed([OWNER] * 10, OWNER, LIMITS)
    assert is_mailed([OWNER] * 10, CodeMail(b"owner's phone", b"network 0", known=True), LIMITS)
    assert is_mailed([OWNER] * 10, stranger(1), LIMITS), "nor does it use up what others have"


@given(st.lists(st.builds(stranger, st.integers(0, 30), st.integers(0, 30)), max_size=60))
def test_INVARIANT_strangers_never_use_up_the_known_browsers_reserve_nor_pass_their_own(  # noqa: N802
    requests: list[CodeMail],
) -> None:
    """INVARIANT: whatever strangers request, they cause five mails, and the owner's known browser gets its ten."""
    mails: list[CodeMail] = []
    for request in requests:
        if is_mailed(mails, request, LIMITS):
            mails.append(request)
    assert len(mails) <= LIMITS.per_address
    for _ in range(LIMITS.per_known_browser):
        assert is_mailed(mails, OWNER, LIMITS)
        mails.append(OWNER)


def test_a_link_lives_at_least_as_long_as_the_mails_are_counted() -> None:
    """When no further mail is sent, the newest one was sent within the window, and its link still works."""
    assert LINK_LIFE >= WINDOW >= timedelta(hours=1)


def test_unproven_spellings_of_a_mailbox_share_the_mails_of_one_address() -> None:
    tagged, plain = "noor+x@clinic.example", "noor@clinic.example"
    assert not is_one_spelling_too_many(tagged, plain, 4, LIMITS, is_proven=False)
    assert is_one_spelling_too_many(tagged, plain, 5, LIMITS, is_proven=False)
    assert not is_one_spelling_too_many(tagged, plain, 5, LIMITS, is_proven=True)
    assert not is_one_spelling_too_many(plain, plain, 5, LIMITS, is_proven=False)
