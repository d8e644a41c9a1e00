-- purchase_awaits_payment: the change's invoice is not paid yet, so that its seats do not count.
ALTER TABLE ledgers ADD COLUMN purchase_awaits_payment boolean NOT NULL DEFAULT false;
