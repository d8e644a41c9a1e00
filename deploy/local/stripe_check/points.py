"""The points that no source says. `docs/operations.md` lists the same points, by the same names."""

from deploy.local.stripe_check.amounts import AMOUNTS
from deploy.local.stripe_check.changes import CHANGES

POINTS = (*AMOUNTS, *CHANGES)
