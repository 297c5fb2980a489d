package dev.culvert.ike;

import dev.culvert.ike.lease.SavedLease;
import java.util.List;

/**
 * A single-threaded, deterministic IKE engine.
 *
 * <p>The host calls {@link #handle} with each thing that happens and carries out the outputs in the
 * order given; order has meaning (ready to receive before the peer is told). Between inputs it
 * sleeps until {@link #nextDeadlineNs} and then passes an {@link EngineInput.Tick}.
 */
public interface IkeEngine {
    /** What {@link #nextDeadlineNs} returns when no timer is set. */
    long NO_DEADLINE = Long.MAX_VALUE;

    /**
     * Takes one input.
     *
     * @param input what happened
     * @param nowNs the host's monotonic time in nanoseconds; never less than at the call before
     * @param outputs receives what the host has to do, in order of effect
     */
    void handle(EngineInput input, long nowNs, EngineOutputs outputs);

    /**
     * The earliest time in nanoseconds at which a {@link EngineInput.Tick} is due, or {@link
     * #NO_DEADLINE}.
     */
    long nextDeadlineNs();

    /**
     * What the engine holds at the moment, for status reports.
     *
     * @param nowNs the host's monotonic time in nanoseconds
     */
    EngineSnapshot snapshot(long nowNs);

    /** A number that is another one when {@link #leases} may be; cheap to ask for. */
    long leaseVersion();

    /**
     * Whose which virtual address is, for the host to keep over a restart and to bring back as
     * {@link EngineInput.Command.RestoreLeases}.
     */
    List<SavedLease> leases();
}
