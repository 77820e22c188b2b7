"""What a right answer looks like, by kind of endpoint."""

import xml.etree.ElementTree as ElementTree


def check_twiml(answer):
    """200 with a complete TwiML document; returns its root."""
    assert answer is not None and answer.status == 200, answer
    assert answer.header("Content-Type").partition(";")[0].strip() == "text/xml"
    assert answer.header("Content-Length") == str(len(answer.body))
    assert answer.header("Transfer-Encoding") is None
    root = ElementTree.fromstring(answer.body)
    assert root.tag == "Response"
    return root


def check_empty_twiml(answer):
    root = check_twiml(answer)
    assert len(root) == 0 and not (root.text or "").strip()


def check_no_content(answer):
    """204; a chunked answer without content is an error to Twilio (11770)."""
    assert answer is not None and answer.status == 204, answer
    assert answer.body == b""
    assert answer.header("Transfer-Encoding") is None
    assert answer.header("Content-Length") in (None, "0")
