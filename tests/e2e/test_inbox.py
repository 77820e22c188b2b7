"""The omnichannel inbox: SMS, WhatsApp and calls of one business in one place.

Twilio sends messages to /api/webhooks/sms and /api/webhooks/whatsapp, calls to
/api/webhooks/voice, and what became of all of them to /api/webhooks/status. A monitor asks
/api/webhooks/health. Each message belongs to a channel (a number of ours) and to a session (a
conversation with one contact there); channels answer by themselves what they can.
"""

import json
import threading
from contextlib import contextmanager
from datetime import timedelta

import psycopg2
import pytest

import payloads
from answers import check_empty_twiml, check_no_content, check_twiml
from processes import wait_until
from twilio import new_sid
from webservers import LogWatch

SMS = "/api/webhooks/sms"
WHATSAPP = "/api/webhooks/whatsapp"
VOICE = "/api/webhooks/voice"
STATUS = "/api/webhooks/status"
HEALTH = "/api/webhooks/health"

OURS, ANN, BEN = payloads.OURS, payloads.THEIRS, "+14158675310"
THANKS = "<Response><Message>Thanks! We got: '{Body}'</Message></Response>"


def write(system, body="Hello", contact=ANN, to=OURS, **changes):
    """A contact's SMS: its SID and our answer."""
    sid = new_sid("SM")
    return sid, system.post(SMS, payloads.inbound_sms(
        system.account, sid, Body=body, From=contact, To=to, **changes))


def write_whatsapp(system, body="Hello", contact=ANN):
    sid = new_sid("SM")
    return sid, system.post(WHATSAPP, payloads.inbound_whatsapp(
        system.account, sid, Body=body, From="whatsapp:" + contact))


def reply(answer):
    """The text that we answered with; None for none."""
    message = check_twiml(answer).find("Message")
    return None if message is None else message.text


def asked(system, body, **how):
    """What we answer to an SMS."""
    return reply(write(system, body, **how)[1])


def add_channel(system, address=OURS, kind="sms", **columns):
    columns = {"account_sid": system.account.sid, "address": address,
               "communication_type": kind, **columns}
    return system.value(
        f"INSERT INTO hookswitch.channels ({', '.join(columns)})"
        f" VALUES ({', '.join(['%s'] * len(columns))}) RETURNING id", *columns.values())


def add_reply(system, twiml, **columns):
    columns = {"account_sid": system.account.sid, "twiml": twiml, **columns}
    system.run(f"INSERT INTO hookswitch.auto_replies ({', '.join(columns)})"
               f" VALUES ({', '.join(['%s'] * len(columns))})", *columns.values())


def answering(words):
    return f"<Response><Message>{words}</Message></Response>"


def session_of(system, message):
    return system.row("messages", message)["session_id"]


def let_pass(system, time):
    """As if all that came so far had come earlier by so much."""
    system.run("UPDATE hookswitch.messages SET received_at = received_at - %s,"
               " created_at = created_at - %s, updated_at = updated_at - %s", time, time, time)
    system.run("UPDATE hookswitch.sessions SET started_at = started_at - %s", time)


# A message from beginning to end

def test_a_message_of_each_channel(any_system):
    """Stored in channel and session, with all that the inbox shows of it, and answered."""
    system = any_system
    add_reply(system, THANKS)
    for sid, answer, prefix, kind in ((*write(system, "Where are you?"), "", "sms"),
                                      (*write_whatsapp(system, "Where are you?"), "whatsapp:",
                                       "whatsapp")):
        assert reply(answer) == "Thanks! We got: 'Where are you?'"
        row = system.row("messages", sid)
        assert (row["direction"], row["communication_type"], row["status"]) == (
            "inbound", kind, "received")
        assert (row["from_address"], row["to_address"], row["body"]) == (
            prefix + ANN, prefix + OURS, "Where are you?")
        channel = system.one("SELECT * FROM hookswitch.channels WHERE id = %s", row["channel_id"])
        assert (channel["communication_type"], channel["address"]) == (kind, prefix + OURS)
        session = system.one("SELECT * FROM hookswitch.open_sessions WHERE id = %s",
                             row["session_id"])
        assert (session["contact_address"], session["received"]) == (prefix + ANN, 1)
        assert session["started_at"] == row["created_at"]


