-- Whether nobody else reads an account's history, and nobody else will until the transaction ends. A
-- transaction's lock, since a pooler may give a session to another; it does nothing meanwhile, which
-- must not end it.

SELECT
    -- The first number, which spells "back", keeps our locks apart from others' in this database.
    pg_try_advisory_xact_lock(1650549611, hashtext(:account_sid::text)) AS is_ours,
    set_config('idle_in_transaction_session_timeout', '0', true);
