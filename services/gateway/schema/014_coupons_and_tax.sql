-- What discounts take off a cycle and what taxes add to it, in the smallest unit of the plan's currency.
ALTER TABLE plans ADD COLUMN coupons bigint NOT NULL DEFAULT 0, ADD COLUMN tax bigint NOT NULL DEFAULT 0;
