-- snapshot.sql: which transactions can be seen. As long as this stays the same nothing has been
-- committed, and there is nothing to read: a question that costs little where the ledger has many
-- partitions.

SELECT pg_current_snapshot()::text AS snapshot;