def test_a_conversation(any_system):
    """What the contact wrote and what we wrote, in one session, in order, up to `read`."""
    system, account = any_system, any_system.account
    first, _ = write_whatsapp(system, "Are you open?")
    ours = new_sid("SM")
    for status in ("sent", "delivered", "read"):
        check_no_content(system.post(STATUS, payloads.whatsapp_status(account, ours, status)))
    last, _ = write_whatsapp(system, "Thank you")
    said = system.rows("SELECT * FROM hookswitch.session_messages WHERE session_id = %s"
                       " ORDER BY created_at", session_of(system, first))
    assert [(row["sid"], row["direction"], row["status"]) for row in said] == [
        (first, "inbound", "received"), (ours, "outbound", "read"), (last, "inbound", "received")]
    session = system.one("SELECT * FROM hookswitch.session_overview")
    assert (session["received"], session["sent"], session["last_body"]) == (2, 1, "Thank you")


def test_a_message_twice(system):
    """Twilio repeats it: the same answer, one message, one session."""
    add_reply(system, THANKS)
    params = payloads.inbound_sms(system.account, new_sid("SM"), Body="Hello")
    for _ in range(3):
        assert reply(system.post(SMS, params)) == "Thanks! We got: 'Hello'"
    assert system.value("SELECT count(*) FROM hookswitch.messages") == 1
    assert system.value("SELECT received FROM hookswitch.session_overview") == 1


def test_statuses_of_our_message(system):
    """Delivered, read and failed, in whatever order they come."""
    read, failed = new_sid("SM"), new_sid("SM")
    for status in ("read", "sent", "delivered"):
        system.post(STATUS, payloads.whatsapp_status(system.account, read, status))
    for status in ("failed", "queued"):
        system.post(STATUS, payloads.message_status(system.account, failed, status))
    assert system.row("messages", read)["status"] == "read"
    assert system.row("messages", failed)["status"] == "failed"
    assert system.row("messages", failed)["error_code"] == 30003


def test_pictures(system):
    sid = new_sid("MM")
    check_empty_twiml(system.post(SMS, payloads.inbound_mms(system.account, sid)))
    assert system.row("messages", sid)["num_media"] == 2
    assert system.values("SELECT content_type FROM hookswitch.message_media"
                         " WHERE message_sid = %s ORDER BY position", sid) == [
        "image/jpeg", "text/vcard"]


def test_with_the_database_away_in_between(any_system):
    """Stored in the same session as what came before, by `hookswitch replay`."""
    system = any_system
    before, _ = write(system, "one")
    with system.database_away():
        during, answer = write(system, "two")
        check_empty_twiml(answer)
        stranger, _ = write(system, "who is there?", contact=BEN)
        check_no_content(system.post(STATUS, payloads.message_status(
            system.account, new_sid("SM"), "delivered")))
        assert system.waiting() == 3
    system.replay()
    after, _ = write(system, "three")
    system.replay()  # if that one had to wait, too
    assert len({session_of(system, sid) for sid in (before, during, after)}) == 1
    assert session_of(system, stranger) not in (None, session_of(system, before))
    # What we wrote to the contact is in it, too; of that Twilio tells no text.
    assert system.values("SELECT body FROM hookswitch.session_messages WHERE session_id = %s"
                         " ORDER BY created_at", session_of(system, before)) == [
        "one", "two", None, "three"]


# Channels

@pytest.mark.parametrize("address", [OURS, "whatsapp:" + OURS])
def test_a_channel_is_found_with_or_without_the_prefix(system, address):
    """As its owner has entered the number; Twilio writes whatsapp: before it."""
    channel = add_channel(system, address, "whatsapp")
    sid, _ = write_whatsapp(system)
    assert system.row("messages", sid)["channel_id"] == channel
    assert system.value("SELECT count(*) FROM hookswitch.channels") == 1


def test_one_number_is_a_channel_of_each_type(system):
    texts, chats = add_channel(system, kind="sms"), add_channel(system, kind="whatsapp")
    sms, _ = write(system)
    whatsapp, _ = write_whatsapp(system)
    assert system.row("messages", sms)["channel_id"] == texts
    assert system.row("messages", whatsapp)["channel_id"] == chats
    assert session_of(system, sms) != session_of(system, whatsapp)


