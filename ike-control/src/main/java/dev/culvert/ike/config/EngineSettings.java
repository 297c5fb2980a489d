package dev.culvert.ike.config;

import dev.culvert.ike.crypto.SecretBytes;
import java.util.Optional;

/**
 * What stays the same while the engine runs ({@code culvert { … }}).
 *
 * @param ikePort the port without a non-ESP marker, 500 by default
 * @param nattPort the port with it, 4500 by default
 * @param retransmit when requests are sent again
 * @param natKeepaliveNs interval of NAT keep-alives in nanoseconds; 0 for none
 * @param cookieThreshold half-open IKE SAs from which on cookies are asked for
 * @param halfOpenLimit most half-open IKE SAs in total
 * @param halfOpenPerSourceLimit most of them from one source address
 * @param halfOpenTimeoutNs how long a peer has to finish IKE_AUTH, in nanoseconds
 * @param ikeSaLimit most IKE SAs in total
 * @param fragments how IKE messages are cut and put together
 * @param floods what is asked of peers, and done for them, when many begin
 * @param redirects where peers are sent, and whether this side goes where it is sent
 * @param resumption of IKE SAs that were lost
 * @param returnRoutability whether a peer that moves has to show that it receives what is sent to
 *     its new address, before its traffic goes there (RFC 4555 section 3.7)
 * @param exportKeys whether the keys of all SAs are told in {@link
 *     dev.culvert.ike.EngineEvent.KeyMaterial}
 * @param crashSecret the same in each run of this host, and nobody else's: with it, peers are told
 *     how this host would show them that it has lost their IKE SAs (RFC 6290)
 */
