"""ESP by scapy, as a second opinion. One SA per run, AES-GCM with a 16-octet ICV, addresses of the tunnel inside.

open SPI KEYHEX ESN FILE         opens each ESP packet of a capture file that has that SPI (hex); prints the inner packets'
                                 "source destination protocol" lines, and ends with 1 when one does not verify
seal SPI KEYHEX ESN SEQ SRC DST  an ESP packet (hex) that carries a UDP datagram from SRC to DST, port 9, with "from scapy";
                                 SEQ is the whole 64-bit number

ESN is 1 or 0. KEYHEX is the key and the salt.
"""

import sys

from scapy.all import IP, UDP, Raw, raw, rdpcap
from scapy.layers.ipsec import ESP, SecurityAssociation


def association(spi, key, esn):
    return SecurityAssociation(
        ESP,
        spi=int(spi, 16),
        crypt_algo="AES-GCM",
        crypt_key=bytes.fromhex(key),
        tunnel_header=IP(src="192.0.2.1", dst="192.0.2.2"),
        esn_en=esn == "1",
        esn=0,
    )


def open_all(spi, key, esn, file):
    sa = association(spi, key, esn)
    found = 0
    for frame in rdpcap(file):
        if UDP not in frame or 4500 not in (frame[UDP].sport, frame[UDP].dport):
            continue
        payload = raw(frame[UDP].payload)
        if payload[0:4] != sa.spi.to_bytes(4, "big"):
            continue
        outer = IP(src=frame[IP].src, dst=frame[IP].dst, proto=50) / ESP(payload)
        inner = sa.decrypt(IP(raw(outer)), esn_en=esn == "1", esn=0)
        print(inner.src, inner.dst, inner.proto)
        found += 1
    print(f"opened {found}")


def seal(spi, key, esn, sequence, source, destination):
    sa = association(spi, key, esn)
    inner = IP(src=source, dst=destination) / UDP(sport=9, dport=9) / Raw(b"from scapy")
    number = int(sequence)
    sealed = sa.encrypt(
        inner, seq_num=number & 0xFFFFFFFF, esn_en=esn == "1", esn=number >> 32
    )
    print(raw(sealed[ESP]).hex())


def main(words):
    if words[0] == "open":
        open_all(*words[1:5])
    elif words[0] == "seal":
        seal(*words[1:7])
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
