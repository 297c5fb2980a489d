package dev.culvert.ike.proposal;

import dev.culvert.ike.wire.Bytes;

/**
 * What came of comparing two sides' proposals.
 *
 * @param <S> {@link IkeSuite} or {@link EspSuite}
 */
public sealed interface Selection<S> {
    /**
     * Both sides can do this.
     *
     * @param suite the algorithms
     * @param peerSpi SPI from the peer's proposal; empty for the first IKE SA
     * @param answer the peer's proposal reduced to what was chosen, with its number and without an
     *     SPI: a responder puts its own SPI in ({@link Proposal#withSpi}) and sends it
     */
    record Chosen<S>(S suite, Bytes peerSpi, Proposal answer) implements Selection<S> {}

    /**
     * Nothing fits.
     *
     * @param mismatch why
     */
    record None<S>(ProposalMismatch mismatch) implements Selection<S> {}
}
