package dev.culvert.endpoint.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What {@code culvert status} shows.
 *
 * @param version of the daemon
 * @param uptimeSeconds of the daemon
 * @param engine what seals and opens packets
 * @param agents pairs of threads that carry packets
 * @param steering why the kernel does not give each agent the packets of its SAs; empty if it does
 *     or there is one agent
 * @param workers threads that seal and open besides the dataplane's own
 * @param offloads by name
 * @param tunName empty before the interface is open
 * @param tunMtuBytes 0 before
 * @param listening addresses and ports
 * @param runDirectory of the daemon
 * @param halfOpen IKE SAs that a peer began and has not authenticated
 * @param connections configured ones in the order of the file, then those that only still have SAs
 * @param pools of virtual addresses
 * @param drops packets by reason
 * @param dataplaneCounters by name
 * @param ikeCounters by name
 */
record StatusModel(
        String version,
        long uptimeSeconds,
        String engine,
        long agents,
        String steering,
        long workers,
        Map<String, Offload> offloads,
        String tunName,
        long tunMtuBytes,
        List<String> listening,
        String runDirectory,
        long halfOpen,
        List<Connection> connections,
        List<Pool> pools,
        Map<String, Long> drops,
        Map<String, Long> dataplaneCounters,
        Map<String, Long> ikeCounters) {

    /**
     * What became of an offload.
     *
     * @param reason why it is not used, or not everywhere, although it is wanted; else empty
     */
    record Offload(boolean isWanted, boolean isInUse, String reason) {}

    /**
     * A connection.
     *
     * @param isConfigured whether the configuration has it (still)
     */
    record Connection(
            String name,
            boolean isConfigured,
            List<String> localAddresses,
            List<String> remoteAddresses,
            List<Child> children,
            List<IkeSa> ikeSas) {

        /** DOWN, or the state of its best IKE SA. */
        String state() {
            return ikeSas.stream()
                    .map(IkeSa::state)
                    .filter("ESTABLISHED"::equals)
                    .findFirst()
                    .or(() -> ikeSas.stream().map(IkeSa::state).findFirst())
                    .orElse("DOWN");
        }

        /** Whether an SA of a child is there. */
        boolean hasSa(Child child) {
            return ikeSas.stream()
                    .flatMap(sa -> sa.children().stream())
                    .anyMatch(sa -> sa.name().equals(child.name()));
        }
    }

    /** A child as configured. */
    record Child(
            String name,
            String mode,
            String startAction,
            List<String> localSelectors,
            List<String> remoteSelectors) {}

    /** An IKE SA. */
    record IkeSa(
            long uniqueId,
            String state,
            boolean isInitiator,
            String local,
            String localId,
            String remote,
            String remoteId,
            boolean natLocal,
            boolean natRemote,
            boolean mobike,
            List<String> peerAddresses,
            String initiatorSpi,
            String responderSpi,
            String suite,
            OptionalLong establishedSeconds,
            OptionalLong rekeySeconds,
            OptionalLong reauthSeconds,
            List<String> localVips,
            List<String> remoteVips,
            List<ChildSa> children) {}

    /**
     * A pool of virtual addresses.
     *
     * @param online how many of them are in use
     * @param offline how many are kept for peers that are away
     */
    record Pool(
            String name, String base, long size, long online, long offline, List<Lease> leases) {}

    /**
     * A virtual address that a peer has.
     *
     * @param status online or offline
     */
    record Lease(String address, String identity, String status) {}

    /** A child SA. */
    record ChildSa(
            String name,
            long uniqueId,
            long reqid,
            String state,
            String suite,
            String spiIn,
            String spiOut,
            Traffic in,
            Traffic out,
            OptionalLong installedSeconds,
            OptionalLong rekeySeconds,
            OptionalLong lifeSeconds,
            List<String> localSelectors,
            List<String> remoteSelectors,
            Map<String, Long> drops) {}

    /**
     * One direction.
     *
     * @param lastSeconds since the last packet; empty: there was none
     */
    record Traffic(long bytes, long packets, OptionalLong lastSeconds) {}

    /** The connection of a name. */
    Optional<Connection> connection(String name) {
        return connections.stream().filter(c -> c.name().equals(name)).findFirst();
    }
}
