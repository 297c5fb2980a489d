"""Puts datagrams on the wire for the real-network tests. IPv4 only.

raw                     one datagram per input line, "SOURCE SPORT DESTINATION DPORT HEX", sources are made up as told
garbage DESTINATION SEED COUNT RATE HEXFILE
                        COUNT datagrams at most RATE per second to ports 500 and 4500: random ones, and mutations of those
                        in HEXFILE (one per line)
halfopen DESTINATION SEED COUNT RATE HEX
                        the IKE_SA_INIT request in HEX again and again, with fresh SPIs and from addresses in 203.0.113.0/24
                        and 10.200.0.0/16
flood DESTINATION SEED SECONDS RATE HEX
                        likewise for SECONDS, at most RATE per second, from packets that are made beforehand
"""

import random
import socket
import struct
import sys
import time

BURST = 50


def checksum(header):
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(source, source_port, destination, port, payload):
    """An IPv4 packet with a UDP datagram whose checksum is left out."""
    length = 28 + len(payload)
    start = struct.pack("!BBHHHBB", 0x45, 0, length, 0, 0, 64, socket.IPPROTO_UDP)
    ends = socket.inet_aton(source) + socket.inet_aton(destination)
    header = start + struct.pack("!H", checksum(start + b"\0\0" + ends)) + ends
    return header + struct.pack("!HHHH", source_port, port, 8 + len(payload), 0) + payload


def raw_socket():
    sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
    return sender


class Pace:
    """Keeps a rate, in bursts."""

    def __init__(self, rate):
        self.rate = rate
        self.started = time.monotonic()
        self.sent = 0

    def next(self):
        self.sent += 1
        if self.sent % BURST == 0:
            ahead = self.started + self.sent / self.rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)


def raw():
    sender = raw_socket()
    count = 0
    for line in sys.stdin:
        source, source_port, destination, port, payload = (line.rstrip("\n").split(" ") + [""])[:5]
        data = packet(source, int(source_port), destination, int(port), bytes.fromhex(payload))
        sender.sendto(data, (destination, 0))
        count += 1
        if count % BURST == 0:
            time.sleep(0.005)
    print(f"sent {count}")


def mutate(source, template):
    data = bytearray(template)
    choice = source.random()
    if choice < 0.25:
        del data[source.randrange(len(data) + 1):]
    elif choice < 0.35:
        data += source.randbytes(source.randrange(1, 64))
    else:
        for _ in range(source.choice((1, 1, 1, 2, 4, 16))):
            # Most decisions are made on the first bytes.
            limit = len(data) if source.random() < 0.5 else min(len(data), 48)
            data[source.randrange(limit)] = source.randrange(256)
    return bytes(data)


def garbage(destination, seed, count, rate, file):
    source = random.Random(seed)
    with open(file, encoding="ascii") as lines:
        templates = [bytes.fromhex(line.strip()) for line in lines if line.strip()]
    senders = []
    for _ in range(8):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.bind(("", 0))
        senders.append(sender)
    pace = Pace(rate)
    refused = 0
    for _ in range(count):
        choice = source.random()
        port = 500 if source.random() < 0.5 else 4500
        if choice < 0.3 or not templates:
            data = source.randbytes(source.choice((0, 1, 3, 4, 8, 27, 28, 29, 32, 60, 200, 1400)))
        else:
            data = mutate(source, source.choice(templates))
        if port == 4500 and source.random() < 0.5:
            data = b"\0\0\0\0" + data
        try:
            source.choice(senders).sendto(data, (destination, port))
        except OSError:
            refused += 1
        pace.next()
    print(f"sent {count - refused}, refused {refused}")


def halfopen(destination, seed, count, rate, template):
    source = random.Random(seed)
    sender = raw_socket()
    message = bytearray.fromhex(template)
    pace = Pace(rate)
    for number in range(count):
        message[0:8] = source.randbytes(8)
        if number % 2 == 0:
            address = f"203.0.113.{source.randrange(1, 255)}"
        else:
            address = f"10.200.{source.randrange(256)}.{source.randrange(1, 255)}"
        data = packet(address, source.randrange(1024, 65536), destination, 500, bytes(message))
        sender.sendto(data, (destination, 0))
        pace.next()
    print(f"sent {count}")


def flood(destination, seed, seconds, rate, template):
    source = random.Random(seed)
    message = bytearray.fromhex(template)
    packets = []
    for _ in range(30_000):
        message[0:8] = source.randbytes(8)
        address = f"10.{source.randrange(128, 256)}.{source.randrange(256)}.{source.randrange(1, 255)}"
        port = source.randrange(1024, 65536)
        packets.append(packet(address, port, destination, 500, bytes(message)))
    sender = raw_socket()
    sender.connect((destination, 0))
    print("begins", flush=True)
    pace = Pace(rate)
    end = pace.started + seconds
    while time.monotonic() < end:
        for data in packets[: rate // 10]:
            sender.send(data)
            pace.next()
        source.shuffle(packets)
    taken = time.monotonic() - pace.started
    print(f"sent {pace.sent} in {taken:.1f} s: {pace.sent / taken:.0f} per second")


def main(words):
    if words[0] == "raw":
        raw()
    elif words[0] == "garbage":
        garbage(words[1], int(words[2]), int(words[3]), int(words[4]), words[5])
    elif words[0] == "halfopen":
        halfopen(words[1], int(words[2]), int(words[3]), int(words[4]), words[5])
    elif words[0] == "flood":
        flood(words[1], int(words[2]), float(words[3]), int(words[4]), words[5])
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
