-- 002-systems.sql: what the systems that move over need beside tables of what happened:
-- conversations, replies, opt-outs, appointments, and what an operator asks. Run by install.sql.
--
-- Endpoints of version 1 can go on running meanwhile: every column they do not know has a default.

-- Ledger

ALTER TABLE hookswitch.webhook_events
    ADD COLUMN kind text NOT NULL DEFAULT 'other';

-- By changing its type, which writes the table anew once; an update would leave each row behind a
-- second time. What an endpoint of version 1 stored is told apart by its content as now, as far as
-- its parameters go; what it answered is told by its endpoint.
ALTER TABLE hookswitch.webhook_events
    ALTER COLUMN kind TYPE text USING CASE
        WHEN params ? 'CompositionSid' THEN 'video-composition'
        WHEN params ? 'RoomSid' THEN 'video-room'
        WHEN params ? 'RecordingStatus' AND params ? 'RecordingSid' THEN 'recording-status'
        WHEN params ? 'ConferenceSid' AND params ? 'StatusCallbackEvent' THEN 'conference'
        WHEN params ? 'TranscriptionSid' THEN 'transcription'
        WHEN params ?& ARRAY['Level', 'Payload'] THEN 'debugger'
        WHEN params ? 'MessageSid' AND endpoint IN ('sms', 'whatsapp') THEN 'message'
        WHEN params ?| ARRAY['MessageStatus', 'MessageSid'] THEN 'message-status'
        WHEN NOT params ? 'CallSid' THEN 'other'
        WHEN endpoint = 'voice' AND params ?| ARRAY[
            'DialCallStatus', 'DialCallSid', 'RecordingUrl', 'Digits', 'SpeechResult'
        ] THEN 'call-action'
        WHEN endpoint = 'voice' THEN 'call'
        WHEN params ? 'AnsweredBy' AND NOT params ? 'CallStatus' THEN 'answering-machine-detection'
        ELSE 'call-status'
    END;

COMMENT ON COLUMN hookswitch.webhook_events.kind IS
    'What it is by its content: call, call-action, call-status, answering-machine-detection,'
    ' message, message-status, recording-status, video-room, video-composition, conference,'
    ' transcription, debugger or other. One endpoint may take several.';
COMMENT ON COLUMN hookswitch.webhook_events.endpoint IS
    'Program that took it: voice, sms, whatsapp, status, recording, video-room or webhook.';
