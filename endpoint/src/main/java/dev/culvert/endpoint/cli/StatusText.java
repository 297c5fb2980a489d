package dev.culvert.endpoint.cli;

import dev.culvert.endpoint.cli.StatusModel.ChildSa;
import dev.culvert.endpoint.cli.StatusModel.Connection;
import dev.culvert.endpoint.cli.StatusModel.IkeSa;
import dev.culvert.endpoint.cli.StatusModel.Traffic;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** The status for people. */
final class StatusText {
    private final StringBuilder out = new StringBuilder();

    private StatusText() {}

    static String render(StatusModel model) {
        StatusText text = new StatusText();
        text.daemon(model);
        model.connections().forEach(text::connection);
        text.pools(model.pools());
        text.drops(model.drops());
        return text.out.toString();
    }

    private void daemon(StatusModel model) {
        List<String> parts = new ArrayList<>();
        parts.add("culvert " + model.version());
        parts.add("up " + duration(model.uptimeSeconds()));
        parts.add("engine " + model.engine());
        if (model.agents() > 1) {
            parts.add(
                    model.agents()
                            + " agents"
                            + (model.steering().isEmpty()
                                    ? ""
                                    : " (not steered: " + model.steering() + ")"));
        }
        if (model.workers() > 0) {
            parts.add(model.workers() + " crypto worker" + (model.workers() == 1 ? "" : "s"));
        }
        parts.add(
                model.tunName().isEmpty()
                        ? "no TUN interface"
                        : "TUN " + model.tunName() + " MTU " + model.tunMtuBytes());
        line(0, String.join(", ", parts));
        line(
                0,
                "listening on "
                        + (model.listening().isEmpty()
                                ? "nothing"
                                : String.join(" ", model.listening()))
                        + (model.halfOpen() == 0 ? "" : ", " + model.halfOpen() + " half-open"));
        line(0, offloads(model.offloads()));
        if (model.connections().isEmpty()) {
            line(0, "no connections");
        }
    }

    /** Those in use, then those that are wanted and do not work, or not everywhere. */
    private static String offloads(Map<String, StatusModel.Offload> offloads) {
        StringBuilder text = new StringBuilder("offloads");
        offloads.forEach((name, offload) -> text.append(offload.isInUse() ? " " + name : ""));
        if (offloads.values().stream().noneMatch(StatusModel.Offload::isInUse)) {
            text.append(" none");
        }
        offloads.forEach((name, offload) -> {
            if (!offload.reason().isEmpty()) {
                text.append(", ").append(name);
                text.append(offload.isInUse() ? " limited (" : " off (");
                text.append(offload.reason()).append(')');
            }
        });
        return text.toString();
    }

    private void connection(Connection connection) {
        out.append(System.lineSeparator());
        if (connection.ikeSas().isEmpty()) {
            line(
                    0,
                    connection.name()
                            + "  DOWN  "
                            + String.join(",", connection.localAddresses())
                            + " - "
                            + String.join(",", connection.remoteAddresses()));
        }
        for (IkeSa sa : connection.ikeSas()) {
            ikeSa(connection, sa);
        }
        for (StatusModel.Child child : connection.children()) {
            if (!connection.hasSa(child)) {
                line(
                        2,
                        child.name()
                                + "  "
                                + idleState(child)
                                + "  "
                                + selectors(child.localSelectors(), child.remoteSelectors()));
            }
        }
    }

    private static String idleState(StatusModel.Child child) {
        boolean trap = child.startAction().contains("trap");
        return switch (child.mode()) {
            case "PASS" -> trap ? "PASS" : "NOT INSTALLED (pass)";
            case "DROP" -> trap ? "DROP" : "NOT INSTALLED (drop)";
            default -> trap ? "TRAPPED" : "DOWN";
        };
    }

    private void ikeSa(Connection connection, IkeSa sa) {
        line(
                0,
                connection.name()
                        + "  "
                        + sa.state()
                        + "  "
                        + sa.local()
                        + " '"
                        + sa.localId()
                        + "' - "
                        + sa.remote()
                        + " '"
                        + sa.remoteId()
                        + "'"
                        + (connection.isConfigured() || connection.name().startsWith("(")
                                ? ""
                                : "  (no longer configured)"));
        List<String> parts = new ArrayList<>();
        parts.add("#" + sa.uniqueId());
        parts.add(sa.isInitiator() ? "initiator" : "responder");
        if (!sa.suite().isEmpty()) {
            parts.add(sa.suite());
        }
        add(parts, "established ", sa.establishedSeconds(), " ago");
        add(parts, "rekey in ", sa.rekeySeconds(), "");
        add(parts, "reauthentication in ", sa.reauthSeconds(), "");
        if (sa.natLocal()) {
            parts.add("behind NAT");
        }
        if (sa.natRemote()) {
            parts.add("peer behind NAT");
        }
        if (sa.mobike()) {
            parts.add(
                    sa.peerAddresses().isEmpty()
                            ? "MOBIKE"
                            : "MOBIKE, peer also at " + String.join(" ", sa.peerAddresses()));
        }
        if (!sa.localVips().isEmpty()) {
            parts.add("virtual address " + String.join(" ", sa.localVips()));
        }
        if (!sa.remoteVips().isEmpty()) {
            parts.add("peer's virtual address " + String.join(" ", sa.remoteVips()));
        }
        line(4, String.join(", ", parts));
        sa.children().forEach(this::childSa);
    }

