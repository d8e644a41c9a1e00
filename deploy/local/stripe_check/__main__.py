"""`make stripe-check`: try every point at a Stripe test account, and print where it differs from the stand-in.

STRIPE_TEST_KEY is the key of a sandbox or of test mode; a live key is refused. The customers that it makes are deleted;
products, prices, coupons and tax rates stay in the sandbox.
"""

import asyncio
import os
import sys
from collections.abc import Sequence

import httpx

from deploy.local.stripe_check.account import STRIPE, Account, RefusedError
from deploy.local.stripe_check.point import Point
from deploy.local.stripe_check.points import POINTS


async def check(account: Account, points: Sequence[Point] = POINTS) -> list[str]:
    """Try the points; a line for each that differs from the stand-in, or could not be tried."""
    differing = []
    for point in points:
        try:
            found = await point.probe(account)
        except (RefusedError, httpx.HTTPError) as failed:
            differing.append(f"{point.name}: not tried ({failed})")
            continue
        if found != point.assumed:
            differing.append(f"{point.name}: {point.asks} The stand-in: {point.assumed}. Stripe: {found}.")
    return differing


async def run(key: str, base: str = STRIPE) -> int:
    """Check the account of this key; the number of points that differ."""
    async with Account.of(key, base) as account:
        differing = await check(account)
    for line in differing:
        print(line)
    print(f"{len(POINTS) - len(differing)} of {len(POINTS)} points are as the stand-in has them.")
    return len(differing)


def main() -> int:
    """Read the key, and check."""
    key = os.environ.get("STRIPE_TEST_KEY", "")
    if not key:
        print("Set STRIPE_TEST_KEY to the secret key of a Stripe sandbox: sk_test_...")
        return 2
    try:
        return 1 if asyncio.run(run(key)) else 0
    except ValueError as refused:
        print(refused)
        return 2


if __name__ == "__main__":
    sys.exit(main())
