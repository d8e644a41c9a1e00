-- Lost disputes are read with every batch: a lost one keeps Auto-Add's pause when another one is won.
CREATE INDEX invoices_lost ON invoices (agency_id) WHERE dispute = 'lost';
