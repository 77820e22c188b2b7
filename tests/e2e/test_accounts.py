"""Several accounts on one site: each signs for itself and owns its own rows."""

import pytest

import payloads
import wire
from answers import check_empty_twiml, check_no_content
from twilio import Account, Twilio, form, new_sid
from webservers import LogWatch

A = Account("AC" + "a" * 32, "a0" * 16)
B = Account("AC" + "b" * 32, "b0" * 16)
B_NEXT = Account(B.sid, "b1" * 16)


@pytest.fixture
def accounts(either_server):
    """The accounts file in place of a single account; B is rotating its token."""
    path = either_server.site.private_file("accounts", (
        "# SID, then one token or two\n"
        f"{A.sid} {A.token}\n\n"
        f"{B.sid}\t{B_NEXT.token} {B.token}\n"))
    with either_server.settings(TWILIO_ACCOUNT_SID=None, TWILIO_AUTH_TOKEN=None,
                                HOOKSWITCH_ACCOUNTS=path):
        yield path


pytestmark = pytest.mark.usefixtures("accounts")


def call_completed(account, sid):
    return payloads.call_progress(account, sid, 9, "completed", 50, From="+10000000000")


def message_undelivered(account, sid):
    return payloads.message_status(account, sid, "undelivered")


def recording(status):
    return lambda account, sid: payloads.recording_status(account, new_sid("CA"), sid, status)


def room(event, second):
    return lambda account, sid: payloads.room_event(account, sid, event, second)


def participant(event, second):
    return lambda account, sid: payloads.room_event(
        account, new_sid("RM"), event, second, ParticipantSid=sid)


# table, prefix of its SIDs, a first webhook, a later one, the column it sets and to what
OWNED = [
    ("calls", "CA", ("voice", payloads.inbound_call), ("status", call_completed),
     "status", "completed"),
    ("messages", "SM", ("sms", payloads.inbound_sms), ("status", message_undelivered),
     "error_code", 30003),
    ("recordings", "RE", ("recording", recording("in-progress")),
     ("recording", recording("completed")), "duration", 15),
    ("rooms", "RM", ("video-room", room("room-created", 1)), ("video-room", room("room-ended", 41)),
     "status", "completed"),
    ("room_participants", "PA", ("video-room", participant("participant-connected", 5)),
     ("video-room", participant("participant-disconnected", 25)), "duration", 20),
]


@pytest.mark.parametrize("table, prefix, first, later, column, value", OWNED,
                         ids=[owned[0] for owned in OWNED])
def test_same_sid_in_two_accounts(either_server, database, table, prefix, first, later, column,
                                  value):
    """Knowing the SID of another account's row gives no hold on it."""
    sid = new_sid(prefix)
    send(either_server, A, sid, first)
    before = row_of(database, table, sid, A)
    assert before[column] != value
    send(either_server, B, sid, later)
    assert row_of(database, table, sid, A) == before
    others = row_of(database, table, sid, B)
    assert others[column] == value
    send(either_server, A, sid, later)
    assert row_of(database, table, sid, A)[column] == value
    assert row_of(database, table, sid, B) == others


def send(server, account, sid, webhook):
    endpoint, build = webhook
    assert Twilio(server, account).send(endpoint, build(account, sid)).status in (200, 204)


def row_of(database, table, sid, account):
    return database.one(f"SELECT * FROM hookswitch.{table} WHERE sid = %s AND account_sid = %s",
                        sid, account.sid)


def test_same_parameters_in_two_accounts(either_server, database):
    """Their AccountSid differs, so they are different events."""
    sid = new_sid("SM")
    for account in (A, B):
        params = payloads.inbound_sms(account, sid)
        check_empty_twiml(Twilio(either_server, account).send("sms", params))
    assert sorted(event["account_sid"] for event in database.events(sid)) == [A.sid, B.sid]


def test_one_account_cannot_speak_for_another(either_server, database):
    log = LogWatch(either_server)
    request = form(B.token, either_server.url, "/api/webhooks/sms",
                   payloads.inbound_sms(A, new_sid("SM")))
    assert wire.send(either_server.port, request).status == 403
    line = log.only_line()
    assert A.token not in line and B.token not in line
    assert not any(database.counts().values())


def test_account_sid_in_the_query_does_not_count(either_server, database):
    """Anyone may add to the URL they tell Twilio; AccountSid in the form is Twilio's."""
    request = form(B.token, either_server.url, f"/api/webhooks/sms?AccountSid={B.sid}",
                   payloads.inbound_sms(A, new_sid("SM")))
    assert wire.send(either_server.port, request).status == 403
    assert not any(database.counts().values())


@pytest.mark.parametrize("account", [B, B_NEXT], ids=["current-token", "next-token"])
def test_token_being_rotated(either_server, database, account):
    sid = new_sid("SM")
    params = payloads.inbound_sms(account, sid)
    check_empty_twiml(Twilio(either_server, account).send("sms", params))
    assert len(database.events(sid)) == 1


def test_single_account_rotating(either_server, database, accounts):
    """TWILIO_AUTH_TOKEN takes several as well."""
    with either_server.settings(TWILIO_ACCOUNT_SID=B.sid,
                                TWILIO_AUTH_TOKEN=f"{B_NEXT.token} {B.token}"):
        for account in (B, B_NEXT):
            params = payloads.inbound_sms(account, new_sid("SM"))
            check_empty_twiml(Twilio(either_server, account).send("sms", params))
    assert database.counts()["webhook_events"] == 2


def test_sub_account_with_messaging_service(either_server, database):
    """The token is the AccountSid's, whoever owns the messaging service."""
    sid = new_sid("SM")
    service = "MG" + A.sid[2:]
    params = payloads.message_status_of_service(B, sid, "sent", MessagingServiceSid=service)
    check_no_content(Twilio(either_server, B).send("status", params))
    assert database.row("messages", sid)["account_sid"] == B.sid


def test_unknown_account(either_server, database):
    stranger = Account("AC" + "c" * 32, A.token)
    params = payloads.inbound_sms(stranger, new_sid("SM"))
    assert Twilio(either_server, stranger).send("sms", params).status == 403
    assert not any(database.counts().values())


def test_request_without_account_is_nobodys(either_server, database):
    """With several accounts and no TWILIO_ACCOUNT_SID there is none it could be taken for."""
    params = payloads.inbound_sms(A, new_sid("SM"), AccountSid=None)
    assert Twilio(either_server, A).send("sms", params).status == 403
    assert not any(database.counts().values())


def test_accounts_file_open_to_others_is_refused(either_server, database, accounts):
    accounts.chmod(0o644)
    check_file_is_refused(either_server, database, accounts)


def test_accounts_file_under_the_document_root_is_refused(either_server, database, accounts):
    """One mistake in the server's configuration, and anyone could fetch it."""
    published = either_server.site.write(
        either_server.site.public / "accounts", f"{A.sid} {A.token}\n", 0o600)
    try:
        with either_server.settings(TWILIO_ACCOUNT_SID=None, TWILIO_AUTH_TOKEN=None,
                                    HOOKSWITCH_ACCOUNTS=published):
            check_file_is_refused(either_server, database, published)
    finally:
        published.unlink()


def check_file_is_refused(server, database, path):
    log = LogWatch(server)
    params = payloads.inbound_sms(A, new_sid("SM"))
    assert Twilio(server, A).send("sms", params).status == 500
    assert str(path) in log.only_line()
    assert not any(database.counts().values())
