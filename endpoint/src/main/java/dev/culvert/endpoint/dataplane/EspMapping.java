package dev.culvert.endpoint.dataplane;

import dev.culvert.esp.AddressRange;
import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.Lifetime;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.Selector;
import dev.culvert.esp.TunnelOptions;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.proposal.IntegrityAlgorithm;
import dev.culvert.ike.ts.TrafficSelector;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Translates the control plane's records into the dataplane's. */
final class EspMapping {
    private EspMapping() {}

    /** Empty when the dataplane does not have the algorithms. */
    static Optional<EspSuite> suite(dev.culvert.ike.proposal.EspSuite suite) {
        Optional<EspSuite.Encryption> encryption = encryption(suite);
        Optional<EspSuite.Integrity> integrity =
                suite.integrity()
                        .map(EspMapping::integrity)
                        .orElse(Optional.of(EspSuite.Integrity.NONE));
        if (encryption.isEmpty() || integrity.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new EspSuite(encryption.get(), integrity.get()));
    }

    private static Optional<EspSuite.Encryption> encryption(
            dev.culvert.ike.proposal.EspSuite suite) {
        return switch (suite.encryption()) {
            case AES_GCM_16 ->
                    byKeyLength(
                            suite.keyLengthBits(),
                            EspSuite.Encryption.AES_GCM_16_128,
                            EspSuite.Encryption.AES_GCM_16_192,
                            EspSuite.Encryption.AES_GCM_16_256);
            case AES_CBC ->
                    byKeyLength(
                            suite.keyLengthBits(),
                            EspSuite.Encryption.AES_CBC_128,
                            EspSuite.Encryption.AES_CBC_192,
                            EspSuite.Encryption.AES_CBC_256);
            case CHACHA20_POLY1305 -> Optional.of(EspSuite.Encryption.CHACHA20_POLY1305);
            default -> Optional.empty();
        };
    }

    private static Optional<EspSuite.Encryption> byKeyLength(
            int keyLengthBits,
            EspSuite.Encryption for128,
            EspSuite.Encryption for192,
            EspSuite.Encryption for256) {
        return switch (keyLengthBits) {
            case 128 -> Optional.of(for128);
            case 192 -> Optional.of(for192);
            case 256 -> Optional.of(for256);
            default -> Optional.empty();
        };
    }

    private static Optional<EspSuite.Integrity> integrity(IntegrityAlgorithm algorithm) {
        return switch (algorithm) {
            case HMAC_SHA2_256_128 -> Optional.of(EspSuite.Integrity.HMAC_SHA2_256_128);
            case HMAC_SHA2_384_192 -> Optional.of(EspSuite.Integrity.HMAC_SHA2_384_192);
            case HMAC_SHA2_512_256 -> Optional.of(EspSuite.Integrity.HMAC_SHA2_512_256);
            default -> Optional.empty();
        };
    }

    /** Joins both keys, and wipes what it made on the way; the arguments stay the caller's. */
    static EspKeys keys(EspSuite suite, SecretBytes encryptionKey, SecretBytes integrityKey) {
        byte[] encryption = encryptionKey.toArray();
        byte[] integrity = integrityKey.toArray();
        byte[] joined = Arrays.copyOf(encryption, encryption.length + integrity.length);
        System.arraycopy(integrity, 0, joined, encryption.length, integrity.length);
        try {
            return EspKeys.split(suite, joined);
        } finally {
            Arrays.fill(encryption, (byte) 0);
            Arrays.fill(integrity, (byte) 0);
            Arrays.fill(joined, (byte) 0);
        }
    }

    static SaSelectors selectors(List<TrafficSelector> local, List<TrafficSelector> remote) {
        return new SaSelectors(
                local.stream().map(EspMapping::selector).toList(),
                remote.stream().map(EspMapping::selector).toList());
    }

    private static Selector selector(TrafficSelector selector) {
        return new Selector(
                new AddressRange(selector.start().toInetAddress(), selector.end().toInetAddress()),
                selector.protocol(),
                selector.startPort(),
                selector.endPort());
    }

    static TunnelOptions options(ChildConfig child) {
        return new TunnelOptions(
                switch (child.copyDscp()) {
                    case OUT -> TunnelOptions.CopyDscp.OUT;
                    case IN -> TunnelOptions.CopyDscp.IN;
                    case YES -> TunnelOptions.CopyDscp.YES;
                    case NO -> TunnelOptions.CopyDscp.NO;
                },
                child.copyEcn(),
                child.copyDf(),
                child.tfcPaddingBytes());
    }

    /**
     * The limits of volume. The soft ones keep a distance from the hard ones that differs from SA
     * to SA, so that not all of them rekey at once.
     *
     * @param random 0 to 1, exclusive
     */
    static Lifetime lifetime(ChildConfig child, double random) {
        return new Lifetime(
                soft(child.bytes(), random),
                child.bytes().hard(),
                soft(child.packets(), random),
                child.packets().hard());
    }

    private static long soft(dev.culvert.ike.config.Lifetime lifetime, double random) {
        if (lifetime.soft() == 0) {
            return 0;
        }
        return Math.max(1, lifetime.soft() - (long) (lifetime.random() * random));
    }

    /**
     * The replay window that the dataplane can do. With extended sequence numbers there is always
     * one, since without it the upper half of the number is unknown (RFC 4303 section 3.3.3).
     */
    static int replayWindowPackets(ChildConfig child, boolean extendedSequenceNumbers) {
        int wanted = child.replayWindowPackets();
        if (wanted == 0 && !extendedSequenceNumbers) {
            return 0;
        }
        return Math.clamp(wanted, 32, 16384);
    }
}
