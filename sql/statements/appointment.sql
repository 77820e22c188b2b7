-- appointment.sql: room-ended. Completes the appointment that the room was for, if it was still to
-- come; where it had several rooms, when the first of them ended.

UPDATE hookswitch.appointments AS appointment
SET
    status = 'completed',
    completed_at = event.occurred_at
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
WHERE :StatusCallbackEvent::text = 'room-ended'
    AND appointment.id = hookswitch.appointment_id(:RoomName::text)
    AND (appointment.account_sid = event.account_sid OR appointment.account_sid IS NULL)
    AND (
        appointment.status IN ('scheduled', 'confirmed')
        -- The end of another room came first, though it was later; and it was not the application
        -- that completed it.
        OR appointment.status = 'completed'
        AND appointment.completed_at > event.occurred_at
        AND EXISTS (
            SELECT
            FROM hookswitch.rooms AS room
            JOIN hookswitch.room_events AS told
                ON told.room_sid = room.sid
                AND told.account_sid = room.account_sid
            WHERE room.appointment_id = appointment.id
                AND room.account_sid = event.account_sid
                AND told.event = 'room-ended'
                AND told.occurred_at = appointment.completed_at
        )
    );
