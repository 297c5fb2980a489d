package dev.culvert.ike.message;

import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.proposal.ProtocolId;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.Bytes;
import java.util.List;
import java.util.Optional;

/**
 * A payload of an IKE message (RFC 7296, section 3.2 and following).
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Next Payload  |C|  RESERVED   |         Payload Length        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public sealed interface Payload {
    /** Bytes of the generic payload header. */
    int HEADER_BYTES = 4;

    /** Type on the wire, 1 to 255. */
    int typeValue();

    /** Short name for logs: {@code SA}, {@code N(COOKIE)}. */
    default String name() {
        return PayloadType.nameOf(typeValue());
    }

    /**
     * Security Association, section 3.3.
     *
     * @param proposals in order, at least one
     */
    record Sa(List<Proposal> proposals) implements Payload {
        /** Copies the list. */
        public Sa {
            proposals = List.copyOf(proposals);
        }

        /** With one proposal. */
        public Sa(Proposal proposal) {
            this(List.of(proposal));
        }

        @Override
        public int typeValue() {
            return PayloadType.SA.value();
        }
    }

    /**
     * Key Exchange, section 3.4.
     *
     * @param methodValue key exchange method on the wire, 0 to 65535
     * @param data the sender's public value
     */
    record Ke(int methodValue, Bytes data) implements Payload {
        /** With a known method. */
        public Ke(KeyExchangeMethod method, Bytes data) {
            this(method.id(), data);
        }

        /** The method, if it is registered. */
        public Optional<KeyExchangeMethod> method() {
            return KeyExchangeMethod.of(methodValue);
        }

        @Override
        public int typeValue() {
            return PayloadType.KE.value();
        }
    }

    /**
     * Identification of the initiator, section 3.5.
     *
     * @param identity who
     */
    record IdI(Identity identity) implements Payload {
        @Override
        public int typeValue() {
            return PayloadType.IDI.value();
        }
    }

    /**
     * Identification of the responder, section 3.5.
     *
     * @param identity who
     */
    record IdR(Identity identity) implements Payload {
        @Override
        public int typeValue() {
            return PayloadType.IDR.value();
        }
    }

    /**
     * Certificate, section 3.6.
     *
     * @param encoding 0 to 255; 4 is X.509
     * @param data in that encoding
     */
    record Cert(int encoding, Bytes data) implements Payload {
        @Override
        public int typeValue() {
            return PayloadType.CERT.value();
        }
    }

    /**
     * Certificate Request, section 3.7.
     *
     * @param encoding 0 to 255; 4 is X.509
     * @param authorities concatenated hashes of trusted keys
     */
    record CertReq(int encoding, Bytes authorities) implements Payload {
        @Override
        public int typeValue() {
            return PayloadType.CERTREQ.value();
        }
    }

    /**
     * Authentication, section 3.8.
     *
     * @param method 0 to 255, see {@link AuthMethod}
     * @param data signature or MAC
     */
    record Auth(int method, Bytes data) implements Payload {
        @Override
        public int typeValue() {
            return PayloadType.AUTH.value();
        }
    }

    /**
     * Nonce, section 3.9.
     *
     * @param data 16 to 256 bytes
     */
    record Nonce(Bytes data) implements Payload {
        /** Shortest nonce allowed, in bytes. */
        public static final int MIN_BYTES = 16;

        /** Longest nonce allowed, in bytes. */
        public static final int MAX_BYTES = 256;

        @Override
        public int typeValue() {
            return PayloadType.NONCE.value();
        }
    }

    /**
     * Notify, section 3.10.
     *
     * @param protocol of {@code spi}; {@link ProtocolId#NONE} without one
     * @param spi of the SA in question; empty if it is this IKE SA or none
     * @param value notify message type on the wire, 0 to 65535
     * @param data depends on the type
     */
    record Notify(ProtocolId protocol, Bytes spi, int value, Bytes data) implements Payload {
        /** Without SPI and data. */
        public static Notify of(NotifyType type) {
            return of(type, Bytes.EMPTY);
        }

        /** Without SPI. */
        public static Notify of(NotifyType type, Bytes data) {
            return new Notify(ProtocolId.NONE, Bytes.EMPTY, type.value(), data);
        }

        /** About a child SA. */
        public static Notify ofEsp(NotifyType type, int spi, Bytes data) {
            return new Notify(ProtocolId.ESP, Bytes.ofInt(spi), type.value(), data);
        }

        /** The type, if it is registered. */
        public Optional<NotifyType> type() {
            return NotifyType.of(value);
        }

        /** Whether it is of this type. */
        public boolean is(NotifyType type) {
            return value == type.value();
        }

        /** Whether it reports a failure. */
        public boolean isError() {
            return NotifyType.isError(value);
        }

        @Override
        public int typeValue() {
            return PayloadType.NOTIFY.value();
        }

        @Override
        public String name() {
            return "N(" + NotifyType.nameOf(value) + ")";
        }
    }

    /**
     * Delete, section 3.11.
     *
     * @param protocol {@link ProtocolId#IKE} for this IKE SA, with no SPIs; ESP or AH for child SAs
     * @param spiBytes length of each SPI: 0 for IKE, else 4
     * @param spis SPIs that the sender receives on
     */
    record Delete(ProtocolId protocol, int spiBytes, List<Bytes> spis) implements Payload {
        /** Copies the list. */
        public Delete {
            spis = List.copyOf(spis);
        }

        /** Deletes the IKE SA that the message belongs to. */
        public static Delete ike() {
            return new Delete(ProtocolId.IKE, 0, List.of());
        }

        /** Deletes child SAs by the SPIs that the sender receives on. */
        public static Delete esp(List<Integer> spis) {
            return new Delete(ProtocolId.ESP, 4, spis.stream().map(Bytes::ofInt).toList());
        }

        @Override
        public int typeValue() {
            return PayloadType.DELETE.value();
        }
    }

    /**
     * Vendor ID, section 3.12.
     *
     * @param data opaque
     */
    record VendorId(Bytes data) implements Payload {
        @Override
        public int typeValue() {
            return PayloadType.VENDOR_ID.value();
        }
    }

    /**
     * Traffic selectors of the initiator's side, section 3.13.
     *
     * @param selectors in order; selectors of unknown types are left out on decoding
     */
    record TsI(List<TrafficSelector> selectors) implements Payload {
        /** Copies the list. */
        public TsI {
            selectors = List.copyOf(selectors);
        }

        @Override
        public int typeValue() {
            return PayloadType.TSI.value();
        }
    }

    /**
     * Traffic selectors of the responder's side, section 3.13.
     *
     * @param selectors in order; selectors of unknown types are left out on decoding
     */
    record TsR(List<TrafficSelector> selectors) implements Payload {
        /** Copies the list. */
        public TsR {
            selectors = List.copyOf(selectors);
        }

        @Override
        public int typeValue() {
            return PayloadType.TSR.value();
        }
    }

    /**
     * Encrypted and Authenticated, section 3.14: not yet opened.
     *
     * @param firstInnerType type of the first payload inside; 0 if it is empty
     * @param body initialization vector, cipher text and integrity check value
     */
    record Sk(int firstInnerType, Bytes body) implements Payload {
        @Override
        public int typeValue() {
            return PayloadType.SK.value();
        }
    }

    /**
     * Configuration, section 3.15.
     *
     * @param cfgType 0 to 255: 1 request, 2 reply, 3 set, 4 acknowledge
     * @param attributes in order
     */
    record Cp(int cfgType, List<CpAttribute> attributes) implements Payload {
        /** Copies the list. */
        public Cp {
            attributes = List.copyOf(attributes);
        }

        @Override
        public int typeValue() {
            return PayloadType.CP.value();
        }
    }

    /**
     * Attribute of a configuration payload, section 3.15.1.
     *
     * @param type 0 to 32767
     * @param value any length
     */
    record CpAttribute(int type, Bytes value) {}

    /**
     * Extensible Authentication, section 3.16.
     *
     * @param message an EAP packet
     */
    record Eap(Bytes message) implements Payload {
        @Override
        public int typeValue() {
            return PayloadType.EAP.value();
        }
    }

    /**
     * Encrypted and Authenticated Fragment, RFC 7383, section 2.5: not yet opened.
     *
     * @param firstInnerType type of the message's first payload, in the first fragment; else 0
     * @param fragmentNumber 1 to {@code totalFragments}
     * @param totalFragments 1 to 65535
     * @param body initialization vector, cipher text and integrity check value
     */
    record Skf(int firstInnerType, int fragmentNumber, int totalFragments, Bytes body)
            implements Payload {
        /** Bytes of the generic header and the two numbers. */
        public static final int HEADER_BYTES = 8;

        @Override
        public int typeValue() {
            return PayloadType.SKF.value();
        }
    }

    /**
     * Puzzle Solution, RFC 8019, section 8.2.
     *
     * <pre>
     *  0                   1                   2                   3
     *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
     * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
     * | Next Payload  |C|  RESERVED   |         Payload Length        |
     * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
     * ~                     Puzzle Solution Data                      ~
     * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
     * </pre>
     *
     * @param keys four keys of the same length, one after the other
     */
    record Ps(Bytes keys) implements Payload {
        @Override
        public int typeValue() {
            return PayloadType.PS.value();
        }
    }

    /**
     * A payload of a type that is not known. Not critical, else decoding would have ended there.
     *
     * @param typeValue on the wire
     * @param body behind the generic header
     */
    record Unknown(int typeValue, Bytes body) implements Payload {}

    /** The first payload of a kind. */
    static <P extends Payload> Optional<P> first(List<Payload> payloads, Class<P> kind) {
        return payloads.stream().filter(kind::isInstance).map(kind::cast).findFirst();
    }

    /** All payloads of a kind, in order. */
    static <P extends Payload> List<P> all(List<Payload> payloads, Class<P> kind) {
        return payloads.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** The first notification of a type. */
    static Optional<Notify> notify(List<Payload> payloads, NotifyType type) {
        return all(payloads, Notify.class).stream().filter(n -> n.is(type)).findFirst();
    }

    /** The first notification that reports a failure. */
    static Optional<Notify> firstError(List<Payload> payloads) {
        return all(payloads, Notify.class).stream().filter(Notify::isError).findFirst();
    }
}
