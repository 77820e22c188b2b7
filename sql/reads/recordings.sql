-- recordings.sql: recordings and whose calls they are of, the newest first; or those of one call, or
-- of some SIDs, with commas between. Of some nobody has told when they began: they come last. With
-- the smallest file that has been fetched, which is what can be listened to.

SELECT
    to_json(coalesce(recording.started_at, timestamptz '1970-01-01 00:00:00+00')) #>> '{}' AS at,
    recording.sid AS id,
    (
        SELECT row_to_json(item)
        FROM (
            SELECT
                recording.sid,
                recording.account_sid,
                recording.call_sid,
                recording.conference_sid,
                call.direction,
                call.from_number,
                call.to_number,
                recording.url,
                recording.status,
                recording.duration,
                recording.channels,
                recording.source,
                recording.track,
                recording.error_code,
                recording.started_at,
                (
                    SELECT json_build_object(
                        'format', file.format,
                        'size', file.size,
                        'fetched_at', file.fetched_at
                    )
                    FROM hookswitch.recording_files AS file
                    WHERE file.recording_sid = recording.sid
                        AND file.account_sid = recording.account_sid
                        AND file.fetched_at IS NOT NULL
                    ORDER BY file.size
                    LIMIT 1
                ) AS file
        ) AS item
    ) AS item
FROM hookswitch.recordings AS recording
LEFT JOIN hookswitch.calls AS call
    ON call.sid = recording.call_sid
    AND call.account_sid = recording.account_sid
WHERE (:sid::text IS NULL OR recording.sid = ANY (string_to_array(:sid::text, ',')))
    AND (:call::text IS NULL OR recording.call_sid = :call::text)
    AND (
        coalesce(recording.started_at, timestamptz '1970-01-01 00:00:00+00'), recording.sid
    ) < (coalesce(:at::timestamptz, 'infinity'), coalesce(:id::text, ''))
ORDER BY
    coalesce(recording.started_at, timestamptz '1970-01-01 00:00:00+00') DESC,
    recording.sid DESC
LIMIT :limit::integer;
