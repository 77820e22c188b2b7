"""A proxy in front of PostgreSQL that notes which protocol messages a client sends.

Each Sync is a round trip: the client has to wait for its answer before it knows anything.
"""

import socket
import threading


class PostgresWatch:
    """Listens on a loopback port; `messages` are the type letters sent by all clients.

    With keeps_sessions=True the server does not hear that a client has left, as if it were very
    slow to notice.
    """

    def __init__(self, server_port, keeps_sessions=False):
        self.server_port = server_port
        self.keeps_sessions = keeps_sessions
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self.messages = []
        self.sockets = [self.listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def clear(self):
        self.connections = 0
        self.messages = []

    def close(self):
        for each in self.sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed by its peer already
            each.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self.server_port))
            self.sockets += [client, server]
            threading.Thread(target=_copy, args=(server, client), daemon=True).start()
            threading.Thread(target=self._forward, args=(client, server), daemon=True).start()

    def _forward(self, client, server):
        """Note each message before passing it on, so that its effect never precedes its note."""
        pending = b""
        headed = 0  # a start-up message has no type letter
        letter = None
        try:
            while data := client.recv(65536):
                pending += data
                while len(pending) >= headed + 4:
                    length = headed + int.from_bytes(pending[headed:headed + 4], "big")
                    if len(pending) < length:
                        break
                    if headed:
                        letter = pending[:1].decode()
                        self.messages.append(letter)
                    pending, headed = pending[length:], 1
                if self.keeps_sessions and letter == "X":
                    return
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # either side went away


def _copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # either side went away
