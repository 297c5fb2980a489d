package dev.culvert.endpoint.vici;

import dev.culvert.esp.OffloadStatus;
import dev.culvert.ike.EngineSnapshot;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the daemon is doing at one moment.
 *
 * @param version of Culvert
 * @param startedAt wall-clock time
 * @param nowWall wall-clock time of this status
 * @param nowNs the same moment on the monotonic clock that the snapshot's times are of
 * @param engine the IKE engine's SAs and counters
 * @param traffic of child SAs, by {@link EngineSnapshot.ChildSa#childSaId}; SAs without an entry
 *     have carried nothing
 * @param drops packets dropped since the start, by reason; reasons that never occurred may be
 *     missing
 * @param dataplaneCounters the dataplane's other counters, by name
 * @param host what the daemon uses of its host
 */
public record DaemonStatus(
        String version,
        Instant startedAt,
        Instant nowWall,
        long nowNs,
        EngineSnapshot engine,
        Map<Long, ChildTraffic> traffic,
        Map<String, Long> drops,
        Map<String, Long> dataplaneCounters,
        HostUse host) {

    public DaemonStatus {
        traffic = Map.copyOf(traffic);
        drops = ordered(drops);
        dataplaneCounters = ordered(dataplaneCounters);
    }

    /** The traffic of a child SA. */
    public ChildTraffic trafficOf(EngineSnapshot.ChildSa child) {
        return traffic.getOrDefault(child.childSaId(), ChildTraffic.NOTHING);
    }

    private static <V> Map<String, V> ordered(Map<String, V> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }

    /**
     * What the daemon uses of its host.
     *
     * @param aeadEngine name of what seals and opens packets, with the reason if it is not the
     *     fastest
     * @param agents pairs of threads that carry packets, one of each pair for each direction
     * @param steering whether the kernel gives each agent the packets of its SAs: empty if it does
     *     or there is one agent, else why not
     * @param workers threads that seal and open packets besides the dataplane's own
     * @param offloads what became of each offload
     * @param tunName name of the TUN interface; empty before it is open
     * @param tunMtuBytes its MTU; 0 before it is open
     * @param listening addresses and ports of the sockets
     * @param runDirectory where the control socket is
     */
    public record HostUse(
            String aeadEngine,
            int agents,
            String steering,
            int workers,
            List<OffloadStatus> offloads,
            String tunName,
            int tunMtuBytes,
            List<InetSocketAddress> listening,
            String runDirectory) {
        public HostUse {
            offloads = List.copyOf(offloads);
            listening = List.copyOf(listening);
        }
    }

    /**
     * What a child SA carried. Bytes are those of inner packets; times are of the monotonic clock.
     *
     * @param bytesIn of packets that were delivered
     * @param packetsIn likewise
     * @param lastInNs when the last one came; 0 for never
     * @param bytesOut of packets that were sent
     * @param packetsOut likewise
     * @param lastOutNs when the last one went; 0 for never
     * @param drops packets of this SA that were dropped, by reason
     */
    public record ChildTraffic(
            long bytesIn,
            long packetsIn,
            long lastInNs,
            long bytesOut,
            long packetsOut,
            long lastOutNs,
            Map<String, Long> drops) {
        /** Nothing yet. */
        public static final ChildTraffic NOTHING = new ChildTraffic(0, 0, 0, 0, 0, 0, Map.of());

        public ChildTraffic {
            drops = ordered(drops);
        }
    }
}
