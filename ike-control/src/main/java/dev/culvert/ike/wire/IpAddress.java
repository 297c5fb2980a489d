package dev.culvert.ike.wire;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An IPv4 or IPv6 address as a number. Unlike {@link InetAddress} it keeps an IPv4-mapped IPv6
 * address as what it is, compares in numeric order, and never looks up a name.
 *
 * @param version 4 or 6
 * @param high the upper 64 bits of an IPv6 address; 0 for IPv4
 * @param low the lower 64 bits; for IPv4 a number from 0 to 2^32 - 1
 */
public record IpAddress(int version, long high, long low) implements Comparable<IpAddress> {
    /** 0.0.0.0. */
    public static final IpAddress ANY_V4 = v4(0);

    /** The IPv6 unspecified address, {@code ::}. */
    public static final IpAddress ANY_V6 = new IpAddress(6, 0, 0);

    /** Checks the ranges of the numbers. */
    public IpAddress {
        if (version != 4 && version != 6) {
            throw new IllegalArgumentException("IP version " + version);
        }
        if (version == 4 && (high != 0 || low >>> 32 != 0)) {
            throw new IllegalArgumentException("not a 32-bit number");
        }
    }

    /** The IPv4 address of 32 bits in network order. */
    public static IpAddress v4(int bits) {
        return new IpAddress(4, 0, bits & 0xffff_ffffL);
    }

    /**
     * From 4 or 16 bytes in network order.
     *
     * @throws IllegalArgumentException for any other length
     */
    public static IpAddress ofBytes(byte[] bytes) {
        return switch (bytes.length) {
            case 4 -> new IpAddress(4, 0, bits(bytes, 0, 4));
            case 16 -> new IpAddress(6, bits(bytes, 0, 8), bits(bytes, 8, 8));
            default ->
                    throw new IllegalArgumentException(
                            "an address has 4 or 16 bytes, not " + bytes.length);
        };
    }

    /** From a JDK address; a scope identifier is dropped. */
    public static IpAddress of(InetAddress address) {
        return ofBytes(address.getAddress());
    }

    /**
     * Reads dotted IPv4 or any RFC 4291 form of IPv6; empty for everything else, names and scopes
     * included.
     */
    public static Optional<IpAddress> parse(String text) {
        return text.indexOf(':') >= 0 ? parseV6(text) : parseV4(text);
    }

    /** Whether this is an IPv6 address. */
    public boolean isV6() {
        return version == 6;
    }

    /** 32 or 128. */
    public int widthBits() {
        return version == 4 ? 32 : 128;
    }

    /** 4 or 16 bytes in network order. */
    public byte[] toBytes() {
        byte[] bytes = new byte[widthBits() / 8];
        for (int i = 0; i < 8 && i < bytes.length; i++) {
            bytes[bytes.length - 1 - i] = (byte) (low >>> (8 * i));
            if (version == 6) {
                bytes[7 - i] = (byte) (high >>> (8 * i));
            }
        }
        return bytes;
    }

    /** As a JDK address. An IPv4-mapped IPv6 address becomes an IPv4 one there. */
    public InetAddress toInetAddress() {
        try {
            return InetAddress.getByAddress(toBytes());
        } catch (UnknownHostException e) {
            throw new AssertionError("only for lengths other than 4 and 16", e);
        }
    }

    /** The next higher address; empty behind the last. */
    public Optional<IpAddress> next() {
        if (equals(last(version))) {
            return Optional.empty();
        }
        long nextLow = low + 1;
        return Optional.of(new IpAddress(version, nextLow == 0 ? high + 1 : high, nextLow));
    }

    /** The next lower address; empty before the first. */
    public Optional<IpAddress> previous() {
        if (high == 0 && low == 0) {
            return Optional.empty();
        }
        return Optional.of(new IpAddress(version, low == 0 ? high - 1 : high, low - 1));
    }

    /** The highest address of a version. */
    public static IpAddress last(int version) {
        return version == 4 ? new IpAddress(4, 0, 0xffff_ffffL) : new IpAddress(6, -1L, -1L);
    }

    /** The first address of this address' network of {@code prefixBits} bits. */
    public IpAddress networkStart(int prefixBits) {
        return version == 4
                ? new IpAddress(4, 0, low & ~lowMask(32 - prefixBits))
                : new IpAddress(
                        6, high & ~lowMask(64 - prefixBits), low & ~lowMask(128 - prefixBits));
    }

