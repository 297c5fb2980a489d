package dev.culvert.tun;

import java.net.Inet4Address;
import java.net.InetAddress;

/** The two address families, with their Linux numbers ({@code AF_INET}, {@code AF_INET6}). */
public enum AddressFamily {
    IPV4(2, 4),
    IPV6(10, 16);

    private final int number;
    private final int addressLengthBytes;

    AddressFamily(int number, int addressLengthBytes) {
        this.number = number;
        this.addressLengthBytes = addressLengthBytes;
    }

    /** The family of {@code address}. */
    public static AddressFamily of(InetAddress address) {
        return address instanceof Inet4Address ? IPV4 : IPV6;
    }

    /** {@code AF_INET} = 2 or {@code AF_INET6} = 10. */
    public int number() {
        return number;
    }

    /** 4 or 16. */
    public int addressLengthBytes() {
        return addressLengthBytes;
    }
}
