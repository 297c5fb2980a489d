"""Checksummed traffic for the real-network tests.

serve PORT                            echo server, TCP and UDP, all addresses
tcp SOURCE DESTINATION PORT BYTES     that many bytes there, as many back
udp SOURCE DESTINATION PORT BYTES N   N datagrams of that size there and back
steady SOURCE DESTINATION PORT BYTES  transfers as with tcp, one after the other, until SIGTERM
slow SOURCE DESTINATION PORT BYTES S  one transfer as with tcp, spread over S seconds on the way there
ping SOURCE DESTINATION N WAIT_S      N echo requests; prints how many were answered within some time of the last one
send SOURCE DESTINATION PORT N        N datagrams that expect no answer
stream SOURCE DESTINATION PORT BYTES PER_SECOND SECONDS
                                      numbered datagrams, evenly spaced; to a collector
collect ADDRESS PORT                  receives a stream until SIGTERM, and prints what is missing, and when
mirror ADDRESS PORT                   sends back what comes over TCP, until it is killed
paced SOURCE DESTINATION PORT BYTES_PER_SECOND SECONDS
                                      one TCP connection to a mirror, evenly filled; checks what comes back

A client ends with 0 and prints "ok ..." when all that came is what was sent.
"""

import hashlib
import random
import signal
import socket
import struct
import sys
import threading
import time

CHUNK = 1 << 16
STALL_S = 25.0


def chunks(seed, size):
    """The same pseudo-random bytes for the same seed."""
    source = random.Random(seed)
    while size > 0:
        step = min(CHUNK, size)
        yield source.randbytes(step)
        size -= step


def digest(seed, size):
    sha = hashlib.sha256()
    for chunk in chunks(seed, size):
        sha.update(chunk)
    return sha.digest()


def receive_exactly(connection, size):
    data = bytearray()
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError(f"closed after {len(data)} of {size} bytes")
        data += part
    return bytes(data)


def receive_digest(connection, size):
    sha = hashlib.sha256()
    left = size
    while left > 0:
        part = connection.recv(min(CHUNK, left))
        if not part:
            raise EOFError(f"closed with {left} of {size} bytes missing")
        sha.update(part)
        left -= len(part)
    return sha.digest()


def answer(connection):
    with connection:
        connection.settimeout(STALL_S)
        seed, size = struct.unpack("!QQ", receive_exactly(connection, 16))
        good = receive_digest(connection, size) == digest(seed, size)
        connection.sendall(b"good" if good else b"bad!")
        for chunk in chunks(seed + 1, size):
            connection.sendall(chunk)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)


def try_answer(connection):
    try:
        answer(connection)
    except (OSError, EOFError) as fault:
        print(f"transfer ended: {fault}", flush=True)


def echo(server):
    while True:
        data, sender = server.recvmsg(65535, 256)[0::3]
        server.sendto(data, sender)


def bound(kind, family, port):
    server = socket.socket(family, kind)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    server.bind(("", port))
    return server


def accept(server):
    server.listen(16)
    while True:
        connection, _ = server.accept()
        threading.Thread(target=try_answer, args=(connection,), daemon=True).start()


def serve(port):
    threads = []
    for family in (socket.AF_INET, socket.AF_INET6):
        tcp = bound(socket.SOCK_STREAM, family, port)
        threads.append(threading.Thread(target=accept, args=(tcp,)))
        udp = bound(socket.SOCK_DGRAM, family, port)
        threads.append(threading.Thread(target=echo, args=(udp,)))
    for thread in threads:
        thread.start()
    print("ready", flush=True)


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def tcp(source, destination, port, size, seconds=0.0):
    started = time.monotonic()
    connection = socket.socket(family_of(destination), socket.SOCK_STREAM)
    connection.settimeout(STALL_S)
    connection.bind((source, 0))
    connection.connect((destination, port))
    seed = random.SystemRandom().getrandbits(48)
    connection.sendall(struct.pack("!QQ", seed, size))
    sent = 0
    for chunk in chunks(seed, size):
        connection.sendall(chunk)
        sent += len(chunk)
        time.sleep(max(0.0, started + seconds * sent / size - time.monotonic()))
    verdict = receive_exactly(connection, 4)
    if verdict != b"good":
        raise ValueError("the server got other bytes than were sent")
    if receive_digest(connection, size) != digest(seed + 1, size):
        raise ValueError("other bytes came back than the server sent")
    connection.close()
    print(f"ok {size} bytes each way in {time.monotonic() - started:.2f} s", flush=True)


def steady(source, destination, port, size):
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    count = 0
    while not over.is_set():
        tcp(source, destination, port, size)
        count += 1
    print(f"steady: {count} transfers", flush=True)


def udp(source, destination, port, size, count):
    client = socket.socket(family_of(destination), socket.SOCK_DGRAM)
    client.settimeout(3)
    client.bind((source, 0))
    for number in range(count):
        data = struct.pack("!I", number) + random.randbytes(size - 4)
        client.sendto(data, (destination, port))
        back, _ = client.recvfrom(65535)
        if back != data:
            raise ValueError(f"datagram {number} came back changed")
    print(f"ok {count} datagrams of {size} bytes", flush=True)


def send(source, destination, port, count):
    client = socket.socket(family_of(destination), socket.SOCK_DGRAM)
    client.bind((source, 0))
    for number in range(count):
        client.sendto(struct.pack("!I", number) * 8, (destination, port))
        time.sleep(0.002)


