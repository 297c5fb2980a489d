package dev.culvert.endpoint.vici;

import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.id.Identity;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * What the control socket asks of the running daemon. Methods may be called by many (virtual)
 * threads at once, and may block them.
 */
public interface DaemonControl {

    /** What the daemon is doing right now. */
    DaemonStatus status();

    /** The configuration in force. */
    EngineConfig config();

    /**
     * Sets up a child SA, and an IKE SA where none is up. Returns when it is up, has failed, or the
     * time is over; the negotiation goes on in the last case.
     *
     * @param initiation what, and how long to wait
     * @param progress is told each step, on any thread; must not block
     */
    Outcome initiate(Initiation initiation, Consumer<EngineEvent> progress);

    /**
     * Deletes SAs, and returns when their peers have answered, were given up, or the time is over.
     *
     * @param termination which, and how long to wait
     * @param progress is told each step, on any thread; must not block
     */
    TerminationOutcome terminate(Termination termination, Consumer<EngineEvent> progress);

    /** Sends peers to another gateway; fails if none of them goes. */
    Outcome redirect(Redirection redirection);

    /**
     * Begins to rekey SAs.
     *
     * @param rekeying which
     */
    RekeyOutcome rekey(Rekeying rekeying);

    /** Reads the configuration file again and puts it in force, unless it has errors. */
    Outcome reload();

    /**
     * Adds a pool of virtual addresses, or replaces the one of its name; leases stay where they
     * can. The next reload of the configuration file puts its pools in place of all that were
     * loaded.
     */
    Outcome loadPool(PoolConfig pool);

    /** Removes a pool, unless addresses of it are in use. */
    Outcome unloadPool(String name);

    /**
     * Hands on every event of the engine from now on.
     *
     * @param listener called on the thread where events happen; must not block
     * @return closing it ends the subscription
     */
    Subscription subscribe(Consumer<EngineEvent> listener);

    /** Ends a subscription. */
    @FunctionalInterface
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * How long a command waits for its end.
     *
     * @param limit at most this long; empty: for ever; zero: not at all
     */
    record Patience(Optional<Duration> limit) {
        /** Waits for ever. */
        public static final Patience ENDLESS = new Patience(Optional.empty());

        /** Does not wait. */
        public static final Patience NONE = new Patience(Optional.of(Duration.ZERO));

        /** Waits for that long. */
        public static Patience ofMillis(long millis) {
            return new Patience(Optional.of(Duration.ofMillis(millis)));
        }

        /** Whether the command returns at once. */
        public boolean isNone() {
            return limit.filter(Duration::isZero).isPresent();
        }
    }

    /**
     * What to set up.
     *
     * @param connection name of a connection; empty: the first that has the child
     * @param child name of a child; empty: all of the connection's children
     * @param patience how long to wait
     */
    record Initiation(Optional<String> connection, Optional<String> child, Patience patience) {}

    /**
     * What to delete; at least one filter is present, and all that are must match.
     *
     * @param connection name of a connection
     * @param child name of a child
     * @param ikeId number of an IKE SA
     * @param childId number of a child SA
     * @param force do not wait for the peer
     * @param patience how long to wait
     */
    record Termination(
            Optional<String> connection,
            Optional<String> child,
            OptionalInt ikeId,
            OptionalInt childId,
            boolean force,
            Patience patience) {}

    /**
     * Whom to redirect, and where to; all filters that are present must match.
     *
     * @param connection name of a connection
     * @param ikeId number of an IKE SA
     * @param peerAddresses addresses of the peer
     * @param peerId pattern of the peer's identity
     * @param gateway an address or a host name
     */
    record Redirection(
            Optional<String> connection,
            OptionalInt ikeId,
            Optional<AddressSpec> peerAddresses,
            Optional<Identity> peerId,
            String gateway) {}

    /**
     * What to rekey; at least one filter is present, and all that are must match. With {@code
     * child} or {@code childId} child SAs are meant, else IKE SAs.
     *
     * @param connection name of a connection
     * @param child name of a child
     * @param ikeId number of an IKE SA
     * @param childId number of a child SA
     * @param reauth make IKE SAs anew, with authentication, instead
     */
    record Rekeying(
            Optional<String> connection,
            Optional<String> child,
            OptionalInt ikeId,
            OptionalInt childId,
            boolean reauth) {}

    /**
     * How a rekeying began.
     *
     * @param outcome as with other commands; failed when nothing matched
     * @param matches how many SAs the filters matched
     */
    record RekeyOutcome(Outcome outcome, int matches) {}

    /** How a command ended. */
    sealed interface Outcome {
        /** As wanted. */
        record Done() implements Outcome {}

        /**
         * As wanted, and there is something to say.
         *
         * @param notes sentences for the operator
         */
        record DoneWithNotes(List<String> notes) implements Outcome {
            public DoneWithNotes {
                notes = List.copyOf(notes);
            }
        }

        /**
         * Not as wanted.
         *
         * @param reason one sentence for the operator
         * @param details further lines, such as the problems of a configuration file
         */
        record Failed(String reason, List<String> details) implements Outcome {
            public Failed {
                details = List.copyOf(details);
            }
        }

        /** A failure with nothing more to say. */
        static Outcome failed(String reason) {
            return new Failed(reason, List.of());
        }
    }

    /**
     * How a termination ended.
     *
     * @param outcome as with other commands; failed when nothing matched
     * @param matches how many SAs the filters matched
     * @param terminated how many of them are gone
     */
    record TerminationOutcome(Outcome outcome, int matches, int terminated) {}
}
