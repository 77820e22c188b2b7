-- debugger_event.sql: a report of Twilio's debugger, whose details are JSON in one parameter.
-- Makes the report's row or merges into it what this webhook knows.

INSERT INTO hookswitch.debugger_events AS known (
    sid,
    account_sid,
    parent_account_sid,
    level,
    error_code,
    message,
    resource_sid,
    service_sid,
    url,
    method,
    response_status,
    occurred_at,
    payload
)
SELECT
    :Sid::text,
    event.account_sid,
    :ParentAccountSid::text,
    :Level::text,
    hookswitch.integer_of(told.payload #>> '{error_code}'),
    coalesce(
        told.payload #>> '{more_info,Msg}',
        told.payload #>> '{more_info,msg}',
        told.payload #>> '{more_info,message}',
        CASE
            WHEN jsonb_typeof(told.payload -> 'more_info') = 'string'
                THEN told.payload ->> 'more_info'
        END
    ),
    told.payload #>> '{resource_sid}',
    told.payload #>> '{service_sid}',
    told.payload #>> '{webhook,request,url}',
    told.payload #>> '{webhook,request,method}',
    hookswitch.integer_of(told.payload #>> '{webhook,response,status_code}'),
    event.occurred_at,
    told.payload
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
CROSS JOIN hookswitch.json_of(:Payload::text) AS told (payload)
WHERE length(:Sid::text) <= 255  -- a longer one might not fit into an index
ON CONFLICT (sid, account_sid) DO UPDATE SET
    parent_account_sid = hookswitch.merged_text(
        known.parent_account_sid, excluded.parent_account_sid
    ),
    level = hookswitch.merged_text(known.level, excluded.level),
    error_code = greatest(known.error_code, excluded.error_code),
    message = hookswitch.merged_text(known.message, excluded.message),
    resource_sid = hookswitch.merged_text(known.resource_sid, excluded.resource_sid),
    service_sid = hookswitch.merged_text(known.service_sid, excluded.service_sid),
    url = hookswitch.merged_text(known.url, excluded.url),
    method = hookswitch.merged_text(known.method, excluded.method),
    response_status = greatest(known.response_status, excluded.response_status),
    occurred_at = least(known.occurred_at, excluded.occurred_at),
    payload = greatest(known.payload, excluded.payload);
