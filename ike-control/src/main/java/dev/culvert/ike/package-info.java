/**
 * The IKE engine's boundary: what goes in ({@link dev.culvert.ike.EngineInput}), what comes out
 * ({@link dev.culvert.ike.EngineOutput}), and what can be seen of it ({@link
 * dev.culvert.ike.EngineSnapshot}).
 *
 * <p>The engine is pure. It opens no socket, starts no thread, reads no clock and draws no
 * randomness of its own: the same inputs, times and random source give the same outputs.
 */
package dev.culvert.ike;
