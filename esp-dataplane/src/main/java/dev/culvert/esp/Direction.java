package dev.culvert.esp;

/** Direction of an SA, seen from this host. */
public enum Direction {
    INBOUND,
    OUTBOUND
}
