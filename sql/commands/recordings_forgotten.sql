-- A recording's file has been deleted.

DELETE FROM hookswitch.recording_files
WHERE recording_sid = :recording_sid::text
    AND account_sid = :account_sid::text
    AND format = :format::text;
