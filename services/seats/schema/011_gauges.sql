-- A scrape of the metrics finds the longest wait without reading every ledger.
CREATE INDEX ledgers_waiting ON ledgers (waiting_since) WHERE waiting_since IS NOT NULL;