def test_an_unknown_number_makes_a_channel(system):
    """Rather than losing the message, which used to be answered with 500."""
    add_channel(system)
    sid, answer = write(system, to="+15005550099")
    check_empty_twiml(answer)
    channel = system.one("SELECT * FROM hookswitch.channels WHERE address = '+15005550099'")
    assert (channel["communication_type"], channel["account_sid"]) == ("sms", system.account.sid)
    assert system.row("messages", sid)["channel_id"] == channel["id"]
    assert session_of(system, sid) is not None


def test_a_call_is_greeted_and_logged(system):
    """A greeting, a pause, a goodbye; the number becomes a channel for calls."""
    call = new_sid("CA")
    root = check_twiml(system.post(VOICE, payloads.inbound_call(system.account, call)))
    assert [element.tag for element in root] == ["Say", "Pause", "Say"]
    assert root.find("Pause").get("length") == "1"
    assert system.row("calls", call)["from_number"] == ANN
    assert system.value("SELECT communication_type FROM hookswitch.channels") == "voice"
    check_no_content(system.post(STATUS, payloads.call_progress(
        system.account, call, 0, "completed", 39, Direction="inbound", From=ANN, To=OURS)))
    assert system.row("calls", call)["status"] == "completed"


# Sessions

def test_a_session_is_found_again(system):
    """One for each contact."""
    first, second, other = write(system)[0], write(system)[0], write(system, contact=BEN)[0]
    assert session_of(system, first) == session_of(system, second) != session_of(system, other)


def test_a_session_ends_after_the_channels_time(system):
    """It stays as long as the contact writes within that time; then another one begins."""
    add_channel(system, session_timeout=timedelta(hours=2))
    first, _ = write(system)
    let_pass(system, timedelta(minutes=119))
    second, _ = write(system)
    assert session_of(system, second) == session_of(system, first)
    let_pass(system, timedelta(minutes=121))
    assert system.value("SELECT state FROM hookswitch.session_overview") == "timed out"
    assert system.rows("SELECT FROM hookswitch.open_sessions") == []
    third, _ = write(system)
    assert session_of(system, third) != session_of(system, first)
    assert system.values("SELECT id FROM hookswitch.open_sessions") == [session_of(system, third)]


def test_each_channel_has_its_own_time(system):
    add_channel(system, session_timeout=timedelta(hours=2))
    add_channel(system, kind="whatsapp", session_timeout=timedelta(days=3))
    short, long = write(system)[0], write_whatsapp(system)[0]
    let_pass(system, timedelta(days=2))
    assert session_of(system, write(system)[0]) != session_of(system, short)
    assert session_of(system, write_whatsapp(system)[0]) == session_of(system, long)


def test_a_closed_session(system):
    """The owner's people close it; what comes then opens another, and it keeps what it had."""
    first, _ = write(system, "one")
    closed = session_of(system, first)
    system.run("UPDATE hookswitch.sessions SET closed_at = now() WHERE id = %s", closed)
    assert system.value("SELECT state FROM hookswitch.session_overview") == "closed"
    second, _ = write(system, "two")
    assert session_of(system, first) == closed != session_of(system, second)
    assert system.values("SELECT body FROM hookswitch.session_messages WHERE session_id = %s",
                         closed) == ["one"]
    assert system.values("SELECT id FROM hookswitch.open_sessions") == [
        session_of(system, second)]


def test_a_message_that_waited_while_its_session_was_closed(system):
    """It belongs to the session that was open when it came, not to the next."""
    first, _ = write(system, "one")
    with system.database_away():
        second, _ = write(system, "two")
    system.run("UPDATE hookswitch.sessions SET closed_at = now()")
    system.replay()
    assert session_of(system, second) == session_of(system, first)


@contextmanager
def held_up(system):
    """Messages can be read meanwhile, and none can be stored."""
    connection = psycopg2.connect(system.cluster.conninfo)
    try:
        connection.cursor().execute("LOCK TABLE hookswitch.messages IN EXCLUSIVE MODE")
        yield
    finally:
        connection.close()


