"""An ESP peer made of scapy: one request per line on stdin, one answer per line on stdout.

  seal   CIPHER KEY AUTH AUTHKEY SPI SEQUENCE ESN INNER    answers the ESP packet
  open   CIPHER KEY AUTH AUTHKEY SPI SEQUENCE ESN PACKET   answers the inner packet, or "refused"
  check  PACKET                                            answers a summary, checksums verified by rebuilding

Bytes are hex, "-" stands for none, SEQUENCE is the 64-bit number, ESN is 0 or 1.
"""
import logging
import struct
import sys
import types

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.layers.inet import IP, ICMP, TCP, UDP  # noqa: E402
from scapy.layers.inet6 import IPv6, ICMPv6PacketTooBig  # noqa: E402
from scapy.layers.ipsec import ESP, IPSecIntegrityError, SecurityAssociation  # noqa: E402
from scapy.packet import Raw, raw  # noqa: E402


def unhex(field):
    return b"" if field == "-" else bytes.fromhex(field)


class EsnMac:
    """scapy 2.5 leaves the upper half of the sequence number out of ESP's HMACs (RFC 4303 3.3.2.2.1)."""

    def __init__(self, mac, high):
        self.mac, self.high = mac, high

    def update(self, data):
        self.mac.update(data)

    def finalize(self):
        self.mac.update(struct.pack("!L", self.high))
        return self.mac.finalize()


def association(cipher, key, auth, auth_key, spi, sequence, esn):
    number = int(sequence, 16)
    sa = SecurityAssociation(
        ESP,
        spi=int(spi, 16),
        seq_num=number & 0xFFFFFFFF,
        crypt_algo=cipher,
        crypt_key=unhex(key),
        auth_algo=None if auth == "-" else auth,
        auth_key=None if auth == "-" else unhex(auth_key),
        tunnel_header=IP(src="192.0.2.1", dst="192.0.2.2"),
        esn_en=esn == "1",
        esn=number >> 32,
    )
    if esn == "1" and auth != "-":
        algo = sa.auth_algo
        plain = type(algo).new_mac
        algo.new_mac = types.MethodType(lambda self, k: EsnMac(plain(self, k), number >> 32), algo)
    return sa


def clean(sa):
    # The algorithms are shared objects of the scapy module.
    sa.auth_algo.__dict__.pop("new_mac", None)


def parse(inner):
    return (IPv6 if inner[0] >> 4 == 6 else IP)(inner)


def seal(fields):
    sa = association(*fields[:7])
    try:
        return raw(sa.encrypt(parse(unhex(fields[7])), seq_num=sa.seq_num)[ESP]).hex()
    finally:
        clean(sa)


def unseal(fields):
    sa = association(*fields[:7])
    outer = IP(src="192.0.2.1", dst="192.0.2.2") / ESP(unhex(fields[7]))
    try:
        return raw(sa.decrypt(IP(raw(outer)))).hex()
    except IPSecIntegrityError:
        return "refused"
    finally:
        clean(sa)


def check(fields):
    data = unhex(fields[0])
    packet = parse(data)
    rebuilt = packet.copy()
    layer = rebuilt
    while layer and not isinstance(layer, Raw):
        # Stop at a quoted packet: it is cut, and its checksums are not ours.
        for name in ("chksum", "cksum", "len", "plen"):
            if name in layer.fields:
                delattr(layer, name)
        if isinstance(layer, (ICMP, ICMPv6PacketTooBig)):
            break
        layer = layer.payload
    if raw(rebuilt) != data:
        return "wrong %s %s" % (raw(rebuilt).hex(), data.hex())
    facts = ["ok", packet.src, packet.dst]
    if packet.haslayer(ICMPv6PacketTooBig):
        facts += ["ptb6", str(packet[ICMPv6PacketTooBig].mtu)]
    elif packet.haslayer(ICMP):
        icmp = packet[ICMP]
        facts += ["icmp%d.%d" % (icmp.type, icmp.code), str(icmp.nexthopmtu)]
    elif packet.haslayer(TCP):
        facts += ["mss", str(dict(o for o in packet[TCP].options if len(o) == 2).get("MSS"))]
    elif packet.haslayer(UDP):
        facts += ["udp", str(packet[UDP].dport)]
    return " ".join(facts)


def main():
    actions = {"seal": seal, "open": unseal, "check": check}
    print("ready", flush=True)
    for line in sys.stdin:
        action, *fields = line.split()
        try:
            print(actions[action](fields), flush=True)
        except Exception as e:  # the test shows what went wrong
            print("error %r" % e, flush=True)


main()
