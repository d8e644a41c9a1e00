-- purchase_lets_in_for: the command members.let_in of a change that lets Blocked members in once it is made. line.blocked:
-- why such a member is Blocked until then; null for everybody else in line.
ALTER TABLE ledgers ADD COLUMN purchase_lets_in_for uuid;
ALTER TABLE line ADD COLUMN blocked text;
