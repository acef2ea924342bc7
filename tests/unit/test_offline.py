"""The network is closed in tests, but for loopback."""

import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org"])
def test_other_machines_are_out_of_reach(host):
    with pytest.raises(ConnectionRefusedError, match="the network is closed here"):
        socket.create_connection((host, 80), timeout=1)


def test_datagrams_are_stopped():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        pytest.raises(ConnectionRefusedError, match="the network is closed here"),
    ):
        sender.sendto(b"hello", ("192.0.2.1", 80))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_this_machine_answers(host):
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection((host, server.getsockname()[1]), timeout=5) as client,
    ):
        client.sendall(b"hello")
        answer, _ = server.accept()
        with answer:
            assert answer.recv(5) == b"hello"
