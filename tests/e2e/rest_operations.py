"""What the stand-in for Twilio's REST API (rest_api.py) can do."""

import rest_account
import rest_history
import rest_incoming
import rest_outbound

OPERATIONS = [
    *rest_account.OPERATIONS,
    *rest_history.OPERATIONS,
    *rest_incoming.OPERATIONS,
    *rest_outbound.OPERATIONS,
]
