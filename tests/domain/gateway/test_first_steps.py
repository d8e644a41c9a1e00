"""A new agency has first steps, which go away when they are done."""

import pytest

from services.gateway.domain.first_steps import Step, first_steps
from services.gateway.texts.first_steps import STEPS


@pytest.mark.parametrize(
    ("baa_signed", "others", "auto_add", "done"),
    [
        (False, 0, False, set()),
        (True, 0, False, {Step.SIGN_BAA}),
        (True, 0, True, {Step.SIGN_BAA, Step.AUTO_ADD}),
        (False, 3, False, {Step.SHARE_SIGN_UP_LINK}),
    ],
)
def test_the_list_names_every_step_and_which_are_done(
    baa_signed: bool, others: int, auto_add: bool, done: set[Step]
) -> None:
    steps = first_steps(baa_signed=baa_signed, others=others, auto_add=auto_add)
    assert [step.step for step in steps] == list(Step)
    assert {step.step for step in steps if step.done} == done


@pytest.mark.parametrize("auto_add", [True, False])
def test_the_list_goes_away_when_the_baa_is_signed_and_people_are_in_whatever_was_decided_about_auto_add(
    auto_add: bool,
) -> None:
    assert first_steps(baa_signed=True, others=1, auto_add=auto_add) == ()


def test_each_step_has_words() -> None:
    assert list(STEPS) == list(Step)
