package dev.culvert.ike;

/**
 * What came of a {@link CryptoJob}; its kinds belong to the engine, and the host only carries it.
 */
public interface CryptoResult {}
