package dev.culvert.ike.session;

import dev.culvert.ike.CryptoJob;
import dev.culvert.ike.crypto.KeyExchange;
import dev.culvert.ike.crypto.Puzzle;
import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.wire.Bytes;
import java.util.function.Supplier;

/**
 * The jobs that leave the engine's thread. Each carries the randomness that it needs, drawn before
 * it leaves.
 */
public final class KeJobs {
    private KeJobs() {}

    /** Makes a private value; gives {@link KeResult.Generated}. */
    public static CryptoJob generate(KeyExchangeMethod method, RandomSource random) {
        RandomSource drawn = new ExpandedRandom(random);
        return guarded(() -> new KeResult.Generated(KeyExchange.generate(method, drawn)));
    }

    /**
     * Combines our private value, which is used up, with the peer's public one; gives {@link
     * KeResult.Agreed}.
     */
    public static CryptoJob agree(KeyExchange ours, Bytes peerPublicValue) {
        return guarded(() -> agreeAndDestroy(ours, peerPublicValue));
    }

    /** Both at once, for a responder; gives {@link KeResult.Agreed}. */
    public static CryptoJob generateAndAgree(
            KeyExchangeMethod method, RandomSource random, Bytes peerPublicValue) {
        RandomSource drawn = new ExpandedRandom(random);
        return guarded(() -> agreeAndDestroy(KeyExchange.generate(method, drawn), peerPublicValue));
    }

    /** Solves a puzzle (RFC 8019); gives {@link KeResult.Solved}. */
    public static CryptoJob solve(PrfAlgorithm prf, int bits, Bytes string) {
        return guarded(
                () -> new KeResult.Solved(Puzzle.solve(prf, bits, string, Puzzle.tries(bits))));
    }

    private static KeResult agreeAndDestroy(KeyExchange ours, Bytes peerPublicValue) {
        try {
            return switch (ours.agree(peerPublicValue)) {
                case KeyExchange.Result.Agreed agreed ->
                        new KeResult.Agreed(ours.publicValue(), agreed.sharedSecret());
                case KeyExchange.Result.Invalid invalid ->
                        new KeResult.InvalidPeerValue(invalid.problem());
            };
        } finally {
            ours.destroy();
        }
    }

    private static CryptoJob guarded(Supplier<KeResult> work) {
        return () -> {
            try {
                return work.get();
            } catch (RuntimeException e) {
                return new KeResult.Failed(e.toString());
            }
        };
    }
}
