"""What is compared with what, and by how much Hookswitch should be better."""

from dataclasses import dataclass

from contenders import (BareLighttpd, EmptyCgid, HookswitchCgid, HookswitchFcgid,
                        HookswitchLighttpd, HookswitchProxyFcgi, HookswitchRefusing, NodeAlone,
                        NodeLighttpd, PhpApache, PhpCgid, PhpConversationLighttpd, PhpLighttpd,
                        PhpStatementLighttpd)
from measure import EmptyStarted, RefusingStarted
from pgbench import Pgbench

# Before anything is measured each contender gets so many requests; where nothing is kept from one
# to the next, fewer.
WARM_UP = 5000
WARM_UP_CGI = 50
# mod_fcgid takes its time to start as many processes as it may.
WARM_UP_FCGID = 30000


@dataclass(frozen=True)
class Peer:
    """What Hookswitch is compared with, and how many times its requests a second it should take."""

    kind: type
    goal: float = None
    # Whether 99 of 100 of our requests should also take less time than 99 of 100 of theirs.
    is_quicker: bool = False
    memory: float = None  # which part of its memory ours may be


@dataclass(frozen=True)
class Group:
    title: str
    ours: type
    peers: tuple
    warm_up: int = WARM_UP
    longest: float = None  # milliseconds that no request of ours may take


GROUPS = {
    "lighttpd": Group("lighttpd", HookswitchLighttpd, (
        Peer(PhpLighttpd, 2.5, True),
        Peer(PhpStatementLighttpd),
        Peer(PhpConversationLighttpd),
        Peer(NodeLighttpd, 3.5, True, memory=0.1),
        Peer(NodeAlone),
        Peer(BareLighttpd, 0.45),
        Peer(Pgbench),
    )),
    "proxy-fcgi": Group("Apache, mod_proxy_fcgi", HookswitchProxyFcgi, (
        Peer(PhpApache, 2.0),
    )),
    "fcgid": Group("Apache, mod_fcgid", HookswitchFcgid, (), WARM_UP_FCGID,
                   longest=1000),
    "cgi": Group("Apache, plain CGI", HookswitchCgid, (
        Peer(PhpCgid, 2.5),
    ), WARM_UP_CGI),
    "refused": Group("Apache, plain CGI, signature refused", HookswitchRefusing, (
        Peer(EmptyCgid, 0.4),
    ), WARM_UP_CGI),
    "start": Group("a process started directly, signature refused", RefusingStarted, (
        Peer(EmptyStarted, 0.4),
    ), WARM_UP_CGI),
}
