package dev.culvert.ike.session;

import dev.culvert.ike.CryptoResult;
import dev.culvert.ike.crypto.KeyExchange;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.wire.Bytes;
import java.util.Optional;

/** What comes of the engine's crypto jobs. */
public sealed interface KeResult extends CryptoResult {
    /** A private value was made. */
    record Generated(KeyExchange keyExchange) implements KeResult {}

    /**
     * Both sides' values were combined.
     *
     * @param publicValue ours
     * @param sharedSecret the receiver's to destroy
     */
    record Agreed(Bytes publicValue, SecretBytes sharedSecret) implements KeResult {}

    /** A puzzle was solved, or given up. */
    record Solved(Optional<Bytes> keys) implements KeResult {}

    /** The peer's value is not acceptable. */
    record InvalidPeerValue(String problem) implements KeResult {}

    /** The work itself failed. */
    record Failed(String problem) implements KeResult {}

    /** Wipes what a result that nobody waits for any more carries. */
    default void discard() {
        switch (this) {
            case Generated(KeyExchange keyExchange) -> keyExchange.destroy();
            case Agreed(Bytes _, SecretBytes sharedSecret) -> sharedSecret.destroy();
            case Solved _, InvalidPeerValue _, Failed _ -> {
                // Nothing secret.
            }
        }
    }
}
