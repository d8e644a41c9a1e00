-- purchase_quote: the quote whose price an admin's change has. purchase_pays_first: the change waits until what is owed is
-- paid.
ALTER TABLE ledgers
    ADD COLUMN purchase_quote      uuid,
    ADD COLUMN purchase_pays_first boolean NOT NULL DEFAULT false;
