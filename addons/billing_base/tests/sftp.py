"""An SFTP server of this machine: paramiko's, over a folder."""

import os
import socket
import threading

import paramiko

USER, PASSWORD = "north", "secret of the test"


class _Login(paramiko.ServerInterface):
    def check_auth_password(self, username, password):
        good = (username, password) == (USER, PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def get_allowed_auths(self, username):
        return "password"


class _Handle(paramiko.SFTPHandle):
    def stat(self):
        file = self.readfile or self.writefile
        return paramiko.SFTPAttributes.from_stat(os.fstat(file.fileno()))

    readfile = writefile = None


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, server, root):
        super().__init__(server)
        self.root = root

    def _real(self, path):
        return self.root / self.canonicalize(path).lstrip("/")

    def _do(self, action):
        try:
            return action() or paramiko.SFTP_OK
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def list_folder(self, path):
        def entries():
            return [
                paramiko.SFTPAttributes.from_stat(entry.stat(), entry.name)
                for entry in os.scandir(self._real(path))
            ]

        # an empty folder is no error
        try:
            return entries()
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def stat(self, path):
        return self._do(
            lambda: paramiko.SFTPAttributes.from_stat(os.stat(self._real(path)))
        )

    lstat = stat

    def open(self, path, flags, attr):
        def opened():
            handle = _Handle(flags)
            if flags & os.O_WRONLY:
                handle.writefile = self._real(path).open("wb")
            else:
                handle.readfile = self._real(path).open("rb")
            return handle

        return self._do(opened)

    def rename(self, oldpath, newpath):
        return self._do(lambda: os.rename(self._real(oldpath), self._real(newpath)))

    posix_rename = rename

    def mkdir(self, path, attr):
        return self._do(lambda: os.mkdir(self._real(path)))


class SftpServer:
    """Serves a folder until it is closed; a context manager.

    :param Path root: the folder
    """

    def __init__(self, root):
        self.root = root
        self.key = paramiko.RSAKey.generate(2048)
        self._transports = []

    def __enter__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._socket.close()
        self.disconnect()

    def disconnect(self):
        """End all connections, as a server that is started again does."""
        for transport in self._transports:
            transport.close()
        self._transports.clear()

    def _accept(self):
        while True:
            try:
                client, _address = self._socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(client)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler(
                "sftp", paramiko.SFTPServer, _Files, self.root
            )
            self._transports.append(transport)
            transport.start_server(server=_Login(), event=threading.Event())
