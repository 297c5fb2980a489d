package dev.culvert.ike.message;

import dev.culvert.ike.message.Payload.CpAttribute;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * What an attribute of a configuration payload says (RFC 7296, section 3.15.1).
 *
 * <pre>
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |R|         Attribute Type      |            Length             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                             Value                             ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public sealed interface ConfigAttribute {
    /** Longest name in the Domain Name System, in characters. */
    int LONGEST_DOMAIN = 253;

    /** On the wire. */
    CpAttribute encode();

    /** Without a value: asks for one, or says that there is none. */
    record Blank(ConfigAttributeType type) implements ConfigAttribute {
        @Override
        public CpAttribute encode() {
            return new CpAttribute(type.value(), Bytes.EMPTY);
        }
    }

    /** An address: 4 or 16 bytes. */
    record Host(ConfigAttributeType type, IpAddress address) implements ConfigAttribute {
        @Override
        public CpAttribute encode() {
            return new CpAttribute(type.value(), Bytes.of(address.toBytes()));
        }
    }

    /**
     * A network, or an IPv6 address with the length of its prefix: for IPv4 the address and a mask
     * of 4 bytes each, for IPv6 the address and one byte.
     *
     * @param prefixBits 0 to 32, or 0 to 128
     */
    record Network(ConfigAttributeType type, IpAddress address, int prefixBits)
            implements ConfigAttribute {
        @Override
        public CpAttribute encode() {
            byte[] start = address.toBytes();
            byte[] mask =
                    address.isV6()
                            ? new byte[] {(byte) prefixBits}
                            : IpAddress.last(4).networkStart(prefixBits).toBytes();
            byte[] value = Arrays.copyOf(start, start.length + mask.length);
            System.arraycopy(mask, 0, value, start.length, mask.length);
            return new CpAttribute(type.value(), Bytes.of(value));
        }
    }

    /** A text without a terminator, such as a name of the DNS in its ASCII form. */
    record Text(ConfigAttributeType type, String text) implements ConfigAttribute {
        @Override
        public CpAttribute encode() {
            return new CpAttribute(type.value(), Bytes.of(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /**
     * INTERNAL_DNSSEC_TA, the digest of a key with which a zone is signed (RFC 8598 section 4.2).
     *
     * <pre>
     *                      1                   2                   3
     *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
     * +-+-----------------------------+-------------------------------+
     * |R|         Attribute Type      |            Length             |
     * +-+-----------------------------+---------------+---------------+
     * |        DNSKEY Key Tag         |  DNSKEY Alg   |  Digest Type  |
     * +-------------------------------+---------------+---------------+
     * ~                          Digest Data                          ~
     * +---------------------------------------------------------------+
     * </pre>
     *
     * @param keyTag 0 to 65535
     * @param algorithm 0 to 255
     * @param digestType 0 to 255
     */
    record TrustAnchor(int keyTag, int algorithm, int digestType, Bytes digest)
            implements ConfigAttribute {
        private static final int HEADER_BYTES = 4;

        @Override
        public CpAttribute encode() {
            byte[] data = digest.toArray();
            byte[] value = new byte[HEADER_BYTES + data.length];
            value[0] = (byte) (keyTag >>> 8);
            value[1] = (byte) keyTag;
            value[2] = (byte) algorithm;
            value[3] = (byte) digestType;
            System.arraycopy(data, 0, value, HEADER_BYTES, data.length);
            return new CpAttribute(ConfigAttributeType.INTERNAL_DNSSEC_TA.value(), Bytes.of(value));
        }

        /** As a DS record writes it (RFC 4034 section 5.3). */
        public String text() {
            return keyTag
                    + " "
                    + algorithm
                    + " "
                    + digestType
                    + " "
                    + HexFormat.of().withUpperCase().formatHex(digest.toArray());
        }

        private static Parsed<ConfigAttribute> decode(Bytes value) {
            byte[] v = value.toArray();
            return v.length <= HEADER_BYTES
                    ? Parsed.failed("INTERNAL_DNSSEC_TA is too short")
                    : Parsed.ok(
                            new TrustAnchor(
                                    ((v[0] & 0xff) << 8) | (v[1] & 0xff),
                                    v[2] & 0xff,
                                    v[3] & 0xff,
                                    Bytes.of(Arrays.copyOfRange(v, HEADER_BYTES, v.length))));
        }
    }

    /** SUPPORTED_ATTRIBUTES with its list; each of two bytes. */
    record Supported(List<Integer> types) implements ConfigAttribute {
        public Supported {
            types = List.copyOf(types);
        }

        @Override
        public CpAttribute encode() {
            byte[] value = new byte[2 * types.size()];
            for (int i = 0; i < types.size(); i++) {
                value[2 * i] = (byte) (types.get(i) >>> 8);
                value[2 * i + 1] = (byte) (int) types.get(i);
            }
            return new CpAttribute(
                    ConfigAttributeType.SUPPORTED_ATTRIBUTES.value(), Bytes.of(value));
        }
    }

    /**
     * An attribute that is not known, or whose value means nothing here.
     *
     * @param typeValue 0 to 32767
     */
    record Opaque(int typeValue, Bytes value) implements ConfigAttribute {
        @Override
        public CpAttribute encode() {
            return new CpAttribute(typeValue, value);
        }
    }

    /** Reads an attribute; the failure says what is wrong with its length or content. */
    static Parsed<ConfigAttribute> decode(CpAttribute attribute) {
        Optional<ConfigAttributeType> known = ConfigAttributeType.of(attribute.type());
        if (known.isEmpty()) {
            return Parsed.ok(new Opaque(attribute.type(), attribute.value()));
        }
        ConfigAttributeType type = known.get();
        Bytes value = attribute.value();
        if (value.isEmpty()) {
            return Parsed.ok(new Blank(type));
        }
        return switch (type) {
            case INTERNAL_IP4_ADDRESS,
                    INTERNAL_IP4_NETMASK,
                    INTERNAL_IP4_DNS,
                    INTERNAL_IP4_NBNS,
                    INTERNAL_IP4_DHCP,
                    INTERNAL_IP4_SERVER,
                    P_CSCF_IP4_ADDRESS ->
                    host(type, value, 4);
            case INTERNAL_IP6_DNS, INTERNAL_IP6_DHCP, INTERNAL_IP6_SERVER, P_CSCF_IP6_ADDRESS ->
                    host(type, value, 16);
            // Some peers leave the prefix's length out.
            case INTERNAL_IP6_ADDRESS ->
                    value.lengthBytes() == 16 ? host(type, value, 16) : network6(type, value);
            case INTERNAL_IP6_SUBNET -> network6(type, value);
            case INTERNAL_IP4_SUBNET -> network4(type, value);
            case APPLICATION_VERSION -> Parsed.ok(new Text(type, printable(value)));
            case INTERNAL_DNS_DOMAIN -> domain(value);
            case SUPPORTED_ATTRIBUTES -> supported(value);
            case INTERNAL_DNSSEC_TA -> TrustAnchor.decode(value);
            case UNITY_SPLIT_INCLUDE, UNITY_LOCAL_LAN -> Parsed.ok(new Opaque(type.value(), value));
        };
    }

    private static Parsed<ConfigAttribute> host(
            ConfigAttributeType type, Bytes value, int lengthBytes) {
        return value.lengthBytes() == lengthBytes
                ? Parsed.ok(new Host(type, IpAddress.ofBytes(value.toArray())))
                : wrongLength(type, value);
    }

    private static Parsed<ConfigAttribute> network6(ConfigAttributeType type, Bytes value) {
        if (value.lengthBytes() != 17 || value.at(16) > 128) {
            return wrongLength(type, value);
        }
        return Parsed.ok(
                new Network(type, IpAddress.ofBytes(value.slice(0, 16).toArray()), value.at(16)));
    }

    private static Parsed<ConfigAttribute> network4(ConfigAttributeType type, Bytes value) {
        if (value.lengthBytes() != 8) {
            return wrongLength(type, value);
        }
        int mask = (int) value.slice(4, 8).toUnsignedLong();
        int prefixBits = Integer.numberOfLeadingZeros(~mask);
        return Integer.bitCount(mask) == prefixBits
                ? Parsed.ok(
                        new Network(
                                type, IpAddress.ofBytes(value.slice(0, 4).toArray()), prefixBits))
                : Parsed.failed(type + " has a mask with holes");
    }

    /** Only what a resolver may be given: no blanks, no control characters, no option's dash. */
    private static Parsed<ConfigAttribute> domain(Bytes value) {
        String text = printable(value);
        boolean good =
                text.length() <= LONGEST_DOMAIN
                        && text.matches("[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?");
        return good
                ? Parsed.ok(new Text(ConfigAttributeType.INTERNAL_DNS_DOMAIN, text))
                : Parsed.failed("INTERNAL_DNS_DOMAIN is no domain name");
    }

    private static Parsed<ConfigAttribute> supported(Bytes value) {
        if (value.lengthBytes() % 2 != 0) {
            return wrongLength(ConfigAttributeType.SUPPORTED_ATTRIBUTES, value);
        }
        List<Integer> types = new ArrayList<>();
        for (int i = 0; i < value.lengthBytes(); i += 2) {
            types.add((value.at(i) << 8 | value.at(i + 1)) & 0x7fff);
        }
        return Parsed.ok(new Supported(types));
    }

    private static String printable(Bytes value) {
        return new String(value.toArray(), StandardCharsets.UTF_8)
                .replaceAll("[^\\p{Graph} ]", "?");
    }

    private static Parsed<ConfigAttribute> wrongLength(ConfigAttributeType type, Bytes value) {
        return Parsed.failed(type + " cannot have " + value.lengthBytes() + " bytes like these");
    }
}
