package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.wire.Bytes;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EllipticCurve;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.KeyAgreement;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/**
 * The NIST curves modulo a prime, groups 19, 20 and 21 (RFC 5903): public values are both
 * coordinates, the shared secret is the first one. The JDK's arithmetic takes the same time for
 * every private value.
 */
final class EcpKeyExchange implements KeyExchange {
    private final KeyExchangeMethod method;
    private final ECParameterSpec curve;
    private final Bytes publicValue;
    private Optional<PrivateKey> privateKey;

    private EcpKeyExchange(
            KeyExchangeMethod method, ECParameterSpec curve, PrivateKey privateKey, ECPoint point) {
        this.method = method;
        this.curve = curve;
        this.privateKey = Optional.of(privateKey);
        this.publicValue = encode(point, method.publicValueBytes() / 2);
    }

    static EcpKeyExchange generate(KeyExchangeMethod method, RandomSource random) {
        X9ECParameters named = CustomNamedCurves.getByName(curveName(method));
        // 64 bits more than the order has, so that the remainder is as good as uniform.
        byte[] seed = random.bytes((named.getN().bitLength() + 64 + 7) / 8);
        BigInteger scalar =
                new BigInteger(1, seed)
                        .mod(named.getN().subtract(BigInteger.ONE))
                        .add(BigInteger.ONE);
        Arrays.fill(seed, (byte) 0);
        // The JDK offers the product with the base point only inside its own generator, which would
        // not take our randomness.
        var point = new FixedPointCombMultiplier().multiply(named.getG(), scalar).normalize();
        return of(
                method,
                scalar,
                new ECPoint(
                        point.getAffineXCoord().toBigInteger(),
                        point.getAffineYCoord().toBigInteger()));
    }

    /** With a known private value, and the point that belongs to it. */
    static EcpKeyExchange of(KeyExchangeMethod method, BigInteger scalar, ECPoint point) {
        try {
            ECParameterSpec curve = parameters(method);
            PrivateKey key =
                    KeyFactory.getInstance("EC")
                            .generatePrivate(new ECPrivateKeySpec(scalar, curve));
            return new EcpKeyExchange(method, curve, key, point);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + method.displayName(), e);
        }
    }

    static ECParameterSpec parameters(KeyExchangeMethod method) {
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec(curveName(method)));
            return parameters.getParameterSpec(ECParameterSpec.class);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + method.displayName(), e);
        }
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
        PrivateKey own = privateKey.orElseThrow(() -> new IllegalStateException("destroyed"));
        if (peerPublicValue.lengthBytes() != method.publicValueBytes()) {
            return new Result.Invalid(
                    "a %s public value has %d bytes, not %d"
                            .formatted(
                                    method.displayName(),
                                    method.publicValueBytes(),
                                    peerPublicValue.lengthBytes()));
        }
        int half = method.publicValueBytes() / 2;
        ECPoint point =
                new ECPoint(
                        new BigInteger(1, peerPublicValue.slice(0, half).toArray()),
                        new BigInteger(1, peerPublicValue.slice(half, 2 * half).toArray()));
        if (!isOnCurve(point, curve.getCurve())) {
            return new Result.Invalid(
                    "the " + method.displayName() + " public value is not a point of the curve");
        }
        try {
            KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
            agreement.init(own);
            agreement.doPhase(
                    KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, curve)),
                    true);
            return new Result.Agreed(SecretBytes.takingOver(agreement.generateSecret()));
        } catch (GeneralSecurityException e) {
            return new Result.Invalid(
                    "the JDK refuses the " + method.displayName() + " public value");
        }
    }

    /** The JDK's keys cannot be wiped; without a reference the garbage collector takes them. */
    @Override
    public void destroy() {
        privateKey = Optional.empty();
    }

    private static String curveName(KeyExchangeMethod method) {
        if (method == KeyExchangeMethod.ECP_256) {
            return "secp256r1";
        }
        if (method == KeyExchangeMethod.ECP_384) {
            return "secp384r1";
        }
        if (method == KeyExchangeMethod.ECP_521) {
            return "secp521r1";
        }
        throw new IllegalArgumentException(method.displayName() + " is not a supported curve");
    }

    /** RFC 6989, section 2.3. The cofactor is 1, and this encoding has no point at infinity. */
    private static boolean isOnCurve(ECPoint point, EllipticCurve curve) {
        BigInteger prime = ((ECFieldFp) curve.getField()).getP();
        BigInteger x = point.getAffineX();
        BigInteger y = point.getAffineY();
        if (x.compareTo(prime) >= 0 || y.compareTo(prime) >= 0) {
            return false;
        }
        BigInteger right = x.multiply(x).add(curve.getA()).multiply(x).add(curve.getB()).mod(prime);
        return y.multiply(y).mod(prime).equals(right);
    }

    private static Bytes encode(ECPoint point, int coordinateBytes) {
        byte[] value = new byte[2 * coordinateBytes];
        place(point.getAffineX(), value, coordinateBytes, coordinateBytes);
        place(point.getAffineY(), value, 2 * coordinateBytes, coordinateBytes);
        return Bytes.of(value);
    }

    private static void place(BigInteger number, byte[] target, int endIndex, int maxBytes) {
        byte[] minimal = number.toByteArray();
        int count = Math.min(minimal.length, maxBytes);
        System.arraycopy(minimal, minimal.length - count, target, endIndex - count, count);
    }
}
