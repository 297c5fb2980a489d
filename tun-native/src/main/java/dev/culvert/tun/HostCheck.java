package dev.culvert.tun;

import java.util.List;
import java.util.Optional;

/**
 * What this host (or container) offers of what an endpoint needs, found out without changing
 * anything.
 *
 * @param findings one for each thing looked at
 */
public record HostCheck(List<Finding> findings) {
    private static final int IKE_PORT = 500;
    private static final int DEFAULT_FIRST_UNPRIVILEGED_PORT = 1024;

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

    /**
     * Looks at the platform, capabilities, {@code /dev/net/tun} and the first port that needs no
     * privilege.
     */
    public static HostCheck run() {
        Optional<Capabilities> capabilities = Capabilities.ofThisProcess();
        int openResult = TunAttachment.openCloneDevice();
        if (openResult >= 0) {
            new FileDescriptor(openResult).close();
        }
        int firstFreePort =
                Sysctl.ofHost()
                        .read("ipv4/ip_unprivileged_port_start")
                        .filter(text -> text.matches("[0-9]{1,5}"))
                        .map(Integer::parseInt)
                        .orElse(DEFAULT_FIRST_UNPRIVILEGED_PORT);
        return new HostCheck(
                List.of(
                        checkPlatform(System.getProperty("os.name"), System.getProperty("os.arch")),
                        checkNetAdmin(capabilities),
                        checkTunDevice(Math.min(0, openResult)),
                        checkIkePort(capabilities, firstFreePort)));
    }

    /** Whether an endpoint can run here. */
    public boolean isUsable() {
        return findings.stream().noneMatch(f -> f.severity() == Severity.FAULT);
    }

    /** The structures in this package are laid out for 64-bit little-endian Linux. */
    static Finding checkPlatform(String system, String architecture) {
        boolean known =
                system.equals("Linux")
                        && (architecture.equals("amd64") || architecture.equals("aarch64"));
        String detail = system + " on " + architecture;
        return known
                ? new Finding("platform", Severity.OK, detail, "")
                : new Finding(
                        "platform",
                        Severity.FAULT,
                        detail,
                        "only Linux on x86-64 and aarch64 is supported: use such a host");
    }

    static Finding checkNetAdmin(Optional<Capabilities> capabilities) {
        if (capabilities.isEmpty()) {
            return new Finding(
                    "CAP_NET_ADMIN",
                    Severity.WARNING,
                    "unknown: /proc/self/status cannot be read",
                    "mount /proc");
        }
        return capabilities.get().hasNetAdmin()
                ? new Finding("CAP_NET_ADMIN", Severity.OK, "effective", "")
                : new Finding(
                        "CAP_NET_ADMIN", Severity.FAULT, "not effective", Advice.NO_NET_ADMIN);
    }

    /** Judges the result of opening it: at least 0, or {@code -errno}. */
    static Finding checkTunDevice(int openResult) {
        String name = "/dev/net/tun";
        return openResult >= 0
                ? new Finding(name, Severity.OK, "can be opened", "")
                : new Finding(
                        name,
                        Severity.FAULT,
                        Errno.name(-openResult) + " (" + Errno.meaning(-openResult) + ")",
                        Advice.forCall("open(/dev/net/tun)", -openResult));
    }

    static Finding checkIkePort(Optional<Capabilities> capabilities, int firstUnprivilegedPort) {
        boolean allowed =
                firstUnprivilegedPort <= IKE_PORT
                        || capabilities.map(Capabilities::hasNetBindService).orElse(false);
        return allowed
                ? new Finding("UDP port 500", Severity.OK, "may be bound", "")
                : new Finding(
                        "UDP port 500",
                        Severity.WARNING,
                        "ports below " + firstUnprivilegedPort + " may not be bound",
                        Advice.forBind(IKE_PORT, Errno.EACCES));
    }
}
