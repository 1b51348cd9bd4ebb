"""Frames of an interface as lines of hexadecimal digits: what comes in on stdout, what stdin says goes out.

frame-pipe.py INTERFACE. Ends when stdin does.
"""
import os
import select
import socket
import sys

ETH_P_ALL = 3
PACKET_OUTGOING = 4
SNAP_BYTES = 65_535
CHUNK_BYTES = 1 << 20

wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)
wire.bind((sys.argv[1], 0))
os.write(1, b"ready\n")
rest = b""
while True:
    readable, _, _ = select.select([wire, 0], [], [])
    if wire in readable:
        frame, address = wire.recvfrom(SNAP_BYTES)
        if address[2] != PACKET_OUTGOING:
            sys.stdout.write(frame.hex() + "\n")
            sys.stdout.flush()
    elif 0 in readable:
        chunk = os.read(0, CHUNK_BYTES)
        if not chunk:
            break
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            wire.send(bytes.fromhex(line.decode()))
