package dev.culvert.ike.crypto;

import java.util.Arrays;
import javax.crypto.SecretKey;

/** A key for the JDK that can be wiped, which its own key class cannot. */
final class RawKey implements SecretKey {
    private final transient byte[] content;
    private final String algorithm;
    private transient boolean destroyed;

    RawKey(String algorithm, byte[] source, int fromIndex, int toIndex) {
        this.algorithm = algorithm;
        this.content = Arrays.copyOfRange(source, fromIndex, toIndex);
    }

    RawKey(String algorithm, byte[] source) {
        this(algorithm, source, 0, source.length);
    }

    @Override
    public String getAlgorithm() {
        return algorithm;
    }

    @Override
    public String getFormat() {
        return "RAW";
    }

    @Override
    public byte[] getEncoded() {
        return content.clone();
    }

    @Override
    public void destroy() {
        Arrays.fill(content, (byte) 0);
        destroyed = true;
    }

    @Override
    public boolean isDestroyed() {
        return destroyed;
    }
}
