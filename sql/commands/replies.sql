-- Every TwiML that the database answers with, and where it stands.

SELECT
    concat('auto_replies, id ', reply.id) AS place,
    reply.twiml
FROM hookswitch.auto_replies AS reply
WHERE reply.is_active
UNION ALL
SELECT
    concat('campaigns, id ', campaign.id),
    campaign.voice_twiml
FROM hookswitch.campaigns AS campaign
WHERE btrim(campaign.voice_twiml) <> ''
LIMIT 1000;