def stream(source, destination, port, size, per_second, seconds):
    """Sends what it is late with at once, so that a second holds as many as it should."""
    client = socket.socket(family_of(destination), socket.SOCK_DGRAM)
    client.bind((source, 0))
    started = time.monotonic()
    count = per_second * seconds
    for number in range(count):
        if (early := started + number / per_second - time.monotonic()) > 0:
            time.sleep(early)
        client.sendto(struct.pack("!I", number) + bytes(size - 4), (destination, port))
    print(f"sent {count}", flush=True)


def collect(address, port):
    server = socket.socket(family_of(address), socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    server.bind((address, port))
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    server.settimeout(0.1)
    print("ready", flush=True)
    seen, late, twice, newest, gaps = set(), 0, 0, -1, []
    while not over.is_set():
        try:
            data = server.recv(65535)
        except TimeoutError:
            continue
        number = struct.unpack_from("!I", data)[0]
        if number in seen:
            twice += 1
        elif number < newest:
            late += 1
        elif number > newest + 1:
            gaps.append((newest + 1, number, time.strftime("%H:%M:%S")))
        seen.add(number)
        newest = max(newest, number)
    for first, end, when in gaps:
        if missing := [number for number in range(first, end) if number not in seen]:
            print(f"missing {missing} at {when}")
    print(f"received {len(seen)} late {late} twice {twice}", flush=True)


def reflect(connection):
    with connection:
        try:
            while data := connection.recv(CHUNK):
                connection.sendall(data)
        except OSError as fault:
            print(f"connection lost: {fault}", flush=True)


def mirror(address, port):
    server = socket.socket(family_of(address), socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(16)
    print("ready", flush=True)
    while True:
        connection, _ = server.accept()
        threading.Thread(target=reflect, args=(connection,), daemon=True).start()


def paced(source, destination, port, per_second, seconds):
    ticks_per_second = 100
    size = per_second // ticks_per_second * ticks_per_second * seconds
    connection = socket.create_connection((destination, port), STALL_S, (source, 0))
    seed = random.SystemRandom().getrandbits(48)
    back = []
    reader = threading.Thread(target=lambda: back.append(receive_digest(connection, size)))
    reader.start()
    data = b"".join(chunks(seed, size))
    step = size // (ticks_per_second * seconds)
    started = time.monotonic()
    for tick in range(ticks_per_second * seconds):
        if (early := started + tick / ticks_per_second - time.monotonic()) > 0:
            time.sleep(early)
        connection.sendall(data[tick * step:(tick + 1) * step])
    reader.join()
    if back != [hashlib.sha256(data).digest()]:
        raise ValueError("not all came back, or other bytes than were sent")
    print(f"ok {size} bytes each way in {time.monotonic() - started:.2f} s", flush=True)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ping(source, destination, count, wait_s):
    """Unlike ping(8), which waits for the last answer only twice the longest round trip."""
    v6 = ":" in destination
    protocol = socket.getprotobyname("ipv6-icmp") if v6 else socket.IPPROTO_ICMP
    client = socket.socket(family_of(destination), socket.SOCK_RAW, protocol)
    client.bind((source, 0))
    ident = random.SystemRandom().getrandbits(16)
    request, reply, header = (128, 129, 0) if v6 else (8, 0, 20)
    answered = set()
    for number in range(count):
        start = struct.pack("!BBHHH", request, 0, 0, ident, number)
        data = bytes(48)
        total = 0 if v6 else checksum(start + data)  # the kernel fills in that of ICMPv6
        try:
            client.sendto(start[:2] + struct.pack("!H", total) + start[4:] + data, (destination, 0))
        except OSError as fault:  # for the moment there is no way: as good as lost
            print(fault)
        until = time.monotonic() + (0.05 if number < count - 1 else wait_s)
        while len(answered) < count and (left := until - time.monotonic()) > 0:
            client.settimeout(left)
            try:
                message, sender = client.recvfrom(2048)
            except TimeoutError:
                break
            kind, _, _, which, sequence = struct.unpack("!BBHHH", message[header:header + 8])
            if kind == reply and which == ident and sender[0] == destination:
                answered.add(sequence)
    print(f"{count} sent, {len(answered)} received")


def main(words):
    if words[0] == "serve":
        serve(int(words[1]))
    elif words[0] == "tcp":
        tcp(words[1], words[2], int(words[3]), int(words[4]))
    elif words[0] == "slow":
        tcp(words[1], words[2], int(words[3]), int(words[4]), float(words[5]))
    elif words[0] == "steady":
        steady(words[1], words[2], int(words[3]), int(words[4]))
    elif words[0] == "udp":
        udp(words[1], words[2], int(words[3]), int(words[4]), int(words[5]))
    elif words[0] == "stream":
        stream(words[1], words[2], *map(int, words[3:7]))
    elif words[0] == "collect":
        collect(words[1], int(words[2]))
    elif words[0] == "mirror":
        mirror(words[1], int(words[2]))
    elif words[0] == "paced":
        paced(words[1], words[2], *map(int, words[3:6]))
    elif words[0] == "ping":
        ping(words[1], words[2], int(words[3]), float(words[4]))
    elif words[0] == "send":
        send(words[1], words[2], int(words[3]), int(words[4]))
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
