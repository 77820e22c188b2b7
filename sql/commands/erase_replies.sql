-- What the endpoints may have noted of a person who said STOP, which they do under account, our
-- address and theirs, each as Twilio writes it. Of the channels all are named, since of the person
-- nothing may be known here any more.

SELECT DISTINCT channel.account_sid, ours.address, theirs.address
FROM hookswitch.channels AS channel
CROSS JOIN LATERAL (
    SELECT
        hookswitch.bare_address(channel.address) AS address,
        hookswitch.channel_type(channel.communication_type, channel.address) AS type
) AS bare
CROSS JOIN LATERAL (
    VALUES (channel.address), (bare.address), (concat(bare.type, ':', bare.address))
) AS ours (address)
CROSS JOIN (
    VALUES (hookswitch.contact_key(:address::text))
) AS contact (key)
CROSS JOIN LATERAL (
    VALUES
        (:address::text),
        (contact.key),
        (concat('+', contact.key)),
        (concat(bare.type, ':', contact.key)),
        (concat(bare.type, ':+', contact.key))
) AS theirs (address);
