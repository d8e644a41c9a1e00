"""`make stripe-check` at the stand-in: its points are those of the stand-in and of the operator's page."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import deploy
from deploy.local.stripe_check.__main__ import check, main, run
from deploy.local.stripe_check.account import Account
from deploy.local.stripe_check.points import POINTS
from tests.clients.standin import StandIn

KEY = "sk_test_of_the_check"


async def test_the_stand_in_does_what_every_point_says_of_it(
    standin: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(KEY, standin.url) == 0
    assert f"{len(POINTS)} of {len(POINTS)} points are as the stand-in has them." in capsys.readouterr().out
    left = await standin.stripe.v1.customers.list_async()
    assert left.data == []


async def test_a_point_that_differs_is_named_with_both_answers(standin: StandIn) -> None:
    other = replace(POINTS[0], assumed="[-999, 2999]")
    async with Account.of(KEY, standin.url) as account:
        (line,) = await check(account, [other])
    assert line.startswith("floor: ")
    assert "The stand-in: [-999, 2999]. Stripe: [-1000, 2998]." in line


async def test_a_point_that_cannot_be_tried_does_not_stop_the_others(standin: StandIn) -> None:
    await standin.fault("error", match={"path": "/v1/customers", "method": "POST"}, times=1)
    async with Account.of(KEY, standin.url) as account:
        (line,) = await check(account, POINTS[:2])
    assert line.startswith("floor: not tried")


@pytest.mark.parametrize("key", ["", "sk_live_x", "rk_live_x", "pk_test_x"])
def test_only_a_test_key_is_accepted(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_TEST_KEY", key)
    assert main() == 2


def test_the_operators_page_lists_every_point() -> None:
    page = (Path(deploy.__file__).parent.parent / "docs" / "operations.md").read_text()
    section = page.split("**To be tried in a sandbox first.**")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [point.name for point in POINTS]
