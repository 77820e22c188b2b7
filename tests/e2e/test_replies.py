"""The site's own replies: TwiML files with the webhook's parameters filled in."""

import pytest

import payloads
from answers import check_empty_twiml, check_twiml
from processes import wait_until
from twilio import Twilio, new_sid
from webservers import LogWatch

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
ECHO = XML + ('<Response><Message to="{From}" action="/next?said={Body}">'
              'You said: {Body}</Message></Response>')

ACTIONS = {
    "voice-dial.xml": payloads.dial_action,
    "voice-record.xml": payloads.record_action,
    "voice-gather.xml": payloads.gather_action,
}

# Sent as Body; none of it may become markup, break the document, or be filled in again.
NASTY = {
    "markup": "</Message><Dial>+1900</Dial><Message>",
    "cdata": "]]><Dial/><![CDATA[",
    "entities": "&amp; &lt; &#60; &xxe;",
    "quotes": "\" ' \" onload='x'",
    "emoji": "👨‍👩‍👧‍👦 नमस्ते 𝄞",
    "placeholder": "{From} {Body} {AccountSid}",
    "comment": "--><!-- x",
    "instruction": "?><?php echo 1 ?>",
    "lines": "one\ntwo\r\n\tthree",
}


@pytest.fixture
def replies(either_server):
    """Writes a reply file for the running server; none is left for other tests."""
    folder = either_server.site.private / "replies"
    if not folder.exists():
        either_server.site.directory("private/replies")
    with either_server.settings(HOOKSWITCH_REPLIES=folder):
        yield lambda name, text: either_server.site.write(folder / name, text)
    for path in folder.iterdir():
        path.unlink()


def send(server, account, endpoint, params):
    return Twilio(server, account).send(endpoint, params)


@pytest.mark.parametrize("endpoint, build", [("sms", payloads.inbound_sms),
                                             ("whatsapp", payloads.inbound_whatsapp)])
@pytest.mark.parametrize("body", NASTY.values(), ids=NASTY)
def test_parameters_stay_text(either_server, database, account, replies, endpoint, build, body):
    replies(endpoint + ".xml", ECHO)
    params = build(account, new_sid("SM"), Body=body)
    root = check_twiml(send(either_server, account, endpoint, params))
    message, = root
    assert (message.tag, len(message)) == ("Message", 0)
    assert normal(message.text) == normal(f"You said: {body}")
    assert normal(message.get("action")) == normal(f"/next?said={body}")
    assert message.get("to") == dict(params)["From"]


def normal(text):
    """XML parsers turn line ends into LF, and in attributes perhaps into blanks."""
    return " ".join(text.split())


@pytest.mark.parametrize("body", [b"\x01\x08\x1b", b"a\0b", b"\xff\xfe", "\ufffe\uffff".encode()],
                         ids=["control", "nul", "not-utf8", "noncharacters"])
def test_what_xml_cannot_hold(either_server, database, account, replies, body):
    """Characters that XML forbids: the answer must still be a document."""
    replies("sms.xml", ECHO)
    params = payloads.inbound_sms(account, new_sid("SM"), Body=body)
    root = check_twiml(send(either_server, account, "sms", params))
    assert root[0].text.startswith("You said: ")


def test_voice_reply(either_server, database, account, replies):
    replies("voice.xml", XML + '<Response><Say voice="alice">Call from {CallerName}{From}</Say>'
                               '<Pause length="1"/></Response>')
    params = payloads.inbound_call(account, new_sid("CA"))
    root = check_twiml(send(either_server, account, "voice", params))
    assert [element.tag for element in root] == ["Say", "Pause"]
    assert root[0].text == f"Call from {payloads.THEIRS}"


def test_edited_file_is_used_at_once(either_server, database, account, replies):
    for text in ("first", "other"):
        replies("sms.xml", f"{XML}<Response><Message>{text}</Message></Response>")
        params = payloads.inbound_sms(account, new_sid("SM"))
        root = check_twiml(send(either_server, account, "sms", params))
        assert root[0].text == text


@pytest.mark.parametrize("name, build", ACTIONS.items(), ids=ACTIONS)
def test_action_reply(either_server, database, account, replies, name, build):
    """Actions have files of their own; voice.xml would start the call over."""
    replies("voice.xml", XML + "<Response><Say>Welcome</Say></Response>")
    replies(name, XML + "<Response><Say>{CallStatus} after " + name + "</Say></Response>")
    root = check_twiml(send(either_server, account, "voice", build(account, new_sid("CA"))))
    assert root[0].text == f"in-progress after {name}"


@pytest.mark.parametrize("build", ACTIONS.values(), ids=ACTIONS)
def test_action_without_reply_ends_the_call(either_server, database, account, replies, build):
    replies("voice.xml", XML + "<Response><Say>Welcome</Say></Response>")
    check_empty_twiml(send(either_server, account, "voice", build(account, new_sid("CA"))))


def test_default_answers(either_server, database, account):
    """A caller must hear something; a message needs no answer."""
    root = check_twiml(send(either_server, account, "voice",
                            payloads.inbound_call(account, new_sid("CA"))))
    assert root.find("Say") is not None and root.find("Say").text.strip()
    for build, endpoint in ((payloads.inbound_sms, "sms"), (payloads.inbound_whatsapp, "whatsapp")):
        check_empty_twiml(send(either_server, account, endpoint, build(account, new_sid("SM"))))


@pytest.mark.parametrize("text", [
    "<Response><Message>",
    "<Reply><Message>x</Message></Reply>",
    "Thanks!",
    "",
    '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<Response><Message>&x;</Message></Response>",
], ids=["unclosed", "other-root", "plain-text", "empty", "entity"])
def test_broken_file(either_server, database, account, replies, text):
    """The webhook is kept and answered; the owner learns of it from the log."""
    replies("sms.xml", text)
    log = LogWatch(either_server)
    sid = new_sid("SM")
    check_empty_twiml(send(either_server, account, "sms", payloads.inbound_sms(account, sid)))
    assert log.only_line("sms.xml")
    assert database.row("messages", sid)["status"] == "received"


def test_every_complaint_is_logged(either_server, database, account, replies):
    """A server stops listening once it has the whole answer: the line has to come before."""
    replies("sms.xml", "<Response>")
    log = LogWatch(either_server)
    for count in range(1, 51):
        params = payloads.inbound_sms(account, new_sid("SM"))
        check_empty_twiml(send(either_server, account, "sms", params))
        wait_until(lambda: len(log.lines("sms.xml")) == count, f"log line {count}")
