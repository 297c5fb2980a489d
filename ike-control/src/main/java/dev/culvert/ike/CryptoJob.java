package dev.culvert.ike;

/**
 * Slow work (Diffie-Hellman, signatures) that the host runs on another thread.
 *
 * <p>A job owns what it needs, including randomness that the engine drew for it, and touches
 * nothing of the engine.
 */
@FunctionalInterface
public interface CryptoJob {
    /** Does the work. Failures are results, not exceptions. */
    CryptoResult run();
}