def at_once(system, addresses, contact):
    """Threads that each send an SMS of the contact, and the messages' SIDs."""
    sids = [new_sid("SM") for _ in addresses]
    return sids, [threading.Thread(target=lambda address, sid: check_empty_twiml(system.post(
        address, payloads.inbound_sms(system.account, sid, From=contact))), args=each)
        for each in zip(addresses, sids)]


def test_two_messages_of_a_new_contact_at_the_same_instant(any_system):
    """Two programs have both found no session, and neither has committed one: there is one."""
    system = any_system
    add_channel(system)

    def are_on_their_way():
        return 2 == system.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")

    def meet(contact):
        """Unless the machine is so busy that one has given up before the other comes."""
        sids, threads = at_once(system, (SMS, "/api/webhooks/webhook"), contact)
        with held_up(system):
            for thread in threads:
                thread.start()
            wait_until(lambda: are_on_their_way() or not all(thread.is_alive() for thread in threads),
                       "both are on their way")
            have_met = are_on_their_way()
        for thread in threads:
            thread.join()
        if have_met:
            sessions = system.values(
                "SELECT id FROM hookswitch.sessions WHERE contact_address = %s", contact)
            assert [session_of(system, sid) for sid in sids] == 2 * sessions
        return have_met

    assert any(map(meet, (ANN, BEN, "+14158675311", "+14158675312")))


def test_many_messages_of_a_new_contact_at_the_same_instant(either_system):
    """A long text in pieces, say, all of them to one program."""
    system = either_system
    sids, threads = at_once(system, 8 * [SMS], ANN)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sessions = system.values("SELECT id FROM hookswitch.sessions")
    assert [session_of(system, sid) for sid in sids] == 8 * sessions
    assert system.value("SELECT count(*) FROM hookswitch.channels") == 1


# Automatic replies

def test_replies_of_a_channel(system):
    """With placeholders for what was sent; other channels have their own."""
    channel = add_channel(system)
    add_reply(system, "<Response><Message>{From} wrote to {To}: {Body}</Message></Response>",
              channel_id=channel)
    add_reply(system, answering("Thanks on WhatsApp"), communication_type="whatsapp")
    assert asked(system, "Hi") == f"{ANN} wrote to {OURS}: Hi"
    assert reply(write_whatsapp(system)[1]) == "Thanks on WhatsApp"
    assert asked(system, "Hi", to="+15005550099") is None


def test_reply_of_a_channel_for_calls(system):
    channel = add_channel(system, kind="voice")
    add_reply(system, "<Response><Say>Welcome, {From}.</Say></Response>", channel_id=channel)
    root = check_twiml(system.post(VOICE, payloads.inbound_call(system.account, new_sid("CA"))))
    assert [element.text for element in root] == [f"Welcome, {ANN}."]


def test_what_a_contact_writes_stays_text(system):
    """However it looks: no markup, no placeholder, nothing that a caller would hear."""
    add_reply(system, THANKS)
    for body in ("</Message><Dial>+1900</Dial>", "{From} & \"co\" 'x'", "]]><Dial/>"):
        root = check_twiml(write(system, body)[1])
        assert [element.tag for element in root.iter()] == ["Response", "Message"]
        assert root[0].text == f"Thanks! We got: '{body}'"


def test_a_reply_for_a_keyword(system):
    """The message itself or its first word, in capitals or not; else the general reply."""
    add_reply(system, THANKS)
    add_reply(system, answering("9 to 5"), keyword="Hours")
    assert [asked(system, body) for body in ("hours", " HOURS ", "hours please")] == ["9 to 5"] * 3
    assert asked(system, "what hours?") == "Thanks! We got: 'what hours?'"


@pytest.mark.parametrize("keyword", [
    "it's", '"price"', "<b>bold</b>", "&amp;", "'; DROP TABLE hookswitch.messages; --", "100%",
    ".*", "{Body}", "\\", "preis?", "größe", "👍"])
def test_a_keyword_with_quotes_or_markup_in_it(system, keyword):
    """It is that text and nothing else."""
    add_reply(system, answering("general"))
    add_reply(system, answering("That is {Body}"), keyword=keyword)
    assert asked(system, keyword) == f"That is {keyword}"
    assert asked(system, "x" + keyword) == "general"


