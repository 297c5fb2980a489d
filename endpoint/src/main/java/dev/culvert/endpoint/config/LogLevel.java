package dev.culvert.endpoint.config;

/** How much of a subsystem is logged; each level includes those before it. */
public enum LogLevel {
    /** Nothing. */
    SILENT,
    /** What stopped working. */
    ERROR,
    /** What is not as it should be. */
    WARN,
    /** What came up and went down. */
    INFO,
    /** Each step of a negotiation. */
    DEBUG,
    /** Each message. */
    TRACE
}
