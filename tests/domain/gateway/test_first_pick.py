"""Which sign-up counts at a first login."""

import pytest

from contracts.vocabulary import SeatType
from services.gateway.domain.first_pick import MOST_OPTIONS, Claim, Confirm, Wish, first_pick

MINE, OTHERS = b"my browser", b"a stranger's browser"
EMAIL, SPELLING = "tess@clinic.example", "tess+x@clinic.example"
TESS, CLOWN = Wish("Tess", SeatType.BASE), Wish("Silly Clown", SeatType.VOICE)


@pytest.mark.parametrize("stranger_first", [True, False])
def test_the_sign_up_of_the_browser_that_proves_counts_whoever_typed_first(stranger_first: bool) -> None:
    claims = [Claim(EMAIL, TESS, MINE), Claim(EMAIL, CLOWN, OTHERS)]
    newest_first = claims if stranger_first else claims[::-1]
    assert first_pick(newest_first, EMAIL, MINE, None) == TESS
    assert first_pick(newest_first, EMAIL, OTHERS, None) == CLOWN


def test_the_newest_sign_up_of_a_browser_counts_so_that_a_person_corrects_theirs() -> None:
    again = Wish("Tess Lee", SeatType.VOICE)
    assert first_pick([Claim(EMAIL, again, MINE), Claim(EMAIL, TESS, MINE)], EMAIL, MINE, None) == again


def test_a_browsers_sign_up_for_the_very_address_goes_before_its_newer_one_for_another_spelling() -> None:
    other = Wish("Tess Lee", SeatType.VOICE)
    claims = [Claim(SPELLING, other, MINE), Claim(EMAIL, TESS, MINE)]
    assert first_pick(claims, EMAIL, MINE, None) == TESS
    assert first_pick(claims[:1], EMAIL, MINE, None) == other


@pytest.mark.parametrize("browser", [b"another of mine", None])
def test_without_an_own_sign_up_the_ones_that_agree_count(browser: bytes | None) -> None:
    claims = [Claim(SPELLING, TESS, OTHERS), Claim(EMAIL, TESS, None)]
    assert first_pick(claims, EMAIL, browser, None) == TESS
    assert first_pick([], EMAIL, browser, None) is None


def test_without_an_own_sign_up_the_person_is_asked_when_they_differ() -> None:
    claims = [Claim(EMAIL, CLOWN, OTHERS), Claim(EMAIL, TESS, None), Claim(SPELLING, CLOWN, OTHERS)]
    assert first_pick(claims, EMAIL, b"another of mine", None) == Confirm((CLOWN, TESS))
    assert first_pick(claims, EMAIL, None, None) == Confirm((CLOWN, TESS)), "no browser is nobody's browser"


def test_a_question_names_a_few_sign_ups_only() -> None:
    claims = [Claim(EMAIL, Wish(f"Name {number}", SeatType.BASE), OTHERS) for number in range(50)]
    question = first_pick(claims, EMAIL, MINE, None)
    assert isinstance(question, Confirm)
    assert [wish.name for wish in question.options] == [f"Name {number}" for number in range(MOST_OPTIONS)]


def test_what_the_person_says_while_proving_counts_before_every_sign_up() -> None:
    said = Wish("Tess Lee", SeatType.VOICE)
    assert first_pick([Claim(EMAIL, TESS, MINE), Claim(EMAIL, CLOWN, OTHERS)], EMAIL, MINE, said) == said