public record EngineSettings(
        int ikePort,
        int nattPort,
        Retransmit retransmit,
        long natKeepaliveNs,
        int cookieThreshold,
        int halfOpenLimit,
        int halfOpenPerSourceLimit,
        long halfOpenTimeoutNs,
        int ikeSaLimit,
        Fragments fragments,
        Floods floods,
        Redirects redirects,
        Resumption resumption,
        boolean returnRoutability,
        boolean exportKeys,
        Optional<SecretBytes> crashSecret) {

    /** The defaults. */
    public static EngineSettings defaults() {
        return new EngineSettings(
                500,
                4500,
                Retransmit.defaults(),
                20_000_000_000L,
                30,
                1000,
                3,
                30_000_000_000L,
                50_000,
                Fragments.defaults(),
                Floods.defaults(),
                Redirects.defaults(),
                Resumption.defaults(),
                true,
                false,
                Optional.empty());
    }

    /** The same with other ports. */
    public EngineSettings withPorts(int newIkePort, int newNattPort) {
        Draft draft = new Draft(this);
        draft.ikePort = newIkePort;
        draft.nattPort = newNattPort;
        return draft.settings();
    }

    /** The same with another back-off. */
    public EngineSettings withRetransmit(Retransmit newRetransmit) {
        Draft draft = new Draft(this);
        draft.retransmit = newRetransmit;
        return draft.settings();
    }

    /** The same with another threshold for cookies. */
    public EngineSettings withCookieThreshold(int newCookieThreshold) {
        Draft draft = new Draft(this);
        draft.cookieThreshold = newCookieThreshold;
        return draft.settings();
    }

    /** The same with other rules for fragments. */
    public EngineSettings withFragments(Fragments newFragments) {
        Draft draft = new Draft(this);
        draft.fragments = newFragments;
        return draft.settings();
    }

    /** The same with other rules for floods. */
    public EngineSettings withFloods(Floods newFloods) {
        Draft draft = new Draft(this);
        draft.floods = newFloods;
        return draft.settings();
    }

    /** The same with other rules for redirects. */
    public EngineSettings withRedirects(Redirects newRedirects) {
        Draft draft = new Draft(this);
        draft.redirects = newRedirects;
        return draft.settings();
    }

    /** The same with other rules for resumption. */
    public EngineSettings withResumption(Resumption newResumption) {
        Draft draft = new Draft(this);
        draft.resumption = newResumption;
        return draft.settings();
    }

    /** The same with checks of peers that move, or without. */
    public EngineSettings withReturnRoutability(boolean newReturnRoutability) {
        Draft draft = new Draft(this);
        draft.returnRoutability = newReturnRoutability;
        return draft.settings();
    }

    /** The same with keys told, or not. */
    public EngineSettings withExportKeys(boolean newExportKeys) {
        Draft draft = new Draft(this);
        draft.exportKeys = newExportKeys;
        return draft.settings();
    }

    /** The same with a secret for quick crash detection. */
    public EngineSettings withCrashSecret(SecretBytes secret) {
        Draft draft = new Draft(this);
        draft.crashSecret = Optional.of(secret);
        return draft.settings();
    }

    /** What one of the settings is changed in. */
    private static final class Draft {
        private int ikePort;
        private int nattPort;
        private Retransmit retransmit;
        private long natKeepaliveNs;
        private int cookieThreshold;
        private int halfOpenLimit;
        private int halfOpenPerSourceLimit;
        private long halfOpenTimeoutNs;
        private int ikeSaLimit;
        private Fragments fragments;
        private Floods floods;
        private Redirects redirects;
        private Resumption resumption;
        private boolean returnRoutability;
        private boolean exportKeys;
        private Optional<SecretBytes> crashSecret;

        Draft(EngineSettings from) {
            ikePort = from.ikePort;
            nattPort = from.nattPort;
            retransmit = from.retransmit;
            natKeepaliveNs = from.natKeepaliveNs;
            cookieThreshold = from.cookieThreshold;
            halfOpenLimit = from.halfOpenLimit;
            halfOpenPerSourceLimit = from.halfOpenPerSourceLimit;
            halfOpenTimeoutNs = from.halfOpenTimeoutNs;
            ikeSaLimit = from.ikeSaLimit;
            fragments = from.fragments;
            floods = from.floods;
            redirects = from.redirects;
            resumption = from.resumption;
            returnRoutability = from.returnRoutability;
            exportKeys = from.exportKeys;
            crashSecret = from.crashSecret;
        }

        EngineSettings settings() {
            return new EngineSettings(
                    ikePort,
                    nattPort,
                    retransmit,
                    natKeepaliveNs,
                    cookieThreshold,
                    halfOpenLimit,
                    halfOpenPerSourceLimit,
                    halfOpenTimeoutNs,
                    ikeSaLimit,
                    fragments,
                    floods,
                    redirects,
                    resumption,
                    returnRoutability,
                    exportKeys,
                    crashSecret);
        }
    }

    /**
     * Resumption of IKE SAs with tickets (RFC 5723).
     *
     * @param enabled whether tickets are asked for, and given
     * @param lifetimeNs how long one is good, in nanoseconds
     * @param ticketLimit most that are good at once; the oldest ones go first
     */
    public record Resumption(boolean enabled, long lifetimeNs, int ticketLimit) {
        /** None; if any, 10,000 for an hour. */
        public static Resumption defaults() {
            return new Resumption(false, 3_600_000_000_000L, 10_000);
        }
    }

    /**
     * Redirects (RFC 5685).
     *
     * @param follow whether this side, as an initiator, goes where a gateway sends it
     * @param gateway where peers that begin are sent: an address or a host name; empty: nowhere
     * @param when in which exchange they are told
     * @param ikeSaThreshold IKE SAs from which on they are
     */
    public record Redirects(
            boolean follow, Optional<String> gateway, When when, int ikeSaThreshold) {
        /** In which exchange. */
        public enum When {
            /** IKE_SA_INIT, before anything is computed. */
            INIT,
            /** IKE_AUTH, once the peer is known. */
            AUTH
        }

        /** Follow, and send nobody away. */
        public static Redirects defaults() {
            return new Redirects(true, Optional.empty(), When.INIT, 0);
        }
    }

    /**
     * What is asked of peers when many begin, beyond cookies, and done for them.
     *
     * @param puzzleThreshold half-open IKE SAs with proven addresses from which on puzzles are set
     *     (RFC 8019); 0 for never
     * @param puzzleBits how hard the first ones are: each bit doubles the work, 1 to 30
     * @param puzzleMostBits how hard they get, and up to which hardness this side solves those of
     *     others, likewise
     * @param keyExchangeLimit most key exchanges that are computed at once for peers that are not
     *     authenticated
     */
    public record Floods(
            int puzzleThreshold, int puzzleBits, int puzzleMostBits, int keyExchangeLimit) {
        /** Puzzles from 300 half-open SAs on, 12 to 20 bits; 64 key exchanges. */
        public static Floods defaults() {
            return new Floods(300, 12, 20, 64);
        }
    }

    /**
     * Fragments of IKE messages (RFC 7383). The limits are those of one IKE SA and one direction.
     *
     * @param sizeBytes IP packets larger than this are not sent, where the peer takes fragments; 0
     *     for 576 with IPv4 and 1280 with IPv6
     * @param countLimit most fragments of a message that is received
     * @param bytesLimit most bytes of such a message
     * @param timeoutNs how long its fragments are kept, in nanoseconds
     */
    public record Fragments(int sizeBytes, int countLimit, int bytesLimit, long timeoutNs) {
        /** Packets of 1280 bytes; messages of 256 fragments and 64 KiB, complete within 30 s. */
        public static Fragments defaults() {
            return new Fragments(1280, 256, 65_536, 30_000_000_000L);
        }
    }

    /**
     * Back-off of retransmissions: try {@code n} waits {@code firstNs * factor^n}, less a random
     * part of up to {@code jitter}.
     *
     * @param firstNs wait after the first sending, in nanoseconds
     * @param factor what each wait is multiplied by
     * @param tries how many retransmissions before the peer is given up
     * @param limitNs longest wait, in nanoseconds; 0 for no limit
     * @param jitter part of the wait that chance may take off, 0 to 1
     */
    public record Retransmit(long firstNs, double factor, int tries, long limitNs, double jitter) {
        /** First after 4 s, factor 1.8, 5 tries, a tenth of jitter. */
        public static Retransmit defaults() {
            return new Retransmit(4_000_000_000L, 1.8, 5, 0, 0.1);
        }
    }
}
