"""Every kind of mail. Each is a value that holds all that its text needs: it reads the same whenever it is sent.

`template` names a kind's pair of templates. Amounts are in cents, times aware and in UTC. A mail about many people has
the first of them; `more` is how many others there are.
"""

from __future__ import annotations

from typing import get_args

from services.notifier.mails.billing_kinds import BillingMail
from services.notifier.mails.member_kinds import Invitation, LoginCode, MemberMail
from services.notifier.mails.operator_kinds import OperatorMail
from services.notifier.mails.reduction_kinds import ScheduledReduction

OpenMail = MemberMail | BillingMail | OperatorMail | ScheduledReduction
"""Every mail that holds no secret, so that the task's row may hold it as it is."""

Mail = LoginCode | Invitation | OpenMail
"""Every mail. The first two hold a secret: their tasks keep it sealed until the mail is built."""

EVERY_KIND: tuple[type[Mail], ...] = get_args(Mail)
