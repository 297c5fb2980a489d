package dev.culvert.ike.id;

import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.nio.charset.StandardCharsets;

/** Who a peer says it is (RFC 7296, section 3.5). */
public sealed interface Identity {
    /** ID_ANY is no wire value: matches everything, in configurations only ({@code %any}). */
    record Any() implements Identity {}

    /**
     * An address.
     *
     * @param address an IPv4 (ID_IPV4_ADDR) or IPv6 (ID_IPV6_ADDR) address
     */
    record Ip(IpAddress address) implements Identity {}

    /**
     * A host name.
     *
     * @param name ID_FQDN, ASCII, compared without regard to case; in configurations a pattern may
     *     start with {@code *.}
     */
    record Fqdn(String name) implements Identity {}

    /**
     * An e-mail address.
     *
     * @param address ID_RFC822_ADDR; in configurations a pattern may start with {@code *@}
     */
    record Rfc822(String address) implements Identity {}

    /**
     * A distinguished name.
     *
     * @param der ID_DER_ASN1_DN, the encoded name
     */
    record Dn(Bytes der) implements Identity {}

    /**
     * A key identifier.
     *
     * @param value ID_KEY_ID, opaque
     */
    record KeyId(Bytes value) implements Identity {}

    /**
     * Any other type, or content that does not fit its type.
     *
     * @param typeValue on the wire, 0 to 255
     * @param data as received
     */
    record Unknown(int typeValue, Bytes data) implements Identity {}

    /** Wire types. */
    int ID_IPV4_ADDR = 1;

    /** Fully qualified domain name. */
    int ID_FQDN = 2;

    /** E-mail address. */
    int ID_RFC822_ADDR = 3;

    /** IPv6 address. */
    int ID_IPV6_ADDR = 5;

    /** Distinguished name. */
    int ID_DER_ASN1_DN = 9;

    /** Opaque. */
    int ID_KEY_ID = 11;

    /**
     * Reads an identity as swanctl does: {@code %any}, an address, {@code user@host}, a name,
     * {@code @name} or {@code fqdn:name}, {@code @@user@host} or {@code email:…}, {@code @#hex} or
     * {@code keyid:…}, {@code asn1dn:#hex}.
     */
    static Parsed<Identity> parse(String text) {
        return IdentityParser.parse(text);
    }

    /** From an identification payload's type and data; never fails. */
    static Identity ofWire(int typeValue, Bytes data) {
        return switch (typeValue) {
            case ID_IPV4_ADDR -> data.lengthBytes() == 4 ? ip(data) : new Unknown(typeValue, data);
            case ID_IPV6_ADDR -> data.lengthBytes() == 16 ? ip(data) : new Unknown(typeValue, data);
            case ID_FQDN ->
                    IdentityText.isPrintable(data)
                            ? new Fqdn(ascii(data))
                            : new Unknown(typeValue, data);
            case ID_RFC822_ADDR ->
                    IdentityText.isPrintable(data)
                            ? new Rfc822(ascii(data))
                            : new Unknown(typeValue, data);
            case ID_DER_ASN1_DN -> data.isEmpty() ? new Unknown(typeValue, data) : new Dn(data);
            case ID_KEY_ID -> new KeyId(data);
            default -> new Unknown(typeValue, data);
        };
    }

    /** Type on the wire; 0 for {@link Any}, which must not be sent. */
    default int typeValue() {
        return switch (this) {
            case Any _ -> 0;
            case Ip(IpAddress address) -> address.isV6() ? ID_IPV6_ADDR : ID_IPV4_ADDR;
            case Fqdn _ -> ID_FQDN;
            case Rfc822 _ -> ID_RFC822_ADDR;
            case Dn _ -> ID_DER_ASN1_DN;
            case KeyId _ -> ID_KEY_ID;
            case Unknown unknown -> unknown.typeValue();
        };
    }

    /** Identification data on the wire. */
    default Bytes wireData() {
        return switch (this) {
            case Any _ -> Bytes.EMPTY;
            case Ip(IpAddress address) -> Bytes.of(address.toBytes());
            case Fqdn(String name) -> Bytes.of(name.getBytes(StandardCharsets.UTF_8));
            case Rfc822(String address) -> Bytes.of(address.getBytes(StandardCharsets.UTF_8));
            case Dn(Bytes der) -> der;
            case KeyId(Bytes value) -> value;
            case Unknown unknown -> unknown.data();
        };
    }

    /**
     * Whether this identity, which a peer proved, is one that a configured {@code pattern} allows.
     */
    default boolean matches(Identity pattern) {
        return IdentityText.matches(this, pattern);
    }

    /**
     * For logs, lists and as a key: the same identity always has the same text, and {@link #parse}
     * reads it.
     */
    default String text() {
        return IdentityText.of(this);
    }

    private static Identity ip(Bytes data) {
        return new Ip(IpAddress.ofBytes(data.toArray()));
    }

    private static String ascii(Bytes data) {
        return new String(data.toArray(), StandardCharsets.US_ASCII);
    }
}
