-- twilio_errors.sql: what Twilio's common error codes mean. Run by install.sql, every time.
--
-- A row whose texts are still those that were installed follows this file; one that the owner
-- changed or made is left alone.

INSERT INTO hookswitch.twilio_errors AS known (code, message, explanation, shipped_digest)
SELECT
    shipped.code,
    shipped.message,
    shipped.explanation,
    sha256(convert_to(concat(shipped.message, E'\n', shipped.explanation), 'UTF8'))
FROM (
    VALUES
        -- Accounts
        (
            10001,
            'Account is not active',
            'The account is suspended or closed. See its balance and notices in the console.'
        ),
        (
            10002,
            'Not available to a trial account',
            'Upgrade the account to use this feature.'
        ),
        (
            10004,
            'Too many calls at once',
            'The account has as many calls in progress as it may have. Place fewer at a time, or ask'
            ' Twilio for a higher limit.'
        ),

        -- Webhooks: Twilio could not fetch what it asked our server for
        (
            11100,
            'Invalid URL',
            'The URL set for a webhook is not well formed. It has to be a complete http or https URL.'
        ),
        (
            11200,
            'Webhook failed',
            'Our server did not answer a webhook as it should: it was away, too slow, or answered an'
            ' error such as 403 or 500. See the response in the debugger, and the web server''s log.'
        ),
        (
            11202,
            'Webhook: connection refused',
            'Nothing listened at the URL''s host and port, or a firewall refused. Is the web server'
            ' running, and open to the internet?'
        ),
        (
            11203,
            'Webhook: time is up',
            'The answer was not complete in time, retries included. Look for what makes it slow.'
        ),
        (
            11205,
            'Webhook: no connection',
            'No connection, or no answer within 15 seconds. Check firewall, DNS and load; a local'
            ' address cannot be reached from the internet.'
        ),
        (
            11206,
            'Webhook: HTTP protocol violation',
            'The answer was no valid HTTP: a malformed header or cookie, or http on a port that'
            ' speaks https or the reverse.'
        ),
        (
            11210,
            'Webhook: unknown host',
            'The host of the URL is not found in DNS. Look for a misspelt name in the console.'
        ),
        (
            11215,
            'Webhook: too many redirects',
            'The URL redirects again and again. Set the last one in the console; a redirected POST'
            ' loses its content, and its signature is another one.'
        ),
        (
            11217,
            'Webhook: error answered',
            'Our server answered with a 4xx or 5xx status. See its log for the reason.'
        ),
        (
            11220,
            'Webhook: TLS handshake failed',
            'Server and Twilio agree on no TLS version or cipher, or the certificate is not from a'
            ' public authority. Check the web server''s TLS settings.'
        ),
        (
            11235,
            'Webhook: certificate of another name',
            'The certificate does not name the host of the URL. Use the name that it was issued for.'
        ),
        (
            11236,
            'Webhook: certificate expired',
            'Renew the certificate of the web server.'
        ),
        (
            11237,
            'Webhook: certificate chain incomplete',
            'Twilio cannot follow the certificate to an authority it trusts. Let the web server send'
            ' the intermediate certificates too; a self-signed one is never accepted.'
        ),
        (
            11750,
            'TwiML too large',
            'A TwiML document may have 64 KiB. Shorten it.'
        ),
        (
            11751,
            'Media too large for the channel',
            'An attachment is larger than the channel takes. Send a smaller file.'
        ),
        (
            11770,
            'Webhook: empty answer',
            'The answer had no content. Answer TwiML, at least <Response/>, or status 204.'
        ),

        -- TwiML
        (
            12100,
            'TwiML cannot be parsed',
            'The answer is not well-formed XML. Often there is something before <?xml, an error page'
            ' perhaps, or an & that is not written &amp;.'
        ),
        (
            12101,
            'TwiML of an unknown XML version',
            'The document has to say version="1.0".'
        ),
        (
            12102,
            'TwiML without <Response>',
            'The outermost element has to be <Response>, in this spelling.'
        ),
        (
            12200,
            'TwiML not as the schema wants it',
            'An element or attribute is unknown, misspelt or at the wrong place; capitals count.'
            ' Twilio ignores it and goes on.'
        ),
        (
            12300,
            'Invalid Content-Type',
            'The answer''s type is not one that Twilio can use. TwiML is text/xml.'
        ),
        (
            12400,
            'Internal failure at Twilio',
            'Not our fault as far as is known. Try again; ask Twilio''s support if it goes on.'
        ),
        (
            13201,
            'Dial within a dialled leg',
            'A leg that a <Dial> made cannot dial again. Dial from the first leg.'
        ),
        (
            13214,
            'Dial: invalid callerId',
            'callerId has to be a number of the account, a verified one, or the caller''s own.'
        ),
        (
            13221,
            'Dial: invalid method',
            'The method of a <Number> has to be GET or POST.'
        ),
        (
            13223,
            'Dial: invalid number format',
            'Write the number in the international format, as +15551230001.'
        ),
        (
            13224,
            'Dial: number invalid or not supported',
            'There is no such number, or Twilio does not call numbers of its kind.'
        ),
        (
            13225,
            'Dial: number blocked by Twilio',
            'Twilio does not place calls to this number. Ask its support if that is wrong.'
        ),
        (
            13227,
            'Dial: country not permitted',
            'The account may not call that country. Allow it in the console under Voice geographic'
            ' permissions.'
        ),
        (
            13243,
            'Dial: invalid SIP address',
            'The content of <Sip> is not a SIP URI, such as sip:name@example.com.'
        ),
        (
            13247,
            'Dial: invalid caller',
            'The call has no From that can be shown as the caller. Set callerId to a number of the'
            ' account.'
        ),
        (
            13520,
            'Say: invalid text',
            'The text is empty, or has characters that cannot be spoken.'
        ),
        (
            13521,
            'Say: text too long',
            'Divide the text into several <Say>; how long each may be depends on the voice.'
        ),
        (
            14101,
            'Message: invalid "to"',
            'The attribute "to" of a <Message> is no address that Twilio can send to.'
        ),
        (
            14103,
            'Message without content',
            'A <Message> has neither text nor media, or its text is too long.'
        ),
        (
            14107,
            'Too many replies',
            'Too many messages went to one number in a short time. Two automatic replies may be'
            ' answering each other.'
        ),
        (
            14108,
            'Reply from a number without SMS',
            'The number that a <Message> is sent from cannot send messages.'
        ),
        (
            14109,
            'Too many messages in one TwiML',
            'One answer holds more <Message> elements than are allowed. Send the others by the API.'
        ),

        -- Status callbacks of calls
        (
            15002,
            'Call status: callback waited too long',
            'Status callbacks were queued because our server took them too slowly, and this one'
            ' expired. Its call''s row lacks what it told.'
        ),
        (
            15003,
            'Call status: unexpected answer',
            'A status callback was not answered as Twilio wants it: status 204, or 200 with text/xml.'
            ' The call is not affected.'
        ),

        -- The REST API as such
        (
            20001,
            'Unknown parameters',
            'The request names a parameter that does not exist. Look for a misspelt one.'
        ),
        (
            20003,
            'Not authenticated',
            'Account SID, token or API key is wrong, or belongs to another account or region; or the'
            ' account is suspended. After a change of the token, change it here too.'
        ),
        (
            20005,
            'Account is not active',
            'The account is suspended or closed. See its balance and notices in the console.'
        ),
        (
            20008,
            'Not available to test credentials',
            'Use the live account SID and token.'
        ),
        (
            20403,
            'Forbidden',
            'The account or key may not do that.'
        ),
        (
            20404,
            'Not found',
            'There is nothing at that SID or URL: misspelt, deleted, or of another account. What was'
            ' made a moment ago may be missing for as long.'
        ),
        (
            20422,
            'Invalid parameter',
            'A parameter''s value is not one that it may have. The answer names it.'
        ),
        (
            20429,
            'Too many requests',
            'The request was not carried out. Repeat it after a while, longer each time, and send'
            ' fewer at once.'
        ),
        (
            20500,
            'Internal error at Twilio',
            'Try again later. Whether the request was carried out is not known: look before a call'
            ' is placed or a message sent again.'
        ),
        (
            20503,
            'Twilio is unavailable',
            'Try again later; see status.twilio.com.'
        ),

        -- Placing calls
        (
            21201,
            'Call without a recipient',
            'Give the number to call as To.'
        ),
        (
            21203,
            'International calls not enabled',
            'Allow the country in the console under Voice geographic permissions.'
        ),
        (
            21205,
            'Invalid URL',
            'The URL given for the call is not a complete http or https URL that Twilio can reach.'
        ),
        (
            21210,
            'Sender not verified',
            'From has to be a number of the account or a verified caller ID.'
        ),
        (
            21211,
            'Invalid recipient',
            'To is no telephone number. Write it in the international format, as +15551230001.'
        ),
        (
            21212,
            'Invalid sender',
            'From is no number that the account may use. Write it as +15551230001.'
        ),
        (
            21213,
            'Call without a sender',
            'Give a number of the account as From.'
        ),
        (
            21214,
            'Recipient cannot be reached',
            'The number may be valid, but no call can be put through to it.'
        ),
        (
            21215,
            'Country not permitted',
            'The account may not call that country or that kind of number. Allow it in the console'
            ' under Voice geographic permissions.'
        ),
        (
            21216,
            'Call blocked by Twilio',
            'The number is on Twilio''s list of those that it does not call.'
        ),
        (
            21217,
            'Number does not seem valid',
            'Check the number, its country code above all.'
        ),
        (
            21218,
            'Invalid ApplicationSid',
            'There is no TwiML application of this SID in the account.'
        ),
        (
            21219,
            'Recipient not verified',
            'A trial account calls verified numbers only. Verify this one, or upgrade the account.'
        ),
        (
            21220,
            'Call is in another state',
            'What was asked is not possible now: mostly because the call has already ended.'
        ),

        -- Numbers
        (
            21401,
            'Invalid telephone number',
            'Write the number in the international format, as +15551230001.'
        ),
        (
            21421,
            'Invalid telephone number',
            'Write the number in the international format, as +15551230001.'
        ),
        (
            21422,
            'Number is not available',
            'Somebody else has it, or it is not for sale. Choose another.'
        ),

        -- Sending messages
        (
            21408,
            'Country not permitted',
            'The account may not send messages to that country. Allow it in the console under'
            ' Messaging geographic permissions.'
        ),
        (
            21601,
            'Number without SMS',
            'The number cannot receive or send messages. Use one that can.'
        ),
        (
            21602,
            'Message without text',
            'Give a Body or a MediaUrl.'
        ),
        (
            21603,
            'Message without a sender',
            'Give a From or a MessagingServiceSid.'
        ),
        (
            21604,
            'Message without a recipient',
            'Give the number to send to as To.'
        ),
        (
            21606,
            'Sender cannot send to this recipient',
            'From is not a number of the account that can send messages to this destination. Choose'
            ' another, or check which account it belongs to.'
        ),
        (
            21608,
            'Recipient not verified',
            'A trial account writes to verified numbers only. Verify this one, or upgrade the'
            ' account.'
        ),
        (
            21609,
            'Invalid status callback URL',
            'StatusCallback has to be a complete URL that Twilio can reach. The message is sent'
            ' nevertheless, and nothing tells of its delivery.'
        ),
        (
            21610,
            'Recipient has opted out',
            'The recipient answered STOP to this sender. Do not write again until START comes.'
        ),
        (
            21611,
            'Sender''s queue is full',
            'More messages wait at this number than it can send in the time that they may wait. Send'
            ' more slowly, or from several numbers.'
        ),
        (
            21612,
            'Recipient cannot be reached from this sender',
            'There is no route from this sender to this number: mostly a kind of sender that the'
            ' country or carrier does not take.'
        ),
        (
            21614,
            'Not a mobile number',
            'The recipient''s number cannot receive messages. It may be a landline, or misspelt.'
        ),
        (
            21617,
            'Message too long',
            'A message may have 1600 characters. Divide it.'
        ),
        (
            21618,
            'Message cannot be sent',
            'The text holds nothing that can be sent.'
        ),
        (
            21619,
            'Message without content',
            'Give a Body, a MediaUrl or a content template.'
        ),
        (
            21620,
            'Invalid media URL',
            'Twilio has to be able to fetch the attachment from the URL, without a password.'
        ),
        (
            21621,
            'Sender without MMS',
            'The number cannot send pictures. Use one that can, or send a link.'
        ),
        (
            21623,
            'Too many attachments',
            'A message may have ten.'
        ),
        (
            21635,
            'Recipient is a landline',
            'The number cannot receive messages. Call it, or ask for another.'
        ),
        (
            21656,
            'Invalid ContentVariables',
            'They have to be a JSON object whose values fit the template: no line breaks, none'
            ' empty.'
        ),
        (
            21703,
            'Messaging service has no sender available',
            'No number of the service can send this message. Add one that fits the recipient''s'
            ' country.'
        ),
        (
            21704,
            'Messaging service without numbers',
            'Add a sender to the messaging service.'
        ),
        (
            21705,
            'Invalid messaging service',
            'There is no messaging service of this SID in the account.'
        ),

        -- What became of messages
        (
            30001,
            'Queue overflow',
            'Messages were sent faster than the sender may, and the queue was full. Send more'
            ' slowly, or from several numbers; then try again.'
        ),
        (
            30002,
            'Account suspended',
            'The account was suspended between sending and delivery. See the notices in the console.'
        ),
        (
            30003,
            'Recipient''s phone unreachable',
            'The phone is switched off, out of reach, or not allowed to roam. Try again later.'
        ),
        (
            30004,
            'Message blocked',
            'The recipient or the carrier does not take messages from this sender, or from anybody.'
            ' Do not try again without asking the recipient.'
        ),
        (
            30005,
            'Recipient unknown',
            'The number does not exist, or no longer. Take it off the list.'
        ),
        (
            30006,
            'Landline, or carrier unreachable',
            'The number is a landline, or its carrier takes no such messages. Call instead.'
        ),
        (
            30007,
            'Filtered as unwanted',
            'The carrier or Twilio took the message for spam. See to consent, opt-out wording, links'
            ' (no shorteners) and registration of the sender.'
        ),
        (
            30008,
            'Unknown error',
            'The carrier gave no reason. The phone may be off or may not take this kind of message;'
            ' try again once, then ask Twilio''s support with some message SIDs.'
        ),
        (
            30009,
            'Part of an inbound message is missing',
            'One segment of a long message to us was lost on its way. Ask the sender to repeat it.'
        ),
        (
            30010,
            'Price above the limit',
            'The message would cost more than the MaxPrice that it was sent with.'
        ),
        (
            30011,
            'No MMS to this number',
            'In the recipient''s region this number takes no pictures. Send a text with a link.'
        ),
        (
            30017,
            'Carrier is congested',
            'The carrier had too much traffic. Try again later.'
        ),
        (
            30018,
            'Sender must be registered first',
            'The destination''s carriers take messages of registered sender IDs only. Register this'
            ' one with Twilio.'
        ),
        (
            30019,
            'Content too large for the carrier',
            'An attachment is larger than this carrier takes. Send a smaller one, or a link.'
        ),
        (
            30022,
            'US 10DLC: too fast',
            'The campaign sent more in a second or minute than it is registered for. Send more'
            ' slowly.'
        ),
        (
            30023,
            'US 10DLC: daily limit reached',
            'The brand has sent as much as the carrier takes from it in a day. Go on tomorrow, or'
            ' have the brand''s trust score raised.'
        ),
        (
            30024,
            'Sender not set up at the carrier',
            'The carrier does not know this number as a registered sender: its registration is'
            ' missing, or not complete yet.'
        ),
        (
            30027,
            'US 10DLC: T-Mobile''s daily limit reached',
            'Go on tomorrow, or have the brand''s trust score raised.'
        ),
        (
            30032,
            'Toll-free number not verified',
            'A toll-free number has to be verified before it can send to the US and Canada. Submit'
            ' it in the console.'
        ),
        (
            30033,
            'US 10DLC: campaign suspended',
            'The registered campaign was suspended, mostly for its content. Ask Twilio''s support.'
        ),
        (
            30034,
            'US 10DLC: sender not registered',
            'A US number has to belong to a registered 10DLC campaign before it can send to the US.'
            ' Register brand and campaign, and add the number to its messaging service.'
        ),
        (
            30035,
            'US 10DLC: sender still being set up',
            'The number has been added to a campaign and the carriers do not know it yet. Wait a'
            ' day.'
        ),
        (
            30036,
            'Message expired',
            'It was still in the queue when its validity period ended. Send more slowly, or give it'
            ' longer.'
        ),
        (
            30038,
            'One-time password filtered',
            'The message was taken for one with a one-time password, which this sender or account'
            ' may not send. Use Twilio Verify, or ask Twilio''s support.'
        ),
        (
            30039,
            'Message loop',
            'Two numbers answer each other without end. Look at the automatic replies of both.'
        ),
        (
            30410,
            'Provider timed out',
            'The carrier did not answer in time. To avoid sending it twice Twilio does not repeat'
            ' it.'
        ),
        (
            30450,
            'Blocked as suspected fraud',
            'Twilio''s protection against SMS pumping blocked it. See SMS pumping protection in the'
            ' console if the recipient is a real one.'
        ),

        -- Voice in browsers and apps
        (
            31000,
            'Voice client: general error',
            'See the browser''s log for what came before it.'
        ),
        (
            31002,
            'Voice client: connection declined',
            'Twilio refused the call: mostly the TwiML application''s URL failed. See the debugger.'
        ),
        (
            31003,
            'Voice client: connection timed out',
            'No media path was found in time. Check firewall and VPN: UDP must be let out.'
        ),
        (
            31005,
            'Voice client: connection error',
            'The connection to Twilio was lost, or the call ended for an error in its TwiML. See the'
            ' debugger.'
        ),
        (
            31009,
            'Voice client: no transport',
            'There is no connection to Twilio to send on. Check the network.'
        ),
        (
            31204,
            'Voice client: invalid access token',
            'The token cannot be used: wrong account, wrong key, or malformed.'
        ),
        (
            31205,
            'Voice client: access token expired',
            'Fetch a new token before the old one ends.'
        ),
        (
            31208,
            'Voice client: no permission for the microphone',
            'The user has to allow the microphone in the browser.'
        ),
        (
            31404,
            'Voice client: not found',
            'The called client, or what was asked for, does not exist.'
        ),
        (
            31480,
            'Voice client: not available at present',
            'The called party is not online.'
        ),
        (
            31486,
            'Voice client: busy',
            'The called party is in another call.'
        ),

        -- SIP and carriers of calls
        (
            32009,
            'SIP: called user not registered',
            'No telephone is registered under that name at the SIP domain. Check the telephone''s'
            ' registration.'
        ),
        (
            32011,
            'SIP: no contact with our SIP server',
            'Twilio could not reach it, or it answered an error. Check address, firewall and TLS.'
        ),
        (
            32014,
            'Call ended: no sound received',
            'Nothing was heard from one side for a long time. Check firewall and NAT for RTP.'
        ),
        (
            32016,
            'No ringing in time',
            'The carrier gave no sign of the called telephone for too long. Try again.'
        ),
        (
            32017,
            'Call blocked for its caller ID',
            'The carrier takes the calling number for a nuisance. Register it with the carriers'''
            ' analytics services (freecallerregistry.com), and call fewer people who do not answer.'
        ),
        (
            32018,
            'Twiml parameter too long',
            'TwiML given with the API request may have 4000 characters. Give a URL instead.'
        ),
        (
            32021,
            'Caller ID signature not verified',
            'The STIR/SHAKEN check of the call failed. It is put through all the same unless we'
            ' refuse it.'
        ),
        (
            32201,
            'SIP: address not allowed',
            'The call came from an IP address that is not in the access control list of the trunk or'
            ' domain.'
        ),
        (
            32202,
            'SIP: bad user or password',
            'The telephone or PBX sent credentials that are not in the credential list.'
        ),

        -- Signatures
        (
            57012,
            'Webhook''s signature rejected',
            'Our server refused the request for its signature: the auth token is another one, or the'
            ' URL that it sees differs from that in the console (proxy, port, slash).'
        ),

        -- WhatsApp, RCS and other channels
        (
            63001,
            'Channel: not authenticated',
            'The channel does not take our credentials. Connect the sender again in the console.'
        ),
        (
            63002,
            'Channel: sender not found',
            'From is no sender of this channel. Check its spelling and the channel''s prefix.'
        ),
        (
            63003,
            'Channel: recipient not found',
            'To is no address on this channel: no such account, or a misspelt number.'
        ),
        (
            63005,
            'Channel: content not accepted',
            'The channel does not take this kind of content, or a template''s variables do not fit.'
        ),
        (
            63006,
            'Channel: content could not be formatted',
            'The content cannot be written as the channel wants it.'
        ),
        (
            63007,
            'Channel: no such sender',
            'No channel of the account has this From. On WhatsApp both addresses need whatsapp:'
            ' before the number.'
        ),
        (
            63008,
            'Channel: misconfigured',
            'Check the sender''s configuration in the console.'
        ),
        (
            63009,
            'Channel: provider''s error',
            'WhatsApp, or another provider, answered an error. Try again later.'
        ),
        (
            63010,
            'Channel: internal error at Twilio',
            'Try again later.'
        ),
        (
            63012,
            'Channel: provider''s internal error',
            'Try again later.'
        ),
        (
            63013,
            'Channel: against the provider''s policy',
            'Read the provider''s rules for business messages before sending this again.'
        ),
        (
            63014,
            'Channel: blocked by the recipient',
            'The recipient blocked us. Do not write again.'
        ),
        (
            63015,
            'Sandbox: recipient has not joined',
            'Let the recipient send the sandbox''s join word first, again every three days.'
        ),
        (
            63016,
            'WhatsApp: outside the 24-hour window',
            'The contact has not written for 24 hours. Only an approved template can be sent now.'
        ),
        (
            63018,
            'Channel: too fast',
            'The sender has reached its rate limit. Send more slowly.'
        ),
        (
            63019,
            'Channel: media could not be fetched',
            'The attachment could not be downloaded. Check its URL, type and size.'
        ),
        (
            63020,
            'WhatsApp: business account error',
            'Look at the account in Meta''s Business Manager, and accept Twilio''s request there.'
        ),
        (
            63021,
            'Channel: invalid content',
            'Content or template parameters are not what the channel wants.'
        ),
        (
            63024,
            'Channel: invalid recipient',
            'The number is not on this channel, or cannot be written to.'
        ),
        (
            63027,
            'WhatsApp: no such template',
            'There is no approved template of this name in this language.'
        ),
        (
            63028,
            'WhatsApp: wrong number of parameters',
            'Give as many variables as the template has.'
        ),
        (
            63030,
            'Channel: unsupported parameter',
            'A parameter of the request does not exist for this kind of message.'
        ),
        (
            63031,
            'Channel: sender and recipient are the same',
            'Nobody can write to himself.'
        ),
        (
            63032,
            'WhatsApp: not to this recipient',
            'WhatsApp does not deliver to this user at present, and does not say why.'
        ),
        (
            63033,
            'WhatsApp: recipient is blocked',
            'WhatsApp does not let this recipient get the message.'
        ),
        (
            63036,
            'RCS: recipient cannot be reached',
            'The phone or carrier does not speak RCS at present. Send an SMS.'
        ),
        (
            63038,
            'Daily limit of messages reached',
            'The account may send no more today, as trial accounts soon find. Go on tomorrow, or'
            ' have the limit raised.'
        ),
        (
            63041,
            'WhatsApp: template paused',
            'Too many recipients disliked it. Wait until the pause ends, and improve the text.'
        ),
        (
            63042,
            'WhatsApp: template disabled',
            'It was paused too often. Make another.'
        ),
        (
            63049,
            'WhatsApp: marketing message not delivered',
            'Meta limits how many marketing messages a person gets, and withheld this one. Do not'
            ' repeat it soon.'
        ),
        (
            63051,
            'WhatsApp: business account locked',
            'Look at the account in Meta''s Business Manager.'
        )
) AS shipped (code, message, explanation)
ON CONFLICT (code) DO UPDATE SET
    message = excluded.message,
    explanation = excluded.explanation,
    shipped_digest = excluded.shipped_digest
WHERE known.shipped_digest <> excluded.shipped_digest
    AND known.shipped_digest
        = sha256(convert_to(concat(known.message, E'\n', known.explanation), 'UTF8'));
