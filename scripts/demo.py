"""What scripts/demo does once everything is built: servers, requests, rows.

Uses the tests' own servers and Twilio's side of the conversation (tests/e2e).
"""

import os
import secrets
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

SOURCE = Path(os.environ["HOOKSWITCH_SOURCE"])
FEED_TOKEN = secrets.token_hex(16)
sys.dont_write_bytecode = True
sys.path.insert(0, str(SOURCE / "tests" / "e2e"))

import payloads
from deployment import ACCOUNT, Environment
from postgresql import SITE, Cluster
from processes import handle_ending
from twilio import Twilio, new_sid
from webservers import Lighttpd

# What a DBA would ask first.
QUESTIONS = (
    "SELECT id, endpoint, subject_sid, occurred_at FROM hookswitch.webhook_events ORDER BY id",
    "SELECT sid, direction, from_number, status, duration, campaign_id FROM hookswitch.calls",
    "SELECT communication_type, direction, from_address, status, body FROM hookswitch.messages",
    "SELECT call_sid, status, duration, channels FROM hookswitch.recordings",
    "SELECT r.name, r.status, e.event, e.participant_identity, e.occurred_at"
    " FROM hookswitch.rooms AS r JOIN hookswitch.room_events AS e ON e.room_sid = r.sid",
)


def say(text):
    print(f"\n== {text}", flush=True)


def webhooks():
    """One of every kind; the end of a <Dial> tells of two calls, and webhook takes any."""
    call, message = new_sid("CA"), new_sid("SM")
    yield "voice", payloads.outbound_call(ACCOUNT, call), "campaignId=spring"
    yield "voice", payloads.dial_action(ACCOUNT, new_sid("CA")), ""
    yield "status", payloads.call_progress(ACCOUNT, call, 3, "completed", 19), ""
    yield "recording", payloads.recording_status(ACCOUNT, call, new_sid("RE")), ""
    yield "sms", payloads.inbound_sms(ACCOUNT, new_sid("SM")), ""
    yield "whatsapp", payloads.inbound_whatsapp(ACCOUNT, new_sid("SM")), ""
    yield "status", payloads.message_status(ACCOUNT, message, "delivered"), ""
    yield "video-room", payloads.room_event(ACCOUNT, new_sid("RM"), "participant-connected"), ""
    yield "webhook", payloads.gather_action(ACCOUNT, call), ""


def send_all(twilio):
    """True if each was answered with a 2xx."""
    stored = True
    for endpoint, params, query in webhooks():
        answer = twilio.send(endpoint, params, query=query)
        text = answer.text.splitlines()[-1] if answer and answer.body else ""
        print(f"{endpoint:>12}  {answer.status if answer else 'no answer'}  {text}", flush=True)
        stored = stored and answer is not None and answer.status in (200, 204)
    return stored


def ask(cluster, question):
    subprocess.run(["psql", "-X", "-h", str(cluster.directory), "-p", str(cluster.port),
                    "-U", SITE, "-d", SITE, "-P", "pager=off", "-P", "footer=off",
                    "-c", question], check=True)


def stay_up(cluster, server):
    send = (f"{server.environment.fcgi_dir}/hookswitch send"
            f" --config {server.site.private}/hookswitch.conf")
    say("running until interrupted (Ctrl-C)")
    print(f"live page:   {server.url}/hookswitch/console/#token={FEED_TOKEN}\n"
          f"to watch:    {send} call {server.url}\n"
          f"for longer:  {send} --scenario {SOURCE}/scripts/demo.scenario {server.url}\n"
          f"web server:  {server.url}/api/webhooks/sms (and voice, whatsapp, status, ...)\n"
          f"its health:  {server.url}/api/webhooks/health\n"
          f"its log:     {server.log}\n"
          f"database:    psql '{cluster.conninfo}'", flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        pass  # what we are waiting for


def show(cluster, server, once):
    say("starting a web server (lighttpd) on loopback")
    server.start()
    say("sending one signed request of every kind: endpoint, status, answer")
    stored = send_all(Twilio(server, ACCOUNT))
    say("the rows that they made")
    for question in QUESTIONS:
        ask(cluster, question)
    if not once:
        stay_up(cluster, server)
    return 0 if stored else 1


def run(once):
    environment = Environment(Path(os.environ["HOOKSWITCH_FCGI_DIR"]), SOURCE, "")
    say("starting a private PostgreSQL")
    with closing(Cluster()) as cluster:
        cluster.create(SOURCE / "sql" / "install.sql")
        with closing(Lighttpd(environment, {
            "TWILIO_ACCOUNT_SID": ACCOUNT.sid,
            "TWILIO_AUTH_TOKEN": ACCOUNT.token,
            "HOOKSWITCH_DATABASE": cluster.conninfo,
            "HOOKSWITCH_FEED_TOKEN": FEED_TOKEN,
        })) as server:
            status = show(cluster, server, once)
            say("stopping")
            return status


def main():
    handle_ending()
    try:
        return run("--once" in sys.argv[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