    /** The last address of this address' network of {@code prefixBits} bits. */
    public IpAddress networkEnd(int prefixBits) {
        return version == 4
                ? new IpAddress(4, 0, low | lowMask(32 - prefixBits))
                : new IpAddress(
                        6, high | lowMask(64 - prefixBits), low | lowMask(128 - prefixBits));
    }

    /** IPv4 before IPv6, then in numeric order. */
    @Override
    public int compareTo(IpAddress other) {
        int order = Integer.compare(version, other.version);
        if (order == 0) {
            order = Long.compareUnsigned(high, other.high);
        }
        return order == 0 ? Long.compareUnsigned(low, other.low) : order;
    }

    /** Dotted IPv4, or IPv6 in the canonical form of RFC 5952. */
    @Override
    public String toString() {
        return version == 4
                ? (low >>> 24)
                        + "."
                        + (low >>> 16 & 0xff)
                        + "."
                        + (low >>> 8 & 0xff)
                        + "."
                        + (low & 0xff)
                : formatV6();
    }

    private static long bits(byte[] bytes, int offset, int count) {
        long value = 0;
        for (int i = 0; i < count; i++) {
            value = value << 8 | (bytes[offset + i] & 0xff);
        }
        return value;
    }

    private static long lowMask(int bits) {
        if (bits <= 0) {
            return 0;
        }
        return bits >= 64 ? -1L : (1L << bits) - 1;
    }

    private static Optional<IpAddress> parseV4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return Optional.empty();
        }
        long value = 0;
        for (String part : parts) {
            OptionalInt number = number(part, 10, 3);
            if (number.isEmpty() || number.getAsInt() > 255) {
                return Optional.empty();
            }
            value = value << 8 | number.getAsInt();
        }
        return Optional.of(new IpAddress(4, 0, value));
    }

    private static Optional<IpAddress> parseV6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            return groups(text).filter(all -> all.size() == 8).map(IpAddress::ofGroups);
        }
        Optional<List<Integer>> before = groups(text.substring(0, gap));
        Optional<List<Integer>> after = groups(text.substring(gap + 2));
        if (before.isEmpty() || after.isEmpty() || before.get().size() + after.get().size() > 7) {
            return Optional.empty();
        }
        // A dotted IPv4 part may stand only at the very end.
        if (text.substring(0, gap).indexOf('.') >= 0) {
            return Optional.empty();
        }
        List<Integer> all = new ArrayList<>(before.get());
        while (all.size() + after.get().size() < 8) {
            all.add(0);
        }
        all.addAll(after.get());
        return Optional.of(ofGroups(all));
    }

    private static Optional<List<Integer>> groups(String text) {
        List<Integer> groups = new ArrayList<>();
        if (text.isEmpty()) {
            return Optional.of(groups);
        }
        String[] parts = text.split(":", -1);
        for (int i = 0; i < parts.length; i++) {
            if (i == parts.length - 1 && parts[i].indexOf('.') >= 0) {
                Optional<IpAddress> tail = parseV4(parts[i]);
                if (tail.isEmpty()) {
                    return Optional.empty();
                }
                groups.add((int) (tail.get().low >>> 16));
                groups.add((int) (tail.get().low & 0xffff));
            } else {
                OptionalInt number = number(parts[i], 16, 4);
                if (number.isEmpty()) {
                    return Optional.empty();
                }
                groups.add(number.getAsInt());
            }
        }
        return Optional.of(groups);
    }

    private static IpAddress ofGroups(List<Integer> groups) {
        long[] halves = new long[2];
        for (int i = 0; i < 8; i++) {
            halves[i / 4] = halves[i / 4] << 16 | groups.get(i);
        }
        return new IpAddress(6, halves[0], halves[1]);
    }

    private static OptionalInt number(String text, int radix, int maxDigits) {
        if (text.isEmpty() || text.length() > maxDigits) {
            return OptionalInt.empty();
        }
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int digit = c < 128 ? Character.digit(c, radix) : -1;
            if (digit < 0) {
                return OptionalInt.empty();
            }
            value = value * radix + digit;
        }
        return OptionalInt.of(value);
    }

    private String formatV6() {
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (int) ((i < 4 ? high : low) >>> (48 - 16 * (i % 4)) & 0xffff);
        }
        int bestStart = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > bestLength) {
                bestStart = i;
                bestLength = end - i;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }
}
