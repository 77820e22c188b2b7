"""The five ways in which the endpoints are deployed, with the configuration that is shipped.

Each server has its root, logs and port to itself and runs as a child of the tests.
"""

import grp
import os
import pwd
import shutil
import tempfile
from pathlib import Path

from deployment import EXAMPLE_HOME, PROGRAMS, Site
from processes import (Program, accepts, ends_with_parent, find_program, free_port, listens,
                       wait_until)

APACHE_MODULES = Path("/usr/lib/apache2/modules")
SUEXEC = Path("/usr/lib/apache2/suexec")
SUEXEC_SETTINGS = Path("/etc/apache2/suexec/www-data")


class WebServer:
    """What the five have in common: a site, a port, a child in the foreground, a log."""

    name = None
    site_class = Site
    site_parent = None

    def __init__(self, environment, settings):
        self.environment = environment
        self.port = free_port()
        self.root = Path(tempfile.mkdtemp(prefix="hs-server-"))
        self.root.chmod(0o755)
        self.log = self.owned_directory("log") / "error.log"
        self.site = self.site_class(environment, settings, self.site_owner(), self.site_parent)
        self.output = self.root / "output"
        self.program = None

    @classmethod
    def unavailable(cls):
        """Why this server cannot run here, or None."""
        raise NotImplementedError

    @classmethod
    def site_owner(cls):
        """(uid, gid) of the site's files; None for the user who runs the tests."""
        return server_user()

    @classmethod
    def process_owner(cls):
        """Arguments for Popen: whom the server starts as."""
        return {}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        self.program = Program(self.command(), self.output, self.process_owner(),
                               umask=0o022)
        try:
            wait_until(self.is_ready, f"{self.name} takes requests", self.program, self.output)
        except RuntimeError as failure:
            raise RuntimeError(f"{failure}\n{self.error_log()[-2000:]}") from failure

    def is_ready(self):
        return accepts(self.port)

    def stop(self):
        if self.program:
            self.program.stop()

    def close(self):
        try:
            self.stop()
        finally:
            self.site.remove()
            shutil.rmtree(self.root, ignore_errors=True)

    def error_log(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def command(self):
        """Write the configuration; return the command line that runs the server with it."""
        raise NotImplementedError

    def settings(self, **changes):
        return self.site.settings(**changes)

    def owned_directory(self, name):
        """A directory below the server's root that its unprivileged processes can write."""
        path = self.root / name
        path.mkdir(exist_ok=True)  # when it is started again
        if server_user():
            os.chown(path, *server_user())
        return path


class LogWatch:
    """What the endpoints add to a server's error log from now on."""

    def __init__(self, server):
        self.server = server
        self.seen = len(server.error_log())

    def text(self):
        return self.server.error_log()[self.seen:]

    def lines(self, containing="hookswitch"):
        return [line for line in self.text().splitlines() if containing in line]

    def only_line(self, containing="hookswitch"):
        """The one such line that a request leaves; it may arrive after the answer."""
        wait_until(lambda: self.lines(containing), f"a log line with {containing}")
        found = self.lines(containing)
        assert len(found) == 1, found
        return found[0]


class Apache(WebServer):
    """Apache with event MPM and, beyond what Debian loads by itself, `modules`."""

    stock_modules = ("mpm_event", "authz_core", "dir", "env", "filter", "deflate", "mime",
                     "negotiation", "setenvif", "rewrite", "headers")
    modules = ()
    handler_htaccess = "apache/hookswitch.htaccess"

    @classmethod
    def unavailable(cls):
        try:
            find_program("apache2")
        except FileNotFoundError:
            return "apache2 is not installed"
        missing = [m for m in cls.modules if not (APACHE_MODULES / f"mod_{m}.so").exists()]
        return f"Apache's module {missing[0]} is not installed" if missing else None

    def command(self):
        self.deploy()
        self.site.write(self.root / "vhost.conf", self.site.shipped("apache/vhost.conf"))
        configuration = self.root / "httpd.conf"
        configuration.write_text("\n".join(self.lines()) + "\n")
        return [find_program("apache2"), "-d", self.root, "-f", configuration, "-DFOREGROUND"]

    def deploy(self):
        """The site's own configuration."""
        self.site.write(self.site.public / ".htaccess", self.site.shipped("apache/htaccess"))
        self.site.write(self.site.programs / ".htaccess",
                        self.site.shipped(self.handler_htaccess))
        self.site.write(self.site.console / ".htaccess",
                        self.site.shipped("apache/console.htaccess"))

    def set_in_htaccess(self, name, value):
        """Make one of the commented SetEnv lines of the shipped file a real one."""
        lines = self.site.shipped("apache/htaccess").splitlines()
        wanted = [line for line in lines if line.split()[:2] == ["#SetEnv", name]]
        assert len(wanted) == 1, f"no commented SetEnv {name} in apache/htaccess"
        lines[lines.index(wanted[0])] = f'SetEnv {name} "{value}"'
        self.site.write(self.site.public / ".htaccess", "\n".join(lines) + "\n")

    def lines(self):
        root = self.root
        yield f'ServerRoot "{root}"'
        yield f'DefaultRuntimeDir "{root}"'
        yield f'PidFile "{root}/pid"'
        yield f'ErrorLog "{self.log}"'
        yield f"Listen 127.0.0.1:{self.port}"
        yield "ServerName 127.0.0.1"
        yield from self.user_lines()
        for module in (*self.stock_modules, *self.modules):
            yield f"LoadModule {module}_module {APACHE_MODULES}/mod_{module}.so"
        yield "TypesConfig /etc/mime.types"
        yield "AddOutputFilterByType DEFLATE text/html text/plain text/xml application/xml"
        yield "<Directory />\n Require all denied\n AllowOverride None\n</Directory>"
        yield from self.module_lines()
        yield f"<VirtualHost 127.0.0.1:{self.port}>"
        yield f'DocumentRoot "{self.site.public}"'
        yield from self.host_lines()
        yield "</VirtualHost>"

    def user_lines(self):
        if server_user():
            yield "User www-data"
            yield "Group www-data"

    def module_lines(self):
        return ()

    def host_lines(self):
        yield f'Include "{self.root}/vhost.conf"'


class ApacheFcgid(Apache):
    name = "apache-fcgid"
    modules = ("fcgid",)

    def module_lines(self):
        yield f'FcgidIPCDir "{self.owned_directory("fcgid")}"'
        yield f'FcgidProcessTableFile "{self.root}/fcgid_shm"'


class CgidDaemon:
    """Stands before an Apache that has mod_cgid.

    Apache takes requests before the daemon that starts the programs has made its socket, and given
    it to the server's user; until then it answers 503.
    """

    def module_lines(self):
        yield f'ScriptSock "{self.root}/cgid.sock"'

    def is_ready(self):
        return super().is_ready() and self.daemon_socket() is not None

    def daemon_socket(self):
        """What tells it from that of another daemon; None if it cannot be used yet."""
        owner = server_user() or (os.geteuid(), os.getegid())
        for path in self.root.glob("cgid.sock.*"):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            if status.st_uid == owner[0]:
                return status.st_ino, status.st_ctime_ns
        return None


class ApacheCgid(CgidDaemon, Apache):
    name = "apache-cgid"
    modules = ("cgid",)


class ApacheSuexec(ApacheCgid):
    """Plain CGI as another user, who owns the site; the server's user cannot read the settings."""

    name = "apache-suexec"
    modules = ("cgid", "suexec")
    user, group = "nobody", "nogroup"

    def __init__(self, environment, settings):
        self.site_parent = suexec_root()
        super().__init__(environment, settings)

    @classmethod
    def unavailable(cls):
        if os.geteuid() != 0:
            return "suexec needs root to start Apache"
        if not SUEXEC.exists() or suexec_root() is None:
            return "suexec is not installed or has no document root"
        return super().unavailable()

    @classmethod
    def site_owner(cls):
        return pwd.getpwnam(cls.user).pw_uid, grp.getgrnam(cls.group).gr_gid

    def host_lines(self):
        yield f"SuexecUserGroup {self.user} {self.group}"
        yield from super().host_lines()


class ApacheProxyFcgi(Apache):
    """Programs started by spawn-fcgi, Apache only connecting to their sockets."""

    name = "apache-proxy-fcgi"
    modules = ("proxy", "proxy_fcgi")
    handler_htaccess = "apache/proxy-fcgi.htaccess"
    limits = ()  # words before each program's

    def __init__(self, environment, settings):
        super().__init__(environment, settings)
        self.endpoints = {}

    @classmethod
    def unavailable(cls):
        try:
            find_program("spawn-fcgi")
        except FileNotFoundError:
            return "spawn-fcgi is not installed"
        return super().unavailable()

    def start(self):
        for name in PROGRAMS:
            self.spawn(name)
        super().start()

    def stop(self):
        try:
            super().stop()
            died = [name for name, program in self.endpoints.items() if not program.running()]
        finally:
            for program in self.endpoints.values():
                program.stop()
        assert not died, f"ended by themselves: {died}\n{self.error_log()[-2000:]}"

    def spawn(self, name):
        """-n: spawn-fcgi becomes the program, which so is a child of the tests.

        It changes its user, so that it has to be told once more with whom to end. A program
        that has ended leaves its socket behind.
        """
        socket = self.site.run / f"{name}.sock"
        socket.unlink(missing_ok=True)
        user = ["-u", "www-data", "-g", "www-data", "-U", "www-data"] if server_user() else []
        output = self.root / f"{name}.output"
        program = Program([find_program("spawn-fcgi"), "-n", "-s", socket, "-M", "0660", *user,
                           "--", *ends_with_parent(), *self.limits,
                           self.site.programs / f"{name}.fcgi"],
                          output)
        wait_until(lambda: listens(socket), f"{name}'s socket", program, output)
        self.endpoints[name] = program


class Lighttpd(WebServer):
    name = "lighttpd"
    modules = ("mod_rewrite", "mod_setenv", "mod_alias", "mod_fastcgi")

    def __init__(self, environment, settings):
        super().__init__(environment, settings)
        # In the foreground the programs' standard error is lighttpd's own.
        self.output = self.log
        self.log.touch()
        if server_user():
            os.chown(self.log, *server_user())

    @classmethod
    def unavailable(cls):
        try:
            find_program("lighttpd")
        except FileNotFoundError:
            return "lighttpd is not installed"
        return None

    @classmethod
    def process_owner(cls):
        """Not root: on changing its user by itself it would no longer end with its parent."""
        if not server_user():
            return {}
        user, group = server_user()
        return {"user": user, "group": group, "extra_groups": []}

    def command(self):
        self.included = self.deploy()
        configuration = self.root / "lighttpd.conf"
        configuration.write_text("\n".join(self.lines()) + "\n")
        return [find_program("lighttpd"), "-D", "-f", configuration]

    def deploy(self):
        """The file to be included."""
        included = self.site.shipped("lighttpd/hookswitch.conf", [
            (f"{EXAMPLE_HOME}/libexec/hookswitch", self.site.programs),
            (f"{EXAMPLE_HOME}/share/hookswitch/console", self.site.console)])
        return self.site.write(self.root / "hookswitch.conf", included)

    def lines(self):
        modules = ", ".join(f'"{module}"' for module in self.modules)
        yield f"server.modules = ( {modules} )"
        yield 'server.bind = "127.0.0.1"'
        yield f"server.port = {self.port}"
        yield f'server.document-root = "{self.site.public}"'
        yield f'server.errorlog = "{self.log}"'
        yield f'server.breakagelog = "{self.log}"'
        yield f'server.upload-dirs = ( "{self.owned_directory("upload")}" )'
        yield from self.host_lines()

    def host_lines(self):
        yield f'include "{self.included}"'


SERVERS = (ApacheFcgid, ApacheCgid, ApacheSuexec, ApacheProxyFcgi, Lighttpd)


def server_user():
    """(uid, gid) of Debian's web server user when started by root, None otherwise."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("www-data")
    return entry.pw_uid, entry.pw_gid


def suexec_root():
    """The directory below which suexec runs programs: first line of its settings."""
    if not SUEXEC_SETTINGS.exists():
        return None
    first = Path(SUEXEC_SETTINGS.read_text().splitlines()[0])
    return first if first.is_dir() else None


def pids(server, endpoint=""):
    """Processes of an endpoint, or of all, whoever has started them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text(errors="replace")
            folder = os.readlink(process / "cwd")
        except OSError:
            continue  # it has just ended
        if f"{endpoint}.fcgi" in words and str(server.site.home) in words + folder:
            found.append(int(process.name))
    return found
