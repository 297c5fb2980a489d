package dev.culvert.ike;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** What happened, for an administrator to follow: one event gives one log line. */
public sealed interface EngineEvent {

    /** The connection's name, as far as it is known. */
    Optional<String> connection();

    /** An IKE SA was authenticated by both sides. */
    record IkeUp(EngineSnapshot.IkeSa ikeSa) implements EngineEvent {
        @Override
        public Optional<String> connection() {
            return Optional.of(ikeSa.connection());
        }
    }

    /**
     * An IKE SA ended.
     *
     * @param reason why, as a short phrase
     */
    record IkeDown(EngineSnapshot.IkeSa ikeSa, String reason) implements EngineEvent {
        @Override
        public Optional<String> connection() {
            return Optional.of(ikeSa.connection());
        }
    }

    /** A child SA was installed in both directions. */
    record ChildUp(EngineSnapshot.IkeSa ikeSa, EngineSnapshot.ChildSa childSa)
            implements EngineEvent {
        @Override
        public Optional<String> connection() {
            return Optional.of(ikeSa.connection());
        }
    }

    /**
     * A child SA ended.
     *
     * @param reason why, as a short phrase
     */
    record ChildDown(EngineSnapshot.IkeSa ikeSa, EngineSnapshot.ChildSa childSa, String reason)
            implements EngineEvent {
        @Override
        public Optional<String> connection() {
            return Optional.of(ikeSa.connection());
        }
    }

    /**
     * Something happened to the path of an IKE SA (RFC 4555).
     *
     * @param message one sentence
     */
    record PathChange(EngineSnapshot.IkeSa ikeSa, PathStep step, String message)
            implements EngineEvent {
        @Override
        public Optional<String> connection() {
            return Optional.of(ikeSa.connection());
        }
    }

    /** What can happen to a path. */
    enum PathStep {
        /** No route leads to the peer any more. */
        LOST,
        /** The peer does not answer, and other pairs of addresses are tried. */
        PROBE,
        /** One side tells the other to use other addresses, or begins to check them. */
        UPDATE,
        /** The SAs use other addresses now. */
        SWITCHED,
        /** The peer has taken them over. */
        CONFIRMED,
        /** The addresses are not acceptable. */
        REFUSED,
        /** A NAT has changed its mapping. */
        MAPPING,
        /** One side tells the other where else it can be reached. */
        ADDRESSES
    }

    /**
     * Something went wrong, or is odd.
     *
     * @param connection the connection's name, where one was found
     * @param remote the peer
     * @param type what kind of thing
     * @param message one sentence: what was expected, what came, what to do
     * @param details further lines, such as both sides' proposals next to each other
     */
    record Alert(
            Optional<String> connection,
            Optional<InetSocketAddress> remote,
            AlertType type,
            String message,
            List<String> details)
            implements EngineEvent {
        public Alert {
            details = List.copyOf(details);
        }
    }

    /**
     * The keys of an SA, for a key file that lets Wireshark decrypt a capture. Sent only when
     * {@link dev.culvert.ike.config.EngineSettings#exportKeys} says so; whoever holds these lines
     * can read the traffic, so they never belong in a log.
     *
     * @param kind which of Wireshark's files the line is for
     * @param line one line of that file, without its line break
     */
    record KeyMaterial(Optional<String> connection, KeyFile kind, String line)
            implements EngineEvent {
        @Override
        public String toString() {
            return "KeyMaterial[" + kind + "]";
        }
    }

    /** Wireshark's key files. */
    enum KeyFile {
        /** {@code ikev2_decryption_table}. */
        IKEV2_DECRYPTION_TABLE,
        /** {@code esp_sa}. */
        ESP_SA
    }

    /**
     * A step on the way, of interest when looking for a fault: messages sent and received,
     * retransmissions, address changes.
     *
     * @param message one sentence
     */
    record Trace(Optional<String> connection, Optional<InetSocketAddress> remote, String message)
            implements EngineEvent {}

    /** Kinds of alerts; the names are those of strongSwan's vici {@code alert} event. */
    enum AlertType {
        PROPOSAL_MISMATCH_IKE("proposal-mismatch-ike"),
        PROPOSAL_MISMATCH_CHILD("proposal-mismatch-child"),
        TS_MISMATCH("ts-mismatch"),
        TS_NARROWED("ts-narrowed"),
        PEER_AUTH_FAILED("peer-auth-failed"),
        LOCAL_AUTH_FAILED("local-auth-failed"),
        PEER_ADDR_FAILED("peer-addr-failed"),
        PEER_INIT_UNREACHABLE("peer-init-unreachable"),
        INVALID_IKE_SPI("invalid-ike-spi"),
        RETRANSMIT_SEND_TIMEOUT("retransmit-send-timeout"),
        HALF_OPEN_TIMEOUT("half-open-timeout"),
        UNIQUE_REPLACE("unique-replace"),
        UNIQUE_KEEP("unique-keep"),
        IKE_SA_EXPIRED("ike-sa-expired"),
        VIP_FAILURE("vip-failure"),
        PARSE_ERROR_HEADER("parse-error-header"),
        PARSE_ERROR_BODY("parse-error-body"),
        KEEP_ON_CHILD_SA_FAILURE("keep-on-child-sa-failure"),
        INTERNAL_ERROR("internal-error");

        private final String viciName;

        AlertType(String viciName) {
            this.viciName = viciName;
        }

        /** The name in vici's {@code alert} event. */
        public String viciName() {
            return viciName;
        }
    }
}
