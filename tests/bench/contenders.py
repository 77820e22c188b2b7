"""What is compared: Hookswitch as it is deployed, and what a site's owner would run instead.

All take the same signed messages at the same path. Each has its own web server, of the same
program; those that are not measured are idle meanwhile.
"""

import os
import shutil
import socket
from pathlib import Path

from deployment import ACCOUNT
from processes import Program, accepts, find_program, free_port, listens, wait_until
from twilio import Account
from webservers import (Apache, ApacheCgid, ApacheFcgid, ApacheProxyFcgi, CgidDaemon, Lighttpd,
                        WebServer, server_user)

STRANGER = Account(ACCOUNT.sid, "0" * 32)
PEERS = Path(__file__).parent / "peers"
# Requests at a time: as many as the load has connections.
AT_A_TIME = 16
PHP = "8.2"
# Where scripts/bench has npm install them.
NODE_MODULES = Path(os.environ["HOOKSWITCH_FCGI_DIR"]) / "tests" / "bench" / "node" / "node_modules"


def processes(*roots):
    """These and all that they have started, by process id."""
    children = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = list(roots)
    for pid in found:
        found += children.get(pid, [])
    return found


def started_by(pid):
    return [child for child in processes(pid) if child != pid]


def connects(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


class Contender:
    """Stands before the web server's class."""

    title = None  # in the table
    account = ACCOUNT  # that messages are signed as
    expected = 200  # answer
    checks_signatures = True
    application = None  # name that it gives the database, if it knows one
    keeps = False  # processes and connections from one request to the next

    def program_ids(self):
        """The processes of all that the owner has installed beside the web server."""
        raise NotImplementedError


class Hookswitch(Contender):
    title = "Hookswitch"
    application = "hookswitch-sms"

    def program_ids(self):
        return started_by(self.program.pid)


class HookswitchLighttpd(Hookswitch, Lighttpd):
    keeps = True


class HookswitchFcgid(Hookswitch, ApacheFcgid):
    keeps = True


class HookswitchProxyFcgi(Hookswitch, ApacheProxyFcgi):
    keeps = True

    def program_ids(self):
        return [program.pid for program in self.endpoints.values()]


class HookswitchCgid(Hookswitch, ApacheCgid):
    pass


class HookswitchRefusing(HookswitchCgid):
    """Somebody who has no token."""

    account = STRANGER
    expected = 403


class InPlaceOfSms(Contender):
    """Another program in the place of sms.fcgi: the same server, the same configuration."""

    checks_signatures = False
    binary = None

    def deploy(self):
        included = super().deploy()
        built = self.environment.fcgi_dir / "tests" / "bench" / self.binary
        shutil.copyfile(built, self.site.programs / "sms.fcgi")
        return included

    def program_ids(self):
        return started_by(self.program.pid)


class BareLighttpd(InPlaceOfSms, Lighttpd):
    name = "lighttpd-bare"
    title = "bare FastCGI program"
    binary = "bare"


class EmptyCgid(InPlaceOfSms, ApacheCgid):
    name = "apache-empty"
    title = "empty CGI program"
    binary = "empty"
    expected = 403


class Php(Contender):
    """What PHP under both servers has in common: the scripts, their settings, PHP-FPM."""

    keeps = True
    store = "transaction"
    fpm = None

    @classmethod
    def unavailable(cls):
        for name in cls.programs:
            try:
                find_program(name)
            except FileNotFoundError:
                return f"{name} is not installed"
        return super().unavailable()

    @property
    def socket(self):
        return self.site.run / "php-fpm.sock"

    def deploy(self):
        database = f"{self.site.base_settings['HOOKSWITCH_DATABASE']} application_name={self.application}"
        for script in (PEERS / "php").glob("*.php"):
            self.site.private_file(script.name, script.read_text())
        store = self.site.private / f"{self.store}.php"
        self.site.private_file("settings.php", f"""<?php
return ['token' => '{ACCOUNT.token}', 'database' => '{database}', 'store' => '{store}'];
""")
        self.site.write(self.site.public / "webhook.php", self.script(), 0o755)

    def script(self):
        return (PEERS / "php" / "webhook.php").read_text()

    def start_fpm(self):
        """As many processes as requests at a time; with fewer some would wait for the disk."""
        log = self.owned_directory("fpm") / "log"
        configuration = self.root / "php-fpm.conf"
        configuration.write_text(f"""[global]
error_log = {log}
daemonize = no
[www]
listen = {self.socket}
listen.mode = 0660
pm = static
pm.max_children = {AT_A_TIME}
""")
        self.fpm = Program([find_program(f"php-fpm{PHP}"), "-F", "-y", configuration],
                           self.root / "fpm.output", Lighttpd.process_owner())
        wait_until(lambda: listens(self.socket), "PHP-FPM's socket", self.fpm,
                   self.root / "fpm.output")

    def start(self):
        super().start()
        if f"php-fpm{PHP}" in self.programs:
            self.start_fpm()

    def stop(self):
        super().stop()
        if self.fpm:
            self.fpm.stop()

    def program_ids(self):
        return processes(self.fpm.pid) if self.fpm else started_by(self.program.pid)


class PhpLighttpd(Php, Lighttpd):
    name = application = "lighttpd-php"
    title = "PHP-FPM"
    programs = (f"php-fpm{PHP}",)
    modules = ("mod_rewrite", "mod_fastcgi")

    def host_lines(self):
        yield 'url.rewrite-once = ( "^/api/webhooks/sms/?(\\?.*)?$" => "/webhook.php$1" )'
        yield "fastcgi.server = ( \".php\" => ((" \
              f' "socket" => "{self.socket}", "broken-scriptname" => "enable" )) )'


class PhpStatementLighttpd(PhpLighttpd):
    name = application = "lighttpd-php-statement"
    title = "PHP-FPM, one statement"
    store = "statement"


class PhpConversationLighttpd(PhpLighttpd):
    name = application = "lighttpd-php-conversation"
    title = "PHP-FPM, all that Hookswitch does"
    store = "conversation"


class PhpApache(Php, Apache):
    """As Debian's php8.2-fpm.conf has it."""

    name = application = "apache-php"
    title = "PHP-FPM"
    programs = (f"php-fpm{PHP}",)
    modules = ("proxy", "proxy_fcgi")

    def deploy(self):
        super().deploy()
        self.site.write(self.site.public / ".htaccess",
                        "RewriteEngine On\nRewriteRule ^api/webhooks/sms/?$ webhook.php [END]\n")

    def host_lines(self):
        yield f"<Directory {self.site.public}>"
        yield " AllowOverride FileInfo"
        yield " Options SymLinksIfOwnerMatch ExecCGI"
        yield " Require all granted"
        yield "</Directory>"
        yield '<FilesMatch "\\.php$">'
        yield f" {self.handler()}"
        yield "</FilesMatch>"

    def handler(self):
        return f'SetHandler "proxy:unix:{self.socket}|fcgi://localhost"'


class PhpCgid(CgidDaemon, PhpApache):
    name = application = "apache-php-cgi"
    title = "php-cgi"
    keeps = False
    store = "statement"
    programs = (f"php-cgi{PHP}",)
    modules = ("cgid",)

    def script(self):
        return f"#!{find_program(f'php-cgi{PHP}')}\n{super().script()}"

    def handler(self):
        return "SetHandler cgi-script"


class Node(Contender):
    """server.js with the packages that npm has installed."""

    keeps = True
    store = "transaction"
    node = None

    @classmethod
    def unavailable(cls):
        try:
            find_program("node")
        except FileNotFoundError:
            return "node is not installed"
        if not (NODE_MODULES / "express").exists():
            return f"the packages of server.js are not in {NODE_MODULES}"
        return None

    def start_node(self, listen, ready):
        place = self.root / "node"
        place.mkdir()
        for script in ("server.js", f"{self.store}.js"):
            shutil.copy(PEERS / "node" / script, place)
        shutil.copytree(NODE_MODULES, place / "node_modules")
        settings = dict(word.split("=", 1)
                        for word in self.site.base_settings["HOOKSWITCH_DATABASE"].split())
        environment = {
            "PATH": os.environ["PATH"], "NODE_ENV": "production", "LISTEN": str(listen),
            "STORE": self.store, "TWILIO_AUTH_TOKEN": ACCOUNT.token, "PGAPPNAME": self.application,
            "PGHOST": settings["host"], "PGPORT": settings["port"],
            "PGDATABASE": settings["dbname"], "PGUSER": settings["user"],
        }
        output = self.root / "node.output"
        self.node = Program([find_program("node"), place / "server.js"], output,
                            Lighttpd.process_owner(), env=environment)
        wait_until(ready, "Node.js listens", self.node, output)

    def stop(self):
        super().stop()
        if self.node:
            self.node.stop()

    def program_ids(self):
        return processes(self.node.pid)


class NodeLighttpd(Node, Lighttpd):
    """Behind the web server, which has the site's port and certificate."""

    name = application = "lighttpd-node"
    title = "Node.js"
    modules = ("mod_proxy",)

    @property
    def socket(self):
        return self.site.run / "node.sock"

    def deploy(self):
        pass

    def host_lines(self):
        yield f'proxy.server = ( "/api/" => (( "host" => "{self.socket}" )) )'

    def start(self):
        super().start()
        # Node.js binds a relative path, which listens() would not find.
        self.start_node(self.socket, lambda: connects(self.socket))


class NodeAlone(Node, WebServer):
    """As fast as it gets: without the web server that has the site's port and certificate."""

    name = application = "node"
    title = "Node.js, no web server, one statement"
    store = "statement"

    def start(self):
        self.port = free_port()
        self.start_node(self.port, lambda: accepts(self.port))


