"""What is kept: the gradebook's marks, results, a ledger, the roster and what is exported."""
