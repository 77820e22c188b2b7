-- Whether the tables know a recording of a call. A child's SID stands for the call that was recorded,
-- which is its parent. account_sid: NULL for any.

SELECT EXISTS (
    SELECT
    FROM hookswitch.recordings AS recording
    WHERE recording.account_sid = coalesce(:account_sid::text, recording.account_sid)
        AND (
            recording.call_sid = :call_sid::text
            OR recording.call_sid IN (
                SELECT leg.parent_sid
                FROM hookswitch.calls AS leg
                WHERE leg.sid = :call_sid::text
            )
        )
);
