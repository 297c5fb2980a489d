package dev.culvert.ike.message;

import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A gateway in REDIRECT and REDIRECTED_FROM (RFC 5685, sections 7.2 and 7.3).
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | GW Ident Type |  GW Ident Len |                               ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               ~
 * ~                   New Responder GW Identity                   ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                    Nonce Data (IKE_SA_INIT)                   ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public sealed interface Gateway {
    /** By address. */
    record Address(IpAddress address) implements Gateway {
        @Override
        public String text() {
            return address.toString();
        }
    }

    /** By host name. */
    record Name(String name) implements Gateway {
        @Override
        public String text() {
            return name;
        }
    }

    /** As an administrator writes it. */
    String text();

    /** Reads what an administrator wrote. */
    static Gateway of(String text) {
        return IpAddress.parse(text).<Gateway>map(Address::new).orElseGet(() -> new Name(text));
    }

    /**
     * The notification's data.
     *
     * @param nonce of the request, in IKE_SA_INIT; else empty
     */
    default Bytes encode(Bytes nonce) {
        byte[] identity =
                switch (this) {
                    case Address(IpAddress address) -> address.toBytes();
                    case Name(String name) -> name.getBytes(StandardCharsets.UTF_8);
                };
        int type =
                switch (this) {
                    case Address _ -> identity.length == 4 ? 1 : 2;
                    case Name _ -> 3;
                };
        if (identity.length > 0xff) {
            throw new IllegalArgumentException("a name of " + identity.length + " bytes");
        }
        byte[] data = new byte[2 + identity.length + nonce.lengthBytes()];
        data[0] = (byte) type;
        data[1] = (byte) identity.length;
        System.arraycopy(identity, 0, data, 2, identity.length);
        nonce.copyTo(data, 2 + identity.length);
        return Bytes.of(data);
    }

    /**
     * What a notification says.
     *
     * @param gateway where to go
     * @param nonce behind it, or empty
     */
    record Decoded(Gateway gateway, Bytes nonce) {}

    /** Reads a notification's data; empty if it makes no sense. */
    static Optional<Decoded> decode(Bytes data) {
        if (data.lengthBytes() < 2) {
            return Optional.empty();
        }
        int type = (int) data.slice(0, 1).toUnsignedLong();
        int lengthBytes = (int) data.slice(1, 2).toUnsignedLong();
        if (lengthBytes == 0 || data.lengthBytes() < 2 + lengthBytes) {
            return Optional.empty();
        }
        byte[] identity = data.slice(2, 2 + lengthBytes).toArray();
        Bytes nonce = data.slice(2 + lengthBytes, data.lengthBytes());
        boolean addressFits = (type == 1 && lengthBytes == 4) || (type == 2 && lengthBytes == 16);
        if (addressFits) {
            return Optional.of(new Decoded(new Address(IpAddress.ofBytes(identity)), nonce));
        }
        String name = new String(identity, StandardCharsets.UTF_8);
        return type == 3 && name.matches("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
                ? Optional.of(new Decoded(new Name(name), nonce))
                : Optional.empty();
    }
}
