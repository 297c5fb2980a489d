package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.wire.Bytes;
import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.crypto.agreement.DHStandardGroups;
import org.bouncycastle.crypto.params.DHParameters;

/** Diffie-Hellman modulo a safe prime, groups 14 to 18 (RFC 3526). */
final class ModpKeyExchange implements KeyExchange {
    /** At least twice the strength of the largest group (RFC 3526, section 8), with a margin. */
    private static final int EXPONENT_BYTES = 64;

    private final KeyExchangeMethod method;
    private final DHParameters group;
    private final SecretBytes exponent;
    private final Bytes publicValue;

    private ModpKeyExchange(KeyExchangeMethod method, SecretBytes exponent) {
        this.method = method;
        this.group = group(method);
        this.exponent = exponent;
        this.publicValue =
                Bytes.of(
                        fixedLength(
                                group.getG().modPow(exponentValue(), group.getP()),
                                method.publicValueBytes()));
    }

    static ModpKeyExchange generate(KeyExchangeMethod method, RandomSource random) {
        byte[] exponent = random.bytes(EXPONENT_BYTES);
        // Fixes the length, so that no exponent is short.
        exponent[0] |= (byte) 0x80;
        return ofExponent(method, exponent);
    }

    /** Takes over a big-endian exponent above 1. */
    static ModpKeyExchange ofExponent(KeyExchangeMethod method, byte[] exponent) {
        return new ModpKeyExchange(method, SecretBytes.takingOver(exponent));
    }

    static DHParameters group(KeyExchangeMethod method) {
        // Only five of the enumeration's values come here.
        if (method == KeyExchangeMethod.MODP_2048) {
            return DHStandardGroups.rfc3526_2048;
        }
        if (method == KeyExchangeMethod.MODP_3072) {
            return DHStandardGroups.rfc3526_3072;
        }
        if (method == KeyExchangeMethod.MODP_4096) {
            return DHStandardGroups.rfc3526_4096;
        }
        if (method == KeyExchangeMethod.MODP_6144) {
            return DHStandardGroups.rfc3526_6144;
        }
        if (method == KeyExchangeMethod.MODP_8192) {
            return DHStandardGroups.rfc3526_8192;
        }
        throw new IllegalArgumentException(method.displayName() + " is not a supported MODP group");
    }

    @Override
    public KeyExchangeMethod method() {
        return method;
    }

    @Override
    public Bytes publicValue() {
        return publicValue;
    }

    @Override
    public Result agree(Bytes peerPublicValue) {
        if (peerPublicValue.lengthBytes() != method.publicValueBytes()) {
            return new Result.Invalid(
                    "a %s public value has %d bytes, not %d"
                            .formatted(
                                    method.displayName(),
                                    method.publicValueBytes(),
                                    peerPublicValue.lengthBytes()));
        }
        BigInteger value = new BigInteger(1, peerPublicValue.toArray());
        // RFC 6989, section 2.1: modulo a safe prime, 0, 1, p - 1 and what is above are the bad
        // ones.
        BigInteger highest = group.getP().subtract(BigInteger.TWO);
        if (value.compareTo(BigInteger.TWO) < 0 || value.compareTo(highest) > 0) {
            return new Result.Invalid(
                    "the " + method.displayName() + " public value is not between 2 and p - 2");
        }
        BigInteger shared = value.modPow(exponentValue(), group.getP());
        return new Result.Agreed(
                SecretBytes.takingOver(fixedLength(shared, method.publicValueBytes())));
    }

    @Override
    public void destroy() {
        exponent.destroy();
    }

    private BigInteger exponentValue() {
        return new BigInteger(1, exponent.borrow());
    }

    /** Big-endian with leading zeros, as RFC 7296, section 2.14, wants shared secrets. */
    private static byte[] fixedLength(BigInteger value, int lengthBytes) {
        byte[] minimal = value.toByteArray();
        byte[] result = new byte[lengthBytes];
        int sign = minimal.length > lengthBytes ? 1 : 0;
        System.arraycopy(
                minimal, sign, result, lengthBytes - minimal.length + sign, minimal.length - sign);
        Arrays.fill(minimal, (byte) 0);
        return result;
    }
}