def test_quiet_hours(system):
    """By the channel's own clock: outside them as usual, in them what is said at night."""
    channel = add_channel(system, time_zone="Asia/Kolkata")
    add_reply(system, answering("by day"))
    add_reply(system, answering("by night"), quiet=True)
    hours = ("UPDATE hookswitch.channels SET"
             " quiet_from = CAST(now() AT TIME ZONE time_zone AS time) + %s,"
             " quiet_until = CAST(now() AT TIME ZONE time_zone AS time) + %s WHERE id = %s")
    assert asked(system, "Hi") == "by day"
    system.run(hours, timedelta(hours=-1), timedelta(hours=1), channel)
    assert asked(system, "Hi") == "by night"
    system.run(hours, timedelta(hours=1), timedelta(hours=-1), channel)  # all but now
    assert asked(system, "Hi") == "by day"


def test_quiet_hours_without_a_reply_for_the_night(system):
    """Nothing is said, by no reply file either, and the message is kept."""
    add_channel(system, quiet_from="00:00", quiet_until="24:00")
    add_reply(system, answering("by day"))
    system.reply_file("sms.xml", answering("from the file"))
    sid, answer = write(system)
    check_empty_twiml(answer)
    assert session_of(system, sid) is not None


def test_language(system):
    """Of the channel; a reply in another is not used, one without is for all."""
    channel = add_channel(system, language="de")
    add_reply(system, answering("for all"))
    add_reply(system, answering("Danke"), language="de")
    add_reply(system, answering("Merci"), language="fr")
    assert asked(system, "Hi") == "Danke"
    system.run("UPDATE hookswitch.channels SET language = 'fr' WHERE id = %s", channel)
    assert asked(system, "Hi") == "Merci"
    system.run("UPDATE hookswitch.channels SET language = 'it' WHERE id = %s", channel)
    assert asked(system, "Hi") == "for all"


# Who does not want to hear from us

@pytest.mark.parametrize("stop", ["STOP", "Stop ", "unsubscribe", "Cancel", "END", "quit",
                                  "STOPALL", "revoke", "OptOut"])
def test_stop(system, stop):
    """No answer to it nor to anything later, and the people at the inbox see who it is."""
    add_reply(system, THANKS)
    add_reply(system, answering("9 to 5"), keyword="hours")
    sid, answer = write(system, stop)
    check_empty_twiml(answer)
    assert system.row("messages", sid)["body"] == stop
    assert (asked(system, "Hello"), asked(system, "hours")) == (None, None)
    contact = system.one("SELECT * FROM hookswitch.opt_outs")
    assert (contact["contact_address"], contact["is_opted_out"]) == (ANN, True)
    assert asked(system, "hours", contact=BEN) == "9 to 5"
    assert reply(write_whatsapp(system)[1]) == "Thanks! We got: 'Hello'"


@pytest.mark.parametrize("start", ["START", "unstop", "yes"])
def test_start(system, start):
    """Who has stopped hears from us again."""
    add_reply(system, THANKS)
    asked(system, "STOP")
    assert asked(system, "Hello") is None
    asked(system, start)
    assert asked(system, "Hello") == "Thanks! We got: 'Hello'"
    assert system.value("SELECT is_opted_out FROM hookswitch.opt_outs") is False


def test_help(system):
    """Gets its own reply, never the general one; also who has stopped may ask for help."""
    add_reply(system, THANKS)
    assert asked(system, "HELP") is None
    add_reply(system, answering("Call us"), keyword="help")
    assert (asked(system, "help"), asked(system, "INFO")) == ("Call us", "Call us")
    asked(system, "STOP")
    assert (asked(system, "Help"), asked(system, "Hello")) == ("Call us", None)


def test_twilio_has_answered_itself(system):
    """With Advanced Opt-Out it says so, and a second answer would be one too many."""
    add_reply(system, answering("Call us"), keyword="HELP")
    assert asked(system, "HELP", OptOutType="HELP") is None
    assert asked(system, "arrêt", OptOutType="STOP") is None
    assert system.value("SELECT is_opted_out FROM hookswitch.opt_outs") is True


