"""The account itself, in the stand-in for Twilio's REST API."""

from rest_api import Operation


def fetch_account(api, request):
    """Whatever a test has put into `made("account")` counts instead."""
    document = {"sid": api.account.sid, "friendly_name": "Example", "status": "active",
                "type": "Full", "date_created": "Mon, 04 Jun 2018 09:12:00 +0000"}
    for change in api.made("account"):
        document |= change
    return 200, document


OPERATIONS = [
    Operation("GET", "/2010-04-01/Accounts/{AccountSid}.json", fetch_account),
]
