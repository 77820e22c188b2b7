-- Whether there is a schema of ours in the database, and whether its ledger is in partitions.

SELECT
    to_regclass('hookswitch.migrations') IS NOT NULL,
    to_regclass('hookswitch.webhook_event_keys') IS NOT NULL;