    private void childSa(ChildSa sa) {
        line(
                2,
                sa.name()
                        + "  "
                        + sa.state()
                        + "  "
                        + selectors(sa.localSelectors(), sa.remoteSelectors()));
        List<String> parts = new ArrayList<>();
        parts.add("#" + sa.uniqueId());
        parts.add(sa.suite());
        parts.add("SPIs " + sa.spiIn() + " in " + sa.spiOut() + " out");
        add(parts, "installed ", sa.installedSeconds(), " ago");
        add(parts, "rekey in ", sa.rekeySeconds(), "");
        add(parts, "ends in ", sa.lifeSeconds(), "");
        line(4, String.join(", ", parts));
        traffic("in ", sa.in());
        traffic("out", sa.out());
        if (!sa.drops().isEmpty()) {
            line(4, "drops " + numbers(sa.drops()));
        }
    }

    private void traffic(String direction, Traffic traffic) {
        line(
                4,
                String.format(
                        Locale.ROOT,
                        "%s  %10s  %12s %-7s  %s",
                        direction,
                        size(traffic.bytes()),
                        traffic.packets(),
                        traffic.packets() == 1 ? "packet" : "packets",
                        traffic.lastSeconds().isPresent()
                                ? "last " + duration(traffic.lastSeconds().getAsLong()) + " ago"
                                : "never used"));
    }

    private void pools(List<StatusModel.Pool> pools) {
        if (!pools.isEmpty()) {
            out.append(System.lineSeparator());
        }
        for (StatusModel.Pool pool : pools) {
            line(
                    0,
                    "pool "
                            + pool.name()
                            + "  "
                            + pool.base()
                            + "  "
                            + pool.size()
                            + (pool.size() == 1 ? " address, " : " addresses, ")
                            + pool.online()
                            + " online, "
                            + pool.offline()
                            + " offline");
            for (StatusModel.Lease lease : pool.leases()) {
                line(2, lease.address() + "  " + lease.status() + "  '" + lease.identity() + "'");
            }
        }
    }

    private void drops(Map<String, Long> drops) {
        long total = drops.values().stream().mapToLong(Long::longValue).sum();
        out.append(System.lineSeparator());
        line(
                0,
                "dropped "
                        + total
                        + (total == 1 ? " packet" : " packets")
                        + (total == 0 ? "" : ": " + numbers(drops)));
    }

    private static String numbers(Map<String, Long> numbers) {
        return numbers.entrySet().stream()
                .filter(e -> e.getValue() != 0)
                .map(e -> e.getKey() + " " + e.getValue())
                .collect(Collectors.joining(", "));
    }

    private static String selectors(List<String> local, List<String> remote) {
        return String.join(" ", local) + " === " + String.join(" ", remote);
    }

    private static void add(List<String> parts, String before, OptionalLong seconds, String after) {
        seconds.ifPresent(s -> parts.add(before + duration(s) + after));
    }

    /** Two units at most: {@code 3d4h}, {@code 5m}, {@code 12s}. */
    static String duration(long seconds) {
        long[] units = {86400, 3600, 60, 1};
        String[] names = {"d", "h", "m", "s"};
        for (int i = 0; i < units.length; i++) {
            if (seconds >= units[i]) {
                long rest = i + 1 < units.length ? seconds % units[i] / units[i + 1] : 0;
                return seconds / units[i] + names[i] + (rest == 0 ? "" : rest + names[i + 1]);
            }
        }
        return "0s";
    }

    /** In the largest binary unit that leaves at least one of it. */
    static String size(long bytes) {
        String[] names = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
        double value = bytes;
        int unit = -1;
        while (value >= 1024 && unit < names.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit < 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, names[unit]);
    }

    private void line(int indent, String text) {
        out.append(" ".repeat(indent)).append(text).append(System.lineSeparator());
    }
}
