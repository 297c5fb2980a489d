/**
 * JMH micro-benchmarks of what happens to each packet. {@code scripts/jmh} runs them; {@code
 * docs/benchmarks.md} has figures.
 */
package dev.culvert.bench.jmh;
