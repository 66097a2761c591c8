"""Free ports of this machine for servers that benchmarks start."""

import contextlib
import socket


def free_ports(count):
    """The first of so many free loopback ports in a row.

    :raises RuntimeError: when there are none between 19100 and 20000
    """
    for first in range(19100, 20000, count):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    probe = stack.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise RuntimeError(f"no {count} free ports in a row between 19100 and 20000")
