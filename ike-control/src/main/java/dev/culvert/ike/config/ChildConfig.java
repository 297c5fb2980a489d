package dev.culvert.ike.config;

import dev.culvert.ike.proposal.Proposal;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A child of a connection ({@code connections.NAME.children.NAME}).
 *
 * @param name unique among the connection's children
 * @param proposals {@code esp_proposals}, in order of preference
 * @param localSelectors {@code local_ts}
 * @param remoteSelectors {@code remote_ts}
 * @param mode tunnel, or a policy without an SA
 * @param startActions {@code start_action}
 * @param closeActions {@code close_action}
 * @param dpdAction {@code dpd_action}
 * @param timeNs limits of time, in nanoseconds
 * @param bytes limits of bytes
 * @param packets limits of packets
 * @param inactivityNs close after this long without traffic, in nanoseconds; 0 for never
 * @param reqid fixed reqid, or 0 to have one chosen
 * @param priority of the policies; 0 to have it derived from how specific the selectors are
 * @param tfcPaddingBytes pad inner packets to this length; 0 for none, -1 for the path's MTU
 * @param replayWindowPackets size of the anti-replay window in packets; 0 for none
 * @param copyDf whether DF is copied to the outer header
 * @param copyEcn whether ECN is carried over the tunnel (RFC 6040)
 * @param copyDscp in which directions DSCP is copied
 * @param updown program of the host that is run when a child SA comes up or goes down
 */
public record ChildConfig(
        String name,
        List<Proposal> proposals,
        List<SelectorSpec> localSelectors,
        List<SelectorSpec> remoteSelectors,
        Mode mode,
        Set<Action> startActions,
        Set<Action> closeActions,
        DpdAction dpdAction,
        Lifetime timeNs,
        Lifetime bytes,
        Lifetime packets,
        long inactivityNs,
        int reqid,
        int priority,
        int tfcPaddingBytes,
        int replayWindowPackets,
        boolean copyDf,
        boolean copyEcn,
        CopyDscp copyDscp,
        Optional<UpdownScript> updown) {
    public ChildConfig {
        proposals = List.copyOf(proposals);
        localSelectors = List.copyOf(localSelectors);
        remoteSelectors = List.copyOf(remoteSelectors);
        startActions = Set.copyOf(startActions);
        closeActions = Set.copyOf(closeActions);
    }

    /** Without updown script. */
    public ChildConfig(
            String name,
            List<Proposal> proposals,
            List<SelectorSpec> localSelectors,
            List<SelectorSpec> remoteSelectors,
            Mode mode,
            Set<Action> startActions,
            Set<Action> closeActions,
            DpdAction dpdAction,
            Lifetime timeNs,
            Lifetime bytes,
            Lifetime packets,
            long inactivityNs,
            int reqid,
            int priority,
            int tfcPaddingBytes,
            int replayWindowPackets,
            boolean copyDf,
            boolean copyEcn,
            CopyDscp copyDscp) {
        this(
                name,
                proposals,
                localSelectors,
                remoteSelectors,
                mode,
                startActions,
                closeActions,
                dpdAction,
                timeNs,
                bytes,
                packets,
                inactivityNs,
                reqid,
                priority,
                tfcPaddingBytes,
                replayWindowPackets,
                copyDf,
                copyEcn,
                copyDscp,
                Optional.empty());
    }

    /** {@code mode}. */
    public enum Mode {
        TUNNEL,
        PASS,
        DROP
    }

    /**
     * What to do when the connection is loaded, or the child closed; an empty set is {@code none}.
     */
    public enum Action {
        TRAP,
        START
    }

    /** What to do with the children of a peer that no longer answers. */
    public enum DpdAction {
        CLEAR,
        TRAP,
        RESTART
    }

    /** {@code copy_dscp}. */
    public enum CopyDscp {
        OUT,
        IN,
        YES,
        NO
    }

    /**
     * A program for when a child SA comes up or goes down.
     *
     * @param command its absolute path and arguments, separated by white space
     * @param hostAccess whether it is told to let this host's own traffic through its firewall
     */
    public record UpdownScript(String command, boolean hostAccess) {}
}
