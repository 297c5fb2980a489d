package dev.culvert.endpoint.real.net;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Packets that the kernel threw away because a queue was full, by queue: what an endpoint could not
 * have saved.
 *
 * @param packets by queue
 */
public record FullQueues(Map<String, Long> packets) {

    private static final int RECEIVE_DROPS = 4;
    private static final int SEND_DROPS = 12;

    public FullQueues {
        packets = Map.copyOf(packets);
    }

    /** The counters of all queues of some namespaces, and of this machine's backlog. */
    public static FullQueues of(List<Namespace> namespaces) {
        Map<String, Long> packets = new TreeMap<>();
        for (Namespace namespace : namespaces) {
            readSockets(namespace, packets);
            readDevices(namespace, packets);
        }
        packets.put("backlog", backlog(namespaces.getFirst()));
        return new FullQueues(packets);
    }

    /** What was thrown away since then. */
    public FullQueues since(FullQueues before) {
        Map<String, Long> more = new TreeMap<>();
        packets.forEach((queue, count) -> {
            long grown = count - before.packets.getOrDefault(queue, 0L);
            if (grown > 0) {
                more.put(queue, grown);
            }
        });
        return new FullQueues(more);
    }

    /** Of all queues together. */
    public long total() {
        return packets.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Two lines begin with "Udp:": the names and the numbers. */
    private static void readSockets(Namespace namespace, Map<String, Long> packets) {
        List<String[]> lines =
                namespace
                        .check("cat", "/proc/net/snmp")
                        .stdout()
                        .lines()
                        .filter(line -> line.startsWith("Udp:"))
                        .map(line -> line.split(" ", -1))
                        .toList();
        for (String counter : List.of("RcvbufErrors", "SndbufErrors")) {
            int column = Arrays.asList(lines.getFirst()).indexOf(counter);
            packets.put(namespace + " UDP " + counter, Long.valueOf(lines.getLast()[column]));
        }
    }

    private static void readDevices(Namespace namespace, Map<String, Long> packets) {
        namespace
                .check("cat", "/proc/net/dev")
                .stdout()
                .lines()
                .skip(2)
                .forEach(line -> {
                    String[] columns = line.strip().split("[: ]+", -1);
                    packets.put(
                            namespace + " " + columns[0] + " receive",
                            Long.valueOf(columns[RECEIVE_DROPS]));
                    packets.put(
                            namespace + " " + columns[0] + " send",
                            Long.valueOf(columns[SEND_DROPS]));
                });
    }

    /** Packets on their way through the stack, per processor; the second column, hexadecimal. */
    private static long backlog(Namespace any) {
        return any.check("cat", "/proc/net/softnet_stat")
                .stdout()
                .lines()
                .mapToLong(line -> Long.parseLong(line.split(" ", 3)[1], 16))
                .sum();
    }
}