def test_words_in_a_sentence_stop_nothing(system):
    add_reply(system, THANKS)
    assert asked(system, "Please stop by") == "Thanks! We got: 'Please stop by'"
    assert asked(system, "stop by") == "Thanks! We got: 'stop by'"
    assert system.rows("SELECT FROM hookswitch.opt_outs") == []


# Which answer

def test_database_then_reply_file_then_default(system):
    assert asked(system, "Hi") is None  # an empty answer, which is the default
    system.reply_file("sms.xml", answering("from the file"))
    assert asked(system, "Hi") == "from the file"
    add_reply(system, answering("from the database"))
    assert asked(system, "Hi") == "from the database"
    system.run("UPDATE hookswitch.auto_replies SET is_active = false")
    assert asked(system, "Hi") == "from the file"


@pytest.mark.parametrize("twiml", [
    "<Response><Message>Hello", "Hello", "", "<Reply/>", "<Response>&nope;</Response>",
    "<Response><Message>" + "long " * 20_000 + "</Message></Response>",
], ids=["unclosed", "text", "empty", "other-root", "entity", "too-long"])
def test_a_template_that_is_broken(system, twiml):
    """The reply file answers, then the default; the log tells; the message is kept."""
    add_reply(system, twiml)
    log = LogWatch(system.server)
    sid, answer = write(system)
    check_empty_twiml(answer)
    assert "auto_replies" in log.only_line("reply is not used")
    assert session_of(system, sid) is not None
    system.reply_file("sms.xml", answering("from the file"))
    assert asked(system, "Hi") == "from the file"


def test_a_reply_file_that_is_broken(system):
    system.reply_file("sms.xml", "<Response>")
    log = LogWatch(system.server)
    check_empty_twiml(write(system)[1])
    assert log.only_line("sms.xml")


def test_last_known_reply_with_the_database_away(any_system):
    """Of the channel: not of a keyword, nor of another channel, which a reply file answers."""
    system = any_system
    add_reply(system, THANKS, channel_id=add_channel(system))
    add_reply(system, answering("9 to 5"), keyword="hours")
    system.reply_file("sms.xml", answering("from the file"))
    assert asked(system, "Hello") == "Thanks! We got: 'Hello'"
    assert asked(system, "hours") == "9 to 5"
    asked(system, "STOP", contact=BEN)
    with system.database_away():
        assert asked(system, "Still there?") == "Thanks! We got: 'Still there?'"
        assert asked(system, "Hi", to="+15005550099") == "from the file"
        assert asked(system, "Hello", contact=BEN) is None  # who has opted out
        assert asked(system, "STOP") is None
        assert asked(system, "Hello?") is None  # and who does so just now


# Health

def health(system):
    answer = system.get(HEALTH)
    assert answer.header("Content-Type") == "application/json"
    return answer.status, json.loads(answer.body)


def test_health(any_system):
    """What a monitor asks, without a signature."""
    status, report = health(any_system)
    assert (status, report["status"], report["message"]) == (
        200, "ok", "webhook endpoints are ready")
    assert report["endpoints"].items() >= {
        "sms": SMS, "whatsapp": WHATSAPP, "voice": VOICE, "status": STATUS}.items()
    assert (report["database"], report["schema"], report["spool"]) == ("ok", "ok", "ok")


def test_health_with_the_database_away(any_system):
    """503, in a few words: no address, user, token or version is told to strangers."""
    system = any_system
    with system.database_away():
        status, report = health(system)
    assert (status, report["status"]) == (503, "error")
    assert (report["database"], report["schema"], report["spool"]) == ("away", "unknown", "ok")
    told = json.dumps(report)
    assert [secret for secret in (system.account.sid, system.account.token, "dbname", "host",
                                  "PostgreSQL", "0.1", str(system.spool)) if secret in told] == []


def test_health_of_the_schema(system):
    """An upgrade that has been forgotten, or has gone too far."""
    step = "UPDATE hookswitch.migrations SET version = version + %s WHERE version >= 3"
    system.run(step, 100)
    try:
        status, report = health(system)
    finally:
        system.run(step, -100)
    assert (status, report["database"], report["schema"]) == (503, "ok", "other")


def test_health_of_the_spool(system):
    system.set(HOOKSWITCH_SPOOL=system.spool / "none")
    status, report = health(system)
    assert (status, report["database"], report["spool"]) == (503, "ok", "failed")
