package dev.culvert.tun;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The Linux capabilities in effect for this process (capabilities(7)).
 *
 * @param effective bit set, as in the line {@code CapEff} of {@code /proc/self/status}
 */
public record Capabilities(long effective) {
    private static final int CAP_NET_BIND_SERVICE = 10;
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_NET_RAW = 13;
    private static final String LINE_START = "CapEff:";

    /** Those of this process; empty if {@code /proc} does not say. */
    public static Optional<Capabilities> ofThisProcess() {
        try {
            return parse(Files.readAllLines(Path.of("/proc/self/status")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Finds them in the lines of a {@code /proc/PID/status} file. */
    static Optional<Capabilities> parse(List<String> statusLines) {
        return statusLines.stream()
                .filter(line -> line.startsWith(LINE_START))
                .map(line -> line.substring(LINE_START.length()).strip())
                .filter(hex -> hex.matches("[0-9a-fA-F]{1,16}"))
                .map(hex -> new Capabilities(Long.parseUnsignedLong(hex, 16)))
                .findFirst();
    }

    /** May create TUN devices and change interfaces, addresses, routes and rules. */
    public boolean hasNetAdmin() {
        return has(CAP_NET_ADMIN);
    }

    /** May bind ports below 1024. */
    public boolean hasNetBindService() {
        return has(CAP_NET_BIND_SERVICE);
    }

    /** May open raw sockets. */
    public boolean hasNetRaw() {
        return has(CAP_NET_RAW);
    }

    private boolean has(int bit) {
        return (effective >> bit & 1) != 0;
    }
}
