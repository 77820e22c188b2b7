"""Senders that take their time: they must not keep an endpoint from the others."""

import socket
import time

import payloads
from twilio import Twilio, new_sid
from webservers import ApacheProxyFcgi

PIECE = b"x" * 2000
SENDERS = 3
PATIENCE = 30


def test_slow_unsigned_uploads(farm, database, account):
    """mod_proxy_fcgi hands a body on while it comes; the other servers wait for all of it."""
    server = farm.get(ApacheProxyFcgi)
    twilio = Twilio(server, account)
    senders = [begin_upload(server.port) for _ in range(SENDERS)]
    for _ in range(3):
        assert twilio.send("sms", payloads.inbound_sms(account, new_sid("SM"))).status == 200
    for sender in senders:
        # 503 is Apache's own: it was still handing the body on to us.
        assert go_on(sender) in (400, 503)
        sender.close()
    assert database.counts()["webhook_events"] == 3


def begin_upload(port):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(b"POST /api/webhooks/sms HTTP/1.1\r\nHost: example.com\r\n"
                       b"Content-Type: application/x-www-form-urlencoded\r\n"
                       b"Content-Length: 200000\r\n\r\n" + 20 * PIECE)
    connection.settimeout(0.5)
    return connection


def go_on(connection):
    """Sends a piece every half second until there is an answer; returns its status."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            answer = connection.recv(1000)
            return int(answer.split()[1])
        except socket.timeout:
            connection.sendall(PIECE)
    return None
