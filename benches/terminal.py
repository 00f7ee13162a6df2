"""A program in a pseudo-terminal."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios


class Terminal:
    def __init__(self, command, width, height, **environment):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", SANER_TUI_TOUR="false", SANER_TUI_CONFIG="/dev/null", **environment)
            os.execv(command[0], command)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def __enter__(self):
        return self

    def write(self, keys):
        os.write(self.fd, keys)

    def read(self, patience):
        """What it wrote, as soon as it wrote something; nothing after so many seconds."""
        if not select.select([self.fd], [], [], patience)[0]:
            return b""
        try:
            return os.read(self.fd, 65536)
        except OSError:  # it has ended
            return b""

    def drain(self):
        while self.read(0.005):
            pass

    def used(self):
        """Seconds of a core that it has taken."""
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGTERM)
        while self.read(5):
            pass
        os.waitpid(self.pid, 0)
        os.close(self.fd)
