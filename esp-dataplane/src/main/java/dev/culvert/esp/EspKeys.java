package dev.culvert.esp;

import java.util.Arrays;

/**
 * The key material of one SA. Arrays are copied in and out. The agent that takes an install command
 * destroys the keys once its engine holds them.
 */
public final class EspKeys {

    private final byte[] encryptionKey;
    private final byte[] salt;
    private final byte[] integrityKey;
    private volatile boolean destroyed;

    /**
     * Copies the key material.
     *
     * @param encryptionKey {@link EspSuite.Encryption#keyBytes()} bytes
     * @param salt {@link EspSuite.Encryption#saltBytes()} bytes; empty when the cipher has none
     * @param integrityKey {@link EspSuite.Integrity#keyBytes()} bytes; empty with an AEAD
     */
    public EspKeys(byte[] encryptionKey, byte[] salt, byte[] integrityKey) {
        this.encryptionKey = encryptionKey.clone();
        this.salt = salt.clone();
        this.integrityKey = integrityKey.clone();
    }

    /**
     * Splits KEYMAT as RFC 7296 2.17 orders it: the encryption key with its salt, then the
     * integrity key.
     *
     * @param suite the algorithms
     * @param keyMaterial exactly the bytes that the suite needs
     * @return the keys
     * @throws IllegalArgumentException when the length is wrong
     */
    public static EspKeys split(EspSuite suite, byte[] keyMaterial) {
        final int keyEnd = suite.encryption().keyBytes();
        final int saltEnd = keyEnd + suite.encryption().saltBytes();
        final int end = saltEnd + suite.integrity().keyBytes();
        if (keyMaterial.length != end) {
            throw new IllegalArgumentException(
                    "expected "
                            + end
                            + " bytes of key material for "
                            + suite
                            + ", got "
                            + keyMaterial.length);
        }
        final byte[] key = Arrays.copyOfRange(keyMaterial, 0, keyEnd);
        final byte[] salt = Arrays.copyOfRange(keyMaterial, keyEnd, saltEnd);
        final byte[] integrity = Arrays.copyOfRange(keyMaterial, saltEnd, end);
        final EspKeys keys = new EspKeys(key, salt, integrity);
        Arrays.fill(key, (byte) 0);
        Arrays.fill(salt, (byte) 0);
        Arrays.fill(integrity, (byte) 0);
        return keys;
    }

    /** A copy of the encryption key. The caller wipes it. */
    public byte[] encryptionKey() {
        return checked(encryptionKey);
    }

    /** A copy of the salt; empty when the cipher has none. The caller wipes it. */
    public byte[] salt() {
        return checked(salt);
    }

    /** A copy of the integrity key; empty with an AEAD. The caller wipes it. */
    public byte[] integrityKey() {
        return checked(integrityKey);
    }

    /** True when the lengths are those that the suite wants. */
    public boolean fits(EspSuite suite) {
        return encryptionKey.length == suite.encryption().keyBytes()
                && salt.length == suite.encryption().saltBytes()
                && integrityKey.length == suite.integrity().keyBytes();
    }

    /** Overwrites the key material. */
    public void destroy() {
        destroyed = true;
        Arrays.fill(encryptionKey, (byte) 0);
        Arrays.fill(salt, (byte) 0);
        Arrays.fill(integrityKey, (byte) 0);
    }

    /** True after {@link #destroy()}. */
    public boolean isDestroyed() {
        return destroyed;
    }

    @Override
    public String toString() {
        return "EspKeys[" + (destroyed ? "destroyed" : "hidden") + "]";
    }

    private byte[] checked(byte[] material) {
        if (destroyed) {
            throw new IllegalStateException("the keys were destroyed");
        }
        return material.clone();
    }
}
