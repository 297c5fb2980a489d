package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.wire.Bytes;
import org.bouncycastle.math.ec.rfc7748.X25519;

/** Curve25519 (RFC 7748; RFC 8031 for IKE). */
final class X25519KeyExchange implements KeyExchange {
    private final SecretBytes scalar;
    private final Bytes publicValue;

    private X25519KeyExchange(SecretBytes scalar) {
        byte[] point = new byte[X25519.POINT_SIZE];
        X25519.generatePublicKey(scalar.borrow(), 0, point, 0);
        this.scalar = scalar;
        this.publicValue = Bytes.of(point);
    }

    static X25519KeyExchange generate(RandomSource random) {
        return ofScalar(random.bytes(X25519.SCALAR_SIZE));
    }

    /** Takes over 32 bytes, which the function itself clamps. */
    static X25519KeyExchange ofScalar(byte[] scalar) {
        return new X25519KeyExchange(SecretBytes.takingOver(scalar));
    }

    @Override
    public KeyExchangeMethod method() {
        return KeyExchangeMethod.CURVE_25519;
    }

    @Override
    public Bytes publicValue() {
        return publicValue;
    }

    @Override
    public Result agree(Bytes peerPublicValue) {
        if (peerPublicValue.lengthBytes() != X25519.POINT_SIZE) {
            return new Result.Invalid(
                    "a CURVE_25519 public value has 32 bytes, not "
                            + peerPublicValue.lengthBytes());
        }
        byte[] shared = new byte[X25519.POINT_SIZE];
        // False for a shared secret of zeros, which points of small order give (RFC 8031, section
        // 3.2).
        if (!X25519.calculateAgreement(
                scalar.borrow(), 0, peerPublicValue.toArray(), 0, shared, 0)) {
            return new Result.Invalid("the CURVE_25519 public value is a point of small order");
        }
        return new Result.Agreed(SecretBytes.takingOver(shared));
    }

    @Override
    public void destroy() {
        scalar.destroy();
    }
}
