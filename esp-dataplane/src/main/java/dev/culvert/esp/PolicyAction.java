package dev.culvert.esp;

/** What a policy does with a packet that no SA takes. */
public enum PolicyAction {
    /** Wait in a bounded queue and ask the control plane for an SA. */
    TRAP,
    /** Leave in clear, through the dataplane's clear port when there is one. */
    PASS,
    /** Drop. */
    DROP,
    /** Needs an SA; dropped while there is none, without asking for one. */
    PROTECT
}
