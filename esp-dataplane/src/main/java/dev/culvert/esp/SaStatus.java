package dev.culvert.esp;

/**
 * An installed SA, for status displays and liveness checks.
 *
 * @param direction its direction
 * @param childId the control plane's number for the child
 * @param spi the SPI
 * @param counters live counters
 */
public record SaStatus(Direction direction, long childId, int spi, SaCounters counters) {}
