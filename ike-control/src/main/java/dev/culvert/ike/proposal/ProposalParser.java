package dev.culvert.ike.proposal;

import dev.culvert.ike.wire.Parsed;
import java.util.List;

/**
 * Reads proposals as they stand in a configuration: keywords joined by {@code -}, for example
 * {@code aes128gcm16-prfsha256-x25519} or {@code aes256-aes128-sha256-modp2048-ecp256}.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class ProposalParser {
    private ProposalParser() {}

    /**
     * One IKE proposal. Without a PRF keyword, PRFs follow from the integrity algorithms, as in
     * strongSwan.
     *
     * @param text keywords joined by {@code -}
     */
    public static Parsed<Proposal> parseIke(String text) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * One ESP proposal. Without {@code esn} or {@code noesn} it offers no extended sequence
     * numbers, as in strongSwan.
     *
     * @param text keywords joined by {@code -}
     */
    public static Parsed<Proposal> parseEsp(String text) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * A comma-separated list of IKE proposals; {@code default} stands for {@link #defaultIke()}.
     */
    public static Parsed<List<Proposal>> parseIkeList(String text) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * A comma-separated list of ESP proposals; {@code default} stands for {@link #defaultEsp()}.
     */
    public static Parsed<List<Proposal>> parseEspList(String text) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * What {@code proposals = default} means: AEADs, then AES-CBC, with every method that is safe
     * today.
     */
    public static List<Proposal> defaultIke() {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * What {@code esp_proposals = default} means: AEADs, then AES-CBC, without key exchange or ESN.
     */
    public static List<Proposal> defaultEsp() {
        throw new UnsupportedOperationException("soon");
    }
}
